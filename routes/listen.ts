/** A server that goes on listening. */
export interface Listening {
  readonly port: number;
  /** Takes nobody new, and resolves when all who are there have been answered. */
  shutdown(): Promise<void>;
}

/** So many files are kept open to be let go when there are no more: what is left of the server must be able to start an encoder and to write a line. */
const SPARES = 16;
const TRY_AGAIN_MS = 250;
/** The limit that is met again within this time is the same trouble. */
const CALM_MS = 60_000;

/**
 * Listens, or says why not. Deno's server ends where it cannot accept (most often at the open-file limit), while those who are connected stay: it is told once,
 * and as soon as there is room again another one listens in its place. Until then others are refused.
 */
export function listen(o: {
  readonly host: string;
  readonly port: number;
  readonly handler: Deno.ServeHandler<Deno.NetAddr>;
  readonly log: (line: string) => void;
  /** Any file that can be read. */
  readonly spare: URL;
}): Listening | string {
  const servers = new Set<Deno.HttpServer<Deno.NetAddr>>();
  const spares = createSpares(o.spare);
  let isStopping = false;
  let toldAtMs = -Infinity;

  function serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    const server = Deno.serve({ hostname: o.host, port, onListen() {} }, o.handler);
    servers.add(server);
    server.finished.then(() => servers.delete(server), (problem) => lose(server, problem));
    return server;
  }

  function lose(server: Deno.HttpServer<Deno.NetAddr>, problem: Error): void {
    spares.letGo();
    if (isStopping) return;
    const nowMs = performance.now();
    if (nowMs - toldAtMs > CALM_MS) o.log(`${describe(problem)} Those who are connected go on, nobody else can connect.`);
    toldAtMs = nowMs;
    comeBack(server);
  }

  function comeBack(lost: Deno.HttpServer<Deno.NetAddr>): void {
    setTimeout(() => {
      if (isStopping) return;
      if (!spares.take()) return comeBack(lost);
      try {
        serve(lost.addr.port);
        servers.delete(lost);
      } catch {
        spares.letGo();
        comeBack(lost);
      }
    }, TRY_AGAIN_MS);
  }

  try {
    const { port } = serve(o.port).addr;
    spares.take();
    return {
      port,
      async shutdown() {
        isStopping = true;
        await Promise.all([...servers].map((server) => server.shutdown().catch(() => {})));
      },
    };
  } catch (problem) {
    if (problem instanceof Deno.errors.AddrInUse) return `Port ${o.port} is in use: name another one, as in: deno task serve ${o.port + 1}`;
    if (problem instanceof Deno.errors.PermissionDenied) {
      return `Port ${o.port} may not be used: ports below 1024 are for root. Name another one, as in: deno task serve 8080`;
    }
    return `Cannot listen on ${o.host}:${o.port}: ${problem instanceof Error ? problem.message : problem}`;
  }
}

/** The address to listen on: `0.0.0.0` means everybody, so all of IPv6 where the machine has nothing else. */
export function chooseHost(host: string, addresses: readonly Pick<Deno.NetworkInterfaceInfo, "family" | "address">[]): string {
  const has = (family: "IPv4" | "IPv6") =>
    addresses.some((each) => each.family === family && !/^(127\.|169\.254\.|::1$|fe80:)/i.test(each.address));
  return host === "0.0.0.0" && !has("IPv4") && has("IPv6") ? "::" : host;
}

function describe(problem: Error): string {
  return /os error 2[34]\b/.test(problem.message)
    ? "The limit of open files is reached (ulimit -n); a higher one lets more watch."
    : `Connections cannot be taken: ${problem.message}.`;
}

/** Files that are open for nothing. Whoever takes them leaves as much room again. */
function createSpares(file: URL): { take(): boolean; letGo(): void } {
  const held: Deno.FsFile[] = [];
  function letGo(count = 0): void {
    for (const each of held.splice(count)) each.close();
  }
  return {
    take() {
      try {
        while (held.length < 2 * SPARES) held.push(Deno.openSync(file));
        letGo(SPARES);
        return true;
      } catch {
        letGo();
        return false;
      }
    },
    letGo: () => letGo(),
  };
}
