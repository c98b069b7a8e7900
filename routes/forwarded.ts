import type { Origin } from "../media/audience/arrivals.ts";
import { isInNetworks, type Network, parseAddress, parseNetworks } from "../media/settings/networks.ts";

/** What `Deno.serve` hands over beside a request; empty in tests that ask the app directly. */
export interface Connection {
  readonly remoteAddr?: Deno.Addr;
}

/** What is read of a request. Hono's contexts have it. */
export interface Asked {
  /** A `Connection`. */
  readonly env: unknown;
  readonly req: { readonly url: string; header(name: string): string | undefined };
}

/** Under which address a browser has asked, in front of all proxies. */
export interface Front {
  readonly scheme: "http" | "https";
  /** With its port where that is not the scheme's; null where it cannot be told or is no name. */
  readonly host: string | null;
  /** The folder that a proxy or `--base` has put in front, with a slash at both ends. */
  readonly folder: string;
}

/** Reads what proxies tell of whom they ask for. */
export interface Forwarded {
  /** From where and with which program a request comes. */
  origin(c: Asked): Origin;
  front(c: Asked): Front;
  /** The asker's own address, to shut it out; empty where it may be that of a proxy that does not tell for whom it asks. */
  ownAddress(c: Asked): string;
  /** The names under which the request may have been asked for by a page of ours. */
  hosts(c: Asked): readonly string[];
}

/** Always believed: who is on this machine could as well read the server's files. */
const THIS_MACHINE = parseNetworks("127.0.0.0/8,::1");
const MOST_PEERS = 1000;
const LONGEST_LIST = 64;
const HOST = /^[\w.:[\]-]{1,255}$/;
const FOLDER = /^(?:\/[\w~%-][\w.~%-]*)*\/?$/;

/**
 * `trusted`: whose `Forwarded` (RFC 7239), `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix` are believed, beside programs on this machine. A proxy writes
 * itself behind what it was told, so addresses are read from the end, as far as they are trusted; of names and schemes the first is what the browser asked for.
 * Where both families are there X-Forwarded-* counts: a proxy that writes it hands a Forwarded of the browser's own on as it is.
 * `base` is `--base`: the folder under which a proxy that rewrites nothing asks.
 */
export function createForwarded({ trusted, base }: { readonly trusted: readonly Network[]; readonly base: string }): Forwarded {
  const networks = [...THIS_MACHINE, ...trusted];
  const known = new Map<string, boolean>();

  function isTrusted(address: string): boolean {
    const before = known.get(address);
    if (before !== undefined) return before;
    const found = isInNetworks(address, networks);
    if (known.size >= MOST_PEERS) known.clear();
    known.set(address, found);
    return found;
  }

  /** The nearest address that is not a trusted proxy's; where all are, the farthest. */
  function findAsker(peer: string, c: Asked): string {
    let asker = peer;
    for (const text of listAskers(c).reverse()) {
      const address = parseAddress(text);
      if (address === null) break;
      asker = address.text;
      if (!isTrusted(asker)) break;
    }
    return asker;
  }

  function isProxied(c: Asked): boolean {
    return isTrusted(peerOf(c));
  }

  function hosts(c: Asked): readonly string[] {
    const own = c.req.header("host");
    const told = isProxied(c) ? listOf(c, "x-forwarded-host", "host") : [];
    return [...own === undefined ? [] : [own], ...told];
  }

  function addressOf(c: Asked): string {
    const peer = peerOf(c);
    return isTrusted(peer) ? findAsker(peer, c) : peer;
  }

  return {
    origin: (c) => ({ address: addressOf(c), userAgent: (c.req.header("user-agent") ?? "").slice(0, 256) }),
    ownAddress(c) {
      const address = addressOf(c);
      return isLoopback(address) || (isProxied(c) && listAskers(c).length === 0) ? "" : address;
    },
    front(c) {
      const isTold = isProxied(c);
      const host = (isTold ? listOf(c, "x-forwarded-host", "host")[0] : undefined) ?? c.req.header("host") ?? "";
      const scheme = isTold ? listOf(c, "x-forwarded-proto", "proto")[0]?.toLowerCase() : undefined;
      const prefix = isTold ? splitList(c.req.header("x-forwarded-prefix") ?? "")[0] : undefined;
      return {
        scheme: scheme === "https" || scheme === "wss" ? "https" : "http",
        host: HOST.test(host) ? host : null,
        folder: prefix !== undefined && FOLDER.test(prefix) ? prefix.replace(/\/?$/, "/") : wasAskedBelow(c, base) ? base : "/",
      };
    },
    hosts,
  };
}

/** Names that lead everybody to their own machine. */
const LOOPBACK_NAME = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

export function isLoopbackName(host: string): boolean {
  return LOOPBACK_NAME.test(host);
}

/** Without the slash at its end: `https://tv.example/live`. Empty where the name cannot be told. */
export function originOf({ scheme, host, folder }: Front): string {
  return host === null ? "" : `${scheme}://${host}${folder.slice(0, -1)}`;
}

/** Nobody but this machine is believed. */
export const PLAIN_FORWARDED = createForwarded({ trusted: [], base: "/" });

/** An address of this machine itself. */
function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127.");
}

function peerOf(c: Asked): string {
  const connection = c.env as Connection | undefined;
  return connection?.remoteAddr !== undefined && "hostname" in connection.remoteAddr ? connection.remoteAddr.hostname : "";
}

function wasAskedBelow(c: Asked, base: string): boolean {
  return base !== "/" && new URL(c.req.url).pathname.startsWith(base);
}

/** Farthest first, as they stand there. */
function listAskers(c: Asked): string[] {
  return listOf(c, "x-forwarded-for", "for");
}

/** All values of an X-Forwarded header, or where it is missing of a parameter of `Forwarded`. */
function listOf(c: Asked, header: string, parameter: "for" | "host" | "proto"): string[] {
  const plain = c.req.header(header);
  if (plain !== undefined) return splitList(plain);
  const standard = c.req.header("forwarded");
  return standard === undefined || c.req.header("x-forwarded-for") !== undefined ? [] : readForwarded(standard, parameter);
}

function splitList(text: string): string[] {
  return text.split(",").slice(-LONGEST_LIST).map((each) => each.trim()).filter((each) => each !== "");
}

/** `for="[2001:db8::1]:4711";proto=https;host=tv.example, for=10.0.0.2`: names in any case, values plain or in quotes (RFC 7239, 4). */
export function readForwarded(text: string, wanted: "for" | "host" | "proto"): string[] {
  const pair = /([\w-]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)/g;
  return [...text.matchAll(pair)].filter(([, name]) => name!.toLowerCase() === wanted).slice(-LONGEST_LIST)
    .map(([, , value]) => value!.startsWith('"') ? value!.slice(1, -1).replace(/\\(.)/g, "$1") : value!);
}
