/** One engine that carries a show to other boxes. */
export interface RelayAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Empty where the engine wants none. Never to be printed. */
  readonly username: string;
  readonly password: string;
  readonly database: number;
}

/** Over what a show goes to other boxes. */
export interface RelayWish {
  /** One or two that know nothing of each other. */
  readonly engines: readonly RelayAddress[];
  /** Which show of those that these engines carry. */
  readonly show: string;
}

const MOST_ENGINES = 2;
const DEFAULT_PORT = 6379;
const DEFAULT_SHOW = "show";

/**
 * `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?show=NAME]`, `rediss://` where it speaks TLS; two with a comma between them. Throws a SyntaxError that repeats no
 * secret.
 */
export function parseRelay(text: string): RelayWish {
  const addresses = text.split(/,(?=\s*rediss?:\/\/)/i).map((it) => parseEngine(it.trim()));
  if (addresses.length > MOST_ENGINES) throw new SyntaxError(`names ${addresses.length} engines; one or two are used`);
  const [first, second] = addresses;
  if (second !== undefined && first!.show !== second.show) throw new SyntaxError("the two engines carry different shows");
  if (second !== undefined && first!.engine.host === second.engine.host && first!.engine.port === second.engine.port) {
    throw new SyntaxError("names the same engine twice");
  }
  return Object.freeze({ engines: Object.freeze(addresses.map(({ engine }) => engine)), show: first!.show });
}

/** The address under which others find this server's folder `media/`: `https://edge3.example.org`, with a folder where it stands in one. Throws a SyntaxError. */
export function parseMediaHome(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new SyntaxError("not an address; write it as https://edge1.example.org");
  if (url.username !== "" || url.password !== "") throw new SyntaxError("has a name or password in it, which everybody would be told");
  if (url.search !== "" || url.hash !== "") throw new SyntaxError("has a ? or # in it; media are asked for below it");
  if (/[,;'"\s*]/.test(url.href)) throw new SyntaxError("has a character in it that no list of addresses may hold");
  return url.href.replace(/\/*$/, "/");
}

function parseEngine(text: string): { readonly engine: RelayAddress; readonly show: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    throw new SyntaxError("not an engine; write it as redis://HOST:6379, or rediss:// with TLS");
  }
  const database = /^\/?$/.test(url.pathname) ? 0 : Number(/^\/(\d{1,3})$/.exec(url.pathname)?.[1] ?? NaN);
  if (Number.isNaN(database)) throw new SyntaxError("has a folder that is no number of a database");
  const unknown = [...url.searchParams.keys()].find((name) => name !== "show");
  if (unknown !== undefined) throw new SyntaxError(`has something unknown after its ?; only show=NAME is known`);
  const show = url.searchParams.get("show") ?? DEFAULT_SHOW;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(show)) throw new SyntaxError("has a name of a show that is not letters, digits, - and _");
  return {
    show,
    engine: Object.freeze({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? DEFAULT_PORT : Number(url.port),
      isTls: url.protocol === "rediss:",
      username: decode(url.username),
      password: decode(url.password),
      database,
    }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
