import { pause } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { openRoom } from "../../media/room/room.ts";
import { openShow, type Show } from "../routes/show.ts";
import type { BenchOptions } from "./options.ts";
import { sendSwarm, type SwarmOutcome } from "./swarm.ts";
import { atMost, holds, median, note, type Row } from "./table.ts";

const PLAYERS = 500;
const SLOT = 2;
const KEY = "a key for the bench";

/** A show for all, and one with a room key. */
type Kind = "open" | "room";

/**
 * What a room key costs: a part and a playlist in the app itself, asked for in turn in small batches, which a busy machine does not blur; and 500 held
 * players of the whole server, in turn.
 */
export async function runRoom({ quick }: BenchOptions): Promise<Row[]> {
  return [...await measureApp(quick ? 20 : 50), ...await measureServer(quick ? 1 : 4, quick ? 6 : 12)];
}

/** Each playlist of a batch is another viewer's: who asks more often than a player does waits for the next part. */
const BATCH = 200;

async function measureApp(batches: number): Promise<Row[]> {
  const dataDir = await Deno.makeTempDir({ prefix: "tercet-room-" });
  try {
    const { room } = await openRoom({ roomKey: KEY, signingKey: new Uint8Array(32), dataDir, nowMs: () => 1_700_000_000_000 });
    const shows: Record<Kind, Show> = { open: openShow({ bodyBytes: 20_000 }), room: openShow({ bodyBytes: 20_000, room }) };
    const folders: Record<Kind, string> = { open: "/media/", room: `/media/${room.pieces.now()}/` };
    const rows: Row[] = [];
    for (const what of ["part", "playlist"] as const) {
      const paths = {} as Record<Kind, string[]>;
      for (const kind of ["open", "room"] as const) {
        const show = shows[kind];
        show.publishSegments(10);
        const { msn } = show.window.segments.at(-2)!;
        paths[kind] = Array.from({ length: BATCH }, () => {
          if (what === "part") return `${folders[kind]}runa/lq/${msn}.1.m4s`;
          return `/v/${show.viewers.create({ client: "hls.js", wish: { mode: "home", quality: "auto" } })!.id}/lq.m3u8`;
        });
      }
      const costs: Record<Kind, number[]> = { open: [], room: [] };
      for (let batch = 0; batch < batches; batch++) {
        for (const kind of batch % 2 === 0 ? ["open", "room"] as const : ["room", "open"] as const) {
          costs[kind].push(await timeBatch(shows[kind], paths[kind]));
        }
      }
      const [open, withKey] = [median(costs.open)!, median(costs.room)!];
      rows.push(
        atMost(`a ${what} with a room key costs more, in the app`, withKey - open, "µs", 3),
        note("  for all, with a key", `${open.toFixed(1)}, ${withKey.toFixed(1)}`, "µs"),
      );
    }
    return rows;
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Microseconds a request. */
async function timeBatch({ app }: Show, paths: readonly string[]): Promise<number> {
  const beganMs = performance.now();
  for (const path of paths) {
    const answer = await app.fetch(new Request(`http://x${path}`, { headers: { "accept-encoding": "gzip" } }));
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
  }
  return (performance.now() - beganMs) / paths.length * 1000;
}

async function measureServer(turns: number, seconds: number): Promise<Row[]> {
  const swarms: Record<Kind, SwarmOutcome[]> = { open: [], room: [] };
  for (let turn = 0; turn < turns; turn++) {
    for (const kind of turn % 2 === 0 ? ["open", "room"] as const : ["room", "open"] as const) {
      swarms[kind].push(await runTurn(kind, seconds));
    }
  }
  const costs = (kind: Kind) => swarms[kind].map(({ serverCpuSeconds, requests }) => serverCpuSeconds / requests * 1e6);
  const describe = (kind: Kind) => `${median(costs(kind))!.toFixed(1)} (${costs(kind).map((cost) => cost.toFixed(1)).join(", ")})`;
  const lag = (kind: Kind) => median(swarms[kind].map(({ playlistLagMs }) => playlistLagMs?.p99 ?? NaN))!;
  const errors = Object.values(swarms).flat().flatMap((swarm) => Object.entries(swarm.errors).map(([what, count]) => `${count} x ${what}`));
  return [
    atMost(`${PLAYERS} held players with a room key: release to receipt, p99, beside a show for all`, lag("room") / lag("open"), "x", 1.1),
    note("  by the players, for all, with a key", `${lag("open").toFixed(1)}, ${lag("room").toFixed(1)}`, "ms"),
    note("  for all: CPU a request with the show itself, and of each turn", describe("open"), "µs"),
    note("  with a key: CPU a request with the show itself, and of each turn", describe("room"), "µs"),
    holds("  no error", errors.length === 0, errors.join(", ") || "none"),
  ];
}

async function runTurn(kind: Kind, seconds: number): Promise<SwarmOutcome> {
  await using server = await startTercet({
    args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER, "--uplink", "10G"],
    ...(kind === "room" ? { env: { TERCET_ROOM_KEY: KEY } } : {}),
  });
  await server.settled();
  await pause(3000);
  const url = `${server.baseUrl}/live.m3u8${kind === "room" ? `?key=${encodeURIComponent(KEY)}` : ""}`;
  return await sendSwarm({ url, players: PLAYERS, rampSeconds: 4, seconds, behaviour: { kind: "ll", slot: SLOT } }, [server.pid]);
}
