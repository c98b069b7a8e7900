import { pause } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import { measureCpu } from "./cost.ts";
import { countRenderings, describeRelease } from "./held.ts";
import type { BenchOptions } from "./options.ts";
import { sendSwarm } from "./swarm.ts";
import type { SwarmOrder } from "./swarm_client.ts";
import { atMost, holds, note, type Row } from "./table.ts";
import { watchWire } from "./wire.ts";

/** Viewers that get the same text: how they begin, what they wish later, and the slot they play. */
interface Cohort {
  readonly viewers: number;
  readonly begins: Wish;
  readonly then?: Wish;
  readonly slot: "hq" | "mq" | "lq";
}
type Wish = { readonly quality?: string; readonly mode?: "gaming" };

/** A tenth watches HQ, a fifth MQ, the rest LQ; of those 60 are gaming, and get what the motion picks. */
const COHORTS: readonly Cohort[] = [
  { viewers: 40, begins: { quality: "hq" }, slot: "hq" },
  { viewers: 40, begins: {}, slot: "hq" },
  { viewers: 20, begins: {}, then: { quality: "hq" }, slot: "lq" },
  { viewers: 80, begins: { quality: "mq" }, slot: "mq" },
  { viewers: 60, begins: {}, slot: "mq" },
  { viewers: 60, begins: {}, then: { quality: "mq" }, slot: "hq" },
  { viewers: 280, begins: { quality: "lq" }, slot: "lq" },
  { viewers: 250, begins: {}, slot: "lq" },
  { viewers: 70, begins: {}, then: { quality: "lq" }, slot: "hq" },
  { viewers: 40, begins: {}, then: { quality: "lq" }, slot: "mq" },
  { viewers: 30, begins: { mode: "gaming" }, slot: "mq" },
  { viewers: 30, begins: {}, then: { mode: "gaming" }, slot: "mq" },
];
const RAMP_SECONDS = 8;
const SETTLE_SECONDS = 3;
const PARTS_A_SECOND = 5;
const WATCHED_SECONDS = 10;

/** A thousand players with held requests whose wishes fall into twelve groups: each group's playlist is to be rendered once a part. */
export async function runCohorts({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 8 : 40;
  await using server = await startTercet({ args: ["--source", BARCODE_SOURCE, "--uplink", "10G"] });
  await server.settled();
  await pause(12_000);
  const [without = NaN] = await measureCpu([server.pid], quick ? 5 : 20);
  const playlists = shuffle((await Promise.all(COHORTS.map((cohort, at) => invite(server, cohort, at)))).flat());
  const order = (seconds: number): SwarmOrder => ({
    url: `${server.baseUrl}/`,
    players: playlists.length,
    rampSeconds: RAMP_SECONDS,
    seconds,
    behaviour: { kind: "listed", playlists },
  });
  const [swarm, renderings] = await Promise.all([
    sendSwarm(order(seconds), [server.pid]),
    countRenderingsAPart(server, RAMP_SECONDS + SETTLE_SECONDS, seconds - SETTLE_SECONDS),
  ]);
  const lag = await watchWire(server.port, playlists.length, () => sendSwarm(order(WATCHED_SECONDS), [server.pid]));
  const cores = swarm.serverCpuSeconds / swarm.seconds;
  const errors = Object.entries(swarm.errors).map(([what, count]) => `${count} x ${what}`);
  return [
    ...describeRelease(`${playlists.length} held players in ${COHORTS.length} cohorts`, lag, [swarm], 50),
    note("  release to whole part in hand, p50", swarm.partLagMs?.p50 ?? null, "ms"),
    note("  release to whole part in hand, p99", swarm.partLagMs?.p99 ?? null, "ms"),
    atMost("  CPU for serving (with them, less without)", cores - without, "cores", 0.5),
    note("  CPU without viewers", without, "cores"),
    note("  CPU a request", (cores - without) * swarm.seconds / swarm.requests * 1e6, "µs"),
    atMost("  playlists rendered a part", Math.round(renderings), "", COHORTS.length),
    atMost("  memory at the most", swarm.serverMemoryBytes / 1e6, "MB", 300),
    note("  bytes", swarm.bytes / swarm.seconds / 1e6, "MB/s"),
    note("  requests", swarm.requests / swarm.seconds, "/s"),
    note("  CPU of the players themselves", swarm.ownCpu, "cores"),
    holds(`  no error in ${seconds} s`, errors.length === 0, errors.join(", ") || "none"),
  ];
}

/** Makes a cohort's viewers, each household of forty behind an address of its own (the server limits how fast one may make them). */
async function invite(server: Tercet, { viewers, begins, then, slot }: Cohort, at: number): Promise<string[]> {
  const paths: string[] = [];
  for (let viewer = 0; viewer < viewers; viewer++) {
    const from = `10.0.${at}.${Math.floor(viewer / 40)}`;
    const { id } = await send(server, "POST", "/api/viewers", { ...begins, player: "hls.js" }, from);
    if (then !== undefined) await send(server, "PATCH", `/api/viewers/${id}`, then, from);
    paths.push(`/v/${id}/${slot}.m3u8`);
  }
  return paths;
}

async function send(server: Tercet, method: string, path: string, body: unknown, from: string): Promise<{ id: string }> {
  const headers = { "content-type": "application/json", "x-forwarded-for": from };
  const answer = await fetch(server.baseUrl + path, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`Cannot ${method} ${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

async function countRenderingsAPart(server: Tercet, afterSeconds: number, seconds: number): Promise<number> {
  await pause(afterSeconds * 1000);
  const [before, beganMs] = [await countRenderings(server), performance.now()];
  await pause(seconds * 1000);
  const tookSeconds = (performance.now() - beganMs) / 1000;
  return (await countRenderings(server) - before) / (tookSeconds * PARTS_A_SECOND);
}

/** The same order each time, no cohort after the other. */
function shuffle<T>(items: readonly T[]): T[] {
  const step = 617; // a prime: every place is taken once
  return items.map((_, at) => items[at * step % items.length]!);
}
