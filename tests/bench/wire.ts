import { startChild } from "../fixtures/child.ts";
import { waitFor } from "../fixtures/condition.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";
import { quantile } from "./table.ts";

/** When answers reached the system of the players, after the first of their burst. Milliseconds. */
export interface WireLag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly bursts: number;
}

/**
 * Watches, by tcpdump on the loopback device, when the playlists of one release arrive at the players' system. The players' own clock cannot tell: one
 * process plays them all, and reads their answers one after the other between the parts it asks for. Null, and nothing is played, where tcpdump is not there
 * or may not listen; null, too, where no release reached all players.
 */
export async function watchWire(port: number, players: number, play: () => Promise<unknown>): Promise<WireLag | null> {
  if (findOnPath(["tcpdump"]) === null) return null;
  const times: number[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  const tcpdump = startChild("tcpdump", ["-i", "lo", "-tt", "-n", "-q", "-s", "96", "-B", "16384", playlistsFrom(port)], {
    onStdout(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) times.push(1000 * Number.parseFloat(line));
    },
  });
  const listens = await waitFor("tcpdump", 5000, () => tcpdump.status !== null || /listening on/.test(tcpdump.output())).then(
    () => tcpdump.status === null,
    () => false,
  );
  try {
    if (!listens) return null;
    await play();
  } finally {
    await tcpdump.stop();
  }
  return describe(burstsOf(times).filter((burst) => Math.abs(burst.length - players) <= MISSING_SHARE * players));
}

/** An answer's first packet that is more than the head of a part and, with its body, less than a part: a playlist. */
function playlistsFrom(port: number): string {
  const beginsWithHttp = "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x48545450";
  return `tcp src port ${port} and ${beginsWithHttp} and greater 500 and less 1500`;
}

/** Between two releases nothing is sent for longer than this. */
const APART_MS = 40;
/** A player may be late for a release and be answered beside it. */
const MISSING_SHARE = 0.05;

function burstsOf(times: readonly number[]): number[][] {
  const bursts: number[][] = [];
  let last = -Infinity;
  for (const ms of times.filter(Number.isFinite)) {
    if (ms - last > APART_MS) bursts.push([]);
    bursts.at(-1)!.push(ms);
    last = ms;
  }
  return bursts;
}

function describe(bursts: readonly (readonly number[])[]): WireLag | null {
  const lags = bursts.flatMap((burst) => burst.map((ms) => ms - burst[0]!));
  const [p50, p99, max] = [quantile(lags, 0.5), quantile(lags, 0.99), quantile(lags, 1)];
  return p50 === null || p99 === null || max === null ? null : { p50, p99, max, bursts: bursts.length };
}
