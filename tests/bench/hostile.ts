import { startChild } from "../fixtures/child.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { cpuSecondsOf } from "../fixtures/proc.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { HOSTILE_KINDS, type HostileKind, type HostileOrder, type HostileReport } from "./hostile_client.ts";
import type { BenchOptions } from "./options.ts";
import { sendSwarm, type SwarmOutcome } from "./swarm.ts";
import { atMost, median, note, type Row } from "./table.ts";

const PLAYERS = 100;
const CONNECTIONS: Readonly<Record<HostileKind, number>> = {
  "one address": 300,
  "a thousand addresses": 300,
  "slow": 2000,
  "never reading": 300,
  "idle": 10_000,
};
const NORMAL_WITHIN_SECONDS = 30;

/** 100 players alone, and then beside each kind of hostile clients. */
export async function runHostile({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 5 : 12;
  await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER, "--uplink", "10G"] });
  await server.settled();
  await pause(quick ? 3000 : 10_000);
  const cores = await measureCores(server);
  const quiets = [await play(server, PLAYERS, seconds)];
  const besets: [HostileKind, Beset, number | null][] = [];
  for (const kind of HOSTILE_KINDS) {
    const beset = await besiege(server, { kind, connections: CONNECTIONS[kind], players: PLAYERS, seconds });
    besets.push([kind, beset, await measureUntilNormal(server, cores)]);
    if (besets.length % 2 === 0) quiets.push(await play(server, PLAYERS, seconds));
  }
  const quiet: Quiet = {
    p99Ms: median(quiets.map((each) => each.playlistLagMs?.p99 ?? NaN)) ?? NaN,
    memoryBytes: quiets[0]!.serverMemoryBytes,
  };
  const rows = [
    note(`${PLAYERS} players alone: release to receipt, p99, median of ${quiets.length}`, quiet.p99Ms, "ms"),
    note("  each", quiets.map((each) => each.playlistLagMs?.p99.toFixed(1)).join(", "), "ms"),
    note("  memory", quiet.memoryBytes / 1e6, "MB"),
    note("  our CPU without them", cores, "cores"),
    ...besets.flatMap(([kind, beset, normal]) => [
      ...describe(kind, quiet, beset),
      atMost("  back to normal after", normal, "s", NORMAL_WITHIN_SECONDS),
    ]),
  ];
  const lines = server.output().split("\n").filter((line) => /too much|Too many/i.test(line));
  return [...rows, note("lines in the log", lines.length), ...lines.map((line) => note(`  ${line}`, ""))];
}

interface Quiet {
  readonly p99Ms: number;
  readonly memoryBytes: number;
}

function describe(kind: HostileKind, quiet: Quiet, { players, hostile }: Beset): Row[] {
  const beside = players.playlistLagMs?.p99 ?? NaN;
  return [
    atMost(`${kind} (${CONNECTIONS[kind]}): stalls`, players.stalls, "", 0),
    atMost("  release to receipt, p99", beside / quiet.p99Ms, "x", 1.5),
    note("  the same", beside, "ms"),
    atMost("  memory more than alone", (players.serverMemoryBytes - quiet.memoryBytes) / 1e6, "MB", 100),
    note("  our CPU", players.serverCpuSeconds / players.seconds, "cores"),
    note("  their answers", Object.entries(hostile.answers).map(([what, count]) => `${count} x ${what}`).join(", ") || "none"),
    note("  stood at the end", hostile.connected),
    note("  the players' errors", Object.entries(players.errors).map(([what, count]) => `${count} x ${what}`).join(", ") || "none"),
  ];
}

export interface Beset {
  readonly players: SwarmOutcome;
  readonly hostile: HostileReport;
}

/** Players for some seconds, beside hostile clients that have come before them and stay until they have gone. */
export async function besiege(
  server: Tercet,
  { kind, connections, players, seconds }: { kind: HostileKind; connections: number; players: number; seconds: number },
): Promise<Beset> {
  const { told } = await sendHostile({ port: server.port, kind, connections, seconds: seconds + RAMP_SECONDS + 4 });
  const outcome = await play(server, players, seconds);
  return { players: outcome, hostile: await told };
}

/** Sends hostile clients, in a process of their own; resolves when they are there. */
export async function sendHostile(order: HostileOrder): Promise<{ readonly told: Promise<HostileReport> }> {
  let isThere = false;
  let report: HostileReport | null = null;
  const script = decodeURIComponent(new URL("hostile_client.ts", import.meta.url).pathname);
  const client = startChild(Deno.execPath(), ["run", "--quiet", "--allow-all", script, JSON.stringify(order)], {
    onLine(line) {
      if (line === "there") isThere = true;
      if (line.startsWith("{")) report = JSON.parse(line);
    },
  });
  await waitFor(`clients of the kind ${order.kind}`, 60_000, () => isThere || client.status !== null);
  const told = client.ended.then(() => {
    if (report === null) throw new Error(`Clients of the kind ${order.kind} told nothing: ${client.output()}`);
    return report;
  });
  told.catch(() => {});
  return { told };
}

const RAMP_SECONDS = 2;

/** Two behind each address, unless the addresses are given. */
export function play(server: Tercet, players: number, seconds: number, given?: readonly string[]): Promise<SwarmOutcome> {
  const addresses = given ?? Array.from({ length: players / 2 }, (_, at) => `192.0.2.${at}`);
  return sendSwarm({
    url: `${server.baseUrl}/live.m3u8`,
    players,
    rampSeconds: RAMP_SECONDS,
    seconds,
    addresses,
    behaviour: { kind: "ll", slot: 2 },
  }, [server.pid]);
}

/** Seconds until the server needs no more than it did before; null where that takes too long. */
async function measureUntilNormal(server: Tercet, cores: number): Promise<number | null> {
  const began = performance.now();
  while (performance.now() - began < (NORMAL_WITHIN_SECONDS + 5) * 1000) {
    if (await measureCores(server) <= cores * 1.2 + 0.02) return (performance.now() - began) / 1000;
  }
  return null;
}

async function measureCores({ pid }: Tercet): Promise<number> {
  const [cpu, began] = [cpuSecondsOf(pid) ?? NaN, performance.now()];
  await pause(2000);
  return ((cpuSecondsOf(pid) ?? NaN) - cpu) * 1000 / (performance.now() - began);
}
