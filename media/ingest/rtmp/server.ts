import { isInNetworks, type Network } from "../../settings/networks.ts";
import { setSystemTimer, type SetTimer } from "../../timer.ts";
import { describeAddress } from "../addresses.ts";
import type { PublisherDesk } from "../desk.ts";
import type { PublisherKeys } from "../publishers_file.ts";
import { createWrongKeys } from "../wrong_keys.ts";
import { createFaultLog } from "./fault_log.ts";
import { type RtmpConnection, serveConnection } from "./connection.ts";
import { chooseWhoLeaves } from "./strangers.ts";

export interface RtmpServer {
  readonly kind: "listening";
  /** The one really taken. */
  readonly port: number;
  /** Takes no more connections and closes those there are. Closing twice is harmless. The desk is its owner's. */
  close(): Promise<void>;
}

export interface RtmpOptions {
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  /** Publishers may come from public addresses; otherwise they are refused in words. */
  readonly allowPublic: boolean;
  /** Proxies that may say for whom they speak (PROXY protocol), beside those on this machine: addresses and networks. */
  readonly trustedProxies?: readonly Network[];
  readonly keys: Pick<PublisherKeys, "find">;
  readonly desk: Pick<PublisherDesk, "admit">;
  /** A clock that never goes back, in milliseconds; the desk's. */
  readonly now: () => number;
  /** A line for the streamer. No key ever stands in one. */
  readonly log: (line: string) => void;
  readonly setTimer?: SetTimer;
}

/** Listens for publishers by RTMP, or says why not: a show goes on without. While nobody is connected nothing runs. */
export function startRtmp(o: RtmpOptions): RtmpServer | { readonly kind: "cannot_listen"; readonly reason: string } {
  const listener = tryToListen(o);
  if (typeof listener === "string") return { kind: "cannot_listen", reason: listener };
  const strangers = new Set<RtmpConnection>();
  const connections = new Set<RtmpConnection>();
  const house = {
    ...o,
    setTimer: o.setTimer ?? setSystemTimer,
    isTrusted: createTrust(o.trustedProxies ?? []),
    wrongKeys: createWrongKeys(),
    sayFault: createFaultLog(o),
    describeAddress,
    /** A connection is a stranger (again), or its address has become known. */
    isStranger(connection: RtmpConnection) {
      strangers.add(connection);
      const leaver = chooseWhoLeaves([...strangers], connection);
      if (leaver === null) return;
      strangers.delete(leaver);
      leaver.drop();
    },
    isNoStranger: (connection: RtmpConnection) => void strangers.delete(connection),
  };

  async function acceptAll(): Promise<void> {
    while (true) {
      const conn = await accept(listener as Deno.TcpListener);
      if (conn === null) return;
      const connection = serveConnection(conn, house);
      connections.add(connection);
      connection.ended.then(() => connections.delete(connection));
    }
  }

  const accepting = acceptAll();
  return {
    kind: "listening",
    port: listener.addr.port,
    async close() {
      closeQuietly(listener);
      for (const connection of connections) connection.drop();
      await Promise.all([accepting, ...[...connections].map(({ ended }) => ended)]);
    },
  };
}

function tryToListen({ host, port }: RtmpOptions): Deno.TcpListener | string {
  try {
    return Deno.listen({ hostname: host, port });
  } catch (problem) {
    if (problem instanceof Deno.errors.AddrInUse) {
      return `Port ${port} is in use, so nobody can publish by RTMP: name another one, as in --rtmp ${port + 1}, or --rtmp off`;
    }
    const why = problem instanceof Error ? problem.message : String(problem);
    return `Cannot listen on ${host}:${port}, so nobody can publish by RTMP: ${why}`;
  }
}

const NO_FILES_LEFT_MS = 100;

/** Null once the listener is closed. A connection that breaks before it is accepted, or for which there is no file left, is no reason to stop. */
async function accept(listener: Deno.TcpListener): Promise<Deno.TcpConn | null> {
  while (true) {
    try {
      return await listener.accept();
    } catch (problem) {
      if (problem instanceof Deno.errors.BadResource || problem instanceof Deno.errors.Interrupted) return null;
      await new Promise((resolve) => setTimeout(resolve, NO_FILES_LEFT_MS));
    }
  }
}

function closeQuietly(listener: Deno.TcpListener): void {
  try {
    listener.close();
  } catch {
    // it was closed before
  }
}

/** A proxy on this machine is believed, as it is with HTTP. */
function createTrust(networks: readonly Network[]): (address: string) => boolean {
  return (address) => describeAddress(address).isLoopback || isInNetworks(address, networks);
}
