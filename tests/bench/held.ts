import { readPlaylist } from "../rules/read_playlist.ts";
import { gunzipSync } from "node:zlib";
import { pause } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import { openHttpConnection } from "./http_connection.ts";
import { measureCpu } from "./cost.ts";
import { startNginx } from "./nginx.ts";
import type { BenchOptions } from "./options.ts";
import { sendSwarm, type SwarmOutcome, withChildren } from "./swarm.ts";
import type { SwarmOrder } from "./swarm_client.ts";
import { atMost, holds, note, type Row } from "./table.ts";
import { watchWire, type WireLag } from "./wire.ts";

const PLAYERS = 500;
/** The smallest rendition: 500 times the largest would measure the loopback device. */
const SLOT = 2;

/** 500 players with held requests, and the same bytes from nginx to the same players, in turn. */
export async function runHeld({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 8 : 25;
  const folder = await Deno.makeTempDir({ prefix: "tercet-files-" });
  await Deno.chmod(folder, 0o755);
  try {
    await using server = await startTercet({ args: ["--source", BARCODE_SOURCE, "--uplink", "10G"] });
    await server.settled();
    await pause(12_000);
    const [idle = NaN] = await measureCpu([server.pid], quick ? 4 : 15);
    const files = await keepFiles(server, folder);
    await using nginx = await startNginx(folder);
    const common = { players: PLAYERS, rampSeconds: 4, seconds };
    const held: SwarmOrder = { ...common, url: `${server.baseUrl}/live.m3u8`, behaviour: { kind: "ll", slot: SLOT } };
    const fromFiles: SwarmOrder = {
      ...common,
      url: `http://127.0.0.1:${nginx.port}/`,
      behaviour: { kind: "files", everyMs: 200, ...files },
    };
    const ours: SwarmOutcome[] = [];
    const theirs: SwarmOutcome[] = [];
    const renderingsBefore = await countRenderings(server);
    for (let turn = 0; turn < (quick ? 1 : 3); turn++) {
      ours.push(await sendSwarm(held, [server.pid]));
      theirs.push(await sendSwarm(fromFiles, withChildren(nginx.process.pid)));
    }
    const parts = ours.length * (seconds + 6) * 5;
    const renderings = (await countRenderings(server) - renderingsBefore) / parts;
    // A turn of its own: watching costs the server a little.
    const lag = await watchWire(server.port, PLAYERS, () => sendSwarm(held, [server.pid]));
    return [
      ...describeRelease(`${PLAYERS} held players`, lag, ours, 30),
      ...compare(ours, theirs, seconds, idle),
      note("  playlists rendered a part", renderings),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** On the wire where that can be watched, otherwise by the players, whose one process is then measured too. */
export function describeRelease(who: string, wire: WireLag | null, swarms: readonly SwarmOutcome[], limitMs: number): Row[] {
  const what = `${who}: release to receipt, p99`;
  const p99 = best(swarms, (o) => o.playlistLagMs?.p99);
  return [
    wire
      ? atMost(`${what}, on the wire`, wire.p99, "ms", limitMs)
      : atMost(`${what}, by the players (not seen on the wire)`, p99, "ms", limitMs),
    ...wire ? [note("  p50, the last of all, releases", `${wire.p50.toFixed(1)}, ${wire.max.toFixed(1)}, ${wire.bursts}`, "ms")] : [],
    note("  by the players, one process: p50, p99", `${best(swarms, (o) => o.playlistLagMs?.p50).toFixed(1)}, ${p99.toFixed(1)}`, "ms"),
    note("  p99 of each turn", swarms.map((o) => o.playlistLagMs?.p99.toFixed(1)).join(", "), "ms"),
  ];
}

/** `idle`: the cores that our process uses for the show itself, which nginx has not. */
function compare(ours: readonly SwarmOutcome[], theirs: readonly SwarmOutcome[], seconds: number, idle: number): Row[] {
  const perByte = (outcomes: readonly SwarmOutcome[], coresBeside = 0) =>
    total(outcomes, (o) => o.serverCpuSeconds - coresBeside * o.seconds) / total(outcomes, (o) => o.bytes);
  const perRequest = (outcomes: readonly SwarmOutcome[]) =>
    total(outcomes, (o) => o.serverCpuSeconds) / total(outcomes, (o) => o.requests) * 1e6;
  const errors = ours.flatMap((outcome) => Object.entries(outcome.errors).map(([what, count]) => `${count} x ${what}`));
  const perSecond = total(ours, (o) => o.seconds);
  return [
    note("  release to whole part in hand, p50", best(ours, (o) => o.partLagMs?.p50), "ms"),
    note("  release to whole part in hand, p99", best(ours, (o) => o.partLagMs?.p99), "ms"),
    note("  nginx: whole part in hand, p99", best(theirs, (o) => o.partLagMs?.p99), "ms"),
    atMost("  CPU per byte beside nginx's", perByte(ours) / perByte(theirs), "x", 1.5),
    note("  the same without the show itself", perByte(ours, idle) / perByte(theirs), "x"),
    note("  our CPU a request", perRequest(ours), "µs"),
    note("  nginx's CPU a request", perRequest(theirs), "µs"),
    note("  our CPU", total(ours, (o) => o.serverCpuSeconds) / perSecond, "cores"),
    note("  nginx's CPU", total(theirs, (o) => o.serverCpuSeconds) / total(theirs, (o) => o.seconds), "cores"),
    note("  our bytes", total(ours, (o) => o.bytes) / perSecond / 1e6, "MB/s"),
    note("  nginx's bytes", total(theirs, (o) => o.bytes) / total(theirs, (o) => o.seconds) / 1e6, "MB/s"),
    note("  our requests", total(ours, (o) => o.requests) / perSecond, "/s"),
    note("  memory at the most", Math.max(...ours.map((o) => o.serverMemoryBytes)) / 1e6, "MB"),
    note("  CPU of the players themselves", Math.max(...ours.map((o) => o.ownCpu)), "cores"),
    holds(`  no error in ${ours.length} x ${seconds} s`, errors.length === 0, errors.join(", ") || "none"),
  ];
}

/** Writes a packed playlist and ten seconds of parts, as the server sends them, into a folder for nginx. */
async function keepFiles(server: Tercet, folder: string): Promise<{ playlist: string; parts: string[] }> {
  const connection = await openHttpConnection("127.0.0.1", server.port);
  try {
    const entry = unpack((await connection.get("/live.m3u8")).body);
    const variants = entry.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const path = new URL(variants[Math.min(SLOT, variants.length - 1)] ?? "", `${server.baseUrl}/live.m3u8`).pathname;
    const packed = (await connection.get(path)).body.slice();
    await Deno.writeFile(`${folder}/list.m3u8`, packed);
    const uris = readPlaylist(unpack(packed)).segments.flatMap((segment) => segment.parts.map((part) => part.uri ?? ""));
    const parts: string[] = [];
    for (const [index, uri] of uris.entries()) {
      const answer = await connection.get(new URL(uri, server.baseUrl + path).pathname);
      if (answer.status !== 200) throw new Error(`Cannot fetch ${uri}: ${answer.status}`);
      await Deno.writeFile(`${folder}/${index}.m4s`, answer.body);
      parts.push(`/${index}.m4s`);
    }
    return { playlist: "/list.m3u8", parts };
  } finally {
    connection.close();
  }
}

/** Media playlists rendered since the server was started. */
export async function countRenderings(server: Tercet): Promise<number> {
  const metrics = await (await fetch(`${server.baseUrl}/metrics`)).text();
  return Number(/^tercet_playlist_renderings_total (\d+)/m.exec(metrics)?.[1] ?? NaN);
}

function unpack(body: Uint8Array): string {
  return new TextDecoder().decode(body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body);
}

function best(outcomes: readonly SwarmOutcome[], read: (outcome: SwarmOutcome) => number | undefined): number {
  return Math.min(...outcomes.map((outcome) => read(outcome) ?? Infinity));
}

function total(outcomes: readonly SwarmOutcome[], read: (outcome: SwarmOutcome) => number): number {
  return outcomes.reduce((sum, outcome) => sum + read(outcome), 0);
}
