import { startChild } from "../fixtures/child.ts";
import { pause } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { NOISE_LADDER, NOISE_SOURCE } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import type { PlayerGroup, PlayerReport, SqueezeOrder, SqueezeReport } from "./squeeze_client.ts";
import { openSqueezedLink, type SqueezedLink } from "./squeeze_link.ts";
import { atMost, holds, note, type Row } from "./table.ts";

const MBIT = 20;

interface Scenario {
  readonly name: string;
  readonly seconds: number;
  readonly groups: readonly PlayerGroup[];
  /** What must hold with the budget on. */
  readonly judge: (seen: Outcome) => Row[];
}

const CROWD = { fromSeconds: 25, toSeconds: 45 };

const SCENARIOS: readonly Scenario[] = [
  {
    name: "20 at once",
    seconds: 60,
    groups: [{ players: 20, fromSeconds: 0, toSeconds: null }],
    judge: (seen) => [
      atMost("  stalls", countStalls(seen.players), "", 0),
      holds("  above LQ, 60 % or more", shareAboveLq(seen.players) >= 0.6, percent(shareAboveLq(seen.players))),
      holds("  link used, 75 to 95 %", seen.used >= 0.75 && seen.used <= 0.95, percent(seen.used)),
    ],
  },
  {
    name: "40 at once",
    seconds: 45,
    groups: [{ players: 40, fromSeconds: 0, toSeconds: null }],
    judge: (seen) => [
      atMost("  stalls", countStalls(seen.players), "", 1),
      atMost("  above LQ", 100 * shareAboveLq(seen.players), "%", 1),
    ],
  },
  {
    name: "10, then 20 more for 20 s",
    seconds: 74,
    groups: [
      ...Array.from({ length: 10 }, (_, place) => ({ players: 1, fromSeconds: place * 0.3, toSeconds: null })),
      { players: 20, ...CROWD },
    ],
    judge: (seen) => [
      atMost("  stalls of the ten", countStalls(theTen(seen)), "", 0),
      atMost("  stalls of the twenty, all together", sumOf(theTwenty(seen), stalledSeconds), "s", 0.5),
      atMost("  the last of the ten has again what it had, after", Math.max(...theTen(seen).map(secondsUntilBack)), "s", 25),
    ],
  },
];

/** The uplink shaped to 20 Mbit/s, a source that fills every rendition, HQ wished by all: what the budget makes of it. */
export function runSqueeze(options: BenchOptions): Promise<Row[]> {
  return squeeze(options, { uplink: `${MBIT}M`, judge: (scenario, seen) => [...scenario.judge(seen), ...describe(seen)] });
}

/** The same link, of which the server knows nothing. */
export function runUnbudgeted(options: BenchOptions): Promise<Row[]> {
  return squeeze(options, { uplink: "10G", judge: (_, seen) => describe(seen) });
}

async function squeeze(
  { quick }: BenchOptions,
  { uplink, judge }: { uplink: string; judge: (scenario: Scenario, seen: Outcome) => Row[] },
): Promise<Row[]> {
  const opened = await openSqueezedLink({ mbit: MBIT });
  if (opened.kind === "not_permitted") return [note("skipped: no network namespaces or no tc here", opened.reason)];
  await using link = opened;
  await using server = await startTercet({ args: ["--source", NOISE_SOURCE, "--ladder", NOISE_LADDER, "--uplink", uplink] });
  await pause(12_000); // the slate is encoded, the renditions are weighed
  const rows: Row[] = [];
  for (const scenario of quick ? SCENARIOS.slice(0, 1) : SCENARIOS) {
    const seconds = quick ? 8 : scenario.seconds;
    const seen = await play({ ...scenario, seconds }, link, server);
    rows.push(note(`--uplink ${uplink}: ${scenario.name}, ${seconds} s`, ""), ...judge(scenario, seen));
    await pause(7000); // nobody counts as present any more
  }
  return rows;
}

interface Outcome {
  readonly players: readonly PlayerReport[];
  readonly errors: SqueezeReport["errors"];
  /** Share of what the link carries, the whole run long. */
  readonly used: number;
  readonly dropped: number;
}

async function play({ seconds, groups }: Pick<Scenario, "seconds" | "groups">, link: SqueezedLink, server: Tercet): Promise<Outcome> {
  const order: SqueezeOrder = { hostname: link.serverAddress, port: server.port, path: "/live.m3u8?quality=hq", seconds, groups };
  const script = decodeURIComponent(new URL("squeeze_client.ts", import.meta.url).pathname);
  const [command, ...args] = [
    ...link.behind,
    Deno.execPath(),
    "run",
    "--quiet",
    "--allow-all",
    "--no-check",
    script,
    JSON.stringify(order),
  ];
  const before = await link.count();
  let report: SqueezeReport | null = null;
  await using client = startChild(command!, args, { onLine: (line) => void (report = line.startsWith("{") ? JSON.parse(line) : report) });
  await client.ended;
  if (report === null) throw new Error(`The players told nothing: ${client.output()}`);
  const after = await link.count();
  return {
    ...(report as SqueezeReport),
    used: (after.bytes - before.bytes) * 8 / (MBIT * 1e6 * seconds),
    dropped: after.dropped - before.dropped,
  };
}

function describe({ players, errors, used, dropped }: Outcome): Row[] {
  const stalled = sumOf(players, stalledSeconds);
  const at = players.flatMap(({ stalls }) => stalls.map(({ atSeconds }) => atSeconds)).sort((a, b) => a - b);
  return [
    note("  stalls, players with stalls", `${at.length}, ${players.filter(({ stalls }) => stalls.length > 0).length}`),
    note("  the first and the last of them, after", at.length === 0 ? "-" : `${at[0]!.toFixed(1)}, ${at.at(-1)!.toFixed(1)}`, "s"),
    note("  stalled", percent(stalled / sumOf(players, (player) => stalledOrPlayed(player)))),
    note("  slowest start", Math.max(...players.map((player) => player.startupSeconds ?? Infinity)), "s"),
    note("  above LQ", percent(shareAboveLq(players))),
    note("  link used, packets dropped", `${percent(used)}, ${dropped}`),
    note("  seconds of the show in which equal wishes were two rungs apart", secondsApart(players)),
    note("  errors", Object.entries(errors).map(([what, count]) => `${count} x ${what}`).join(", ") || "none"),
  ];
}

function theTen({ players }: Outcome): PlayerReport[] {
  return players.filter(({ group }) => group < 10);
}

function theTwenty({ players }: Outcome): PlayerReport[] {
  return players.filter(({ group }) => group === 10);
}

/** From the crowd's departure until the player shows what it showed when the crowd came. */
function secondsUntilBack({ runs }: PlayerReport): number {
  const had = runs.findLast(({ atSeconds }) => atSeconds < CROWD.fromSeconds)?.rendition;
  const last = runs.at(-1);
  if (had === undefined || last?.rendition !== had) return Infinity;
  return Math.max(0, last.atSeconds - CROWD.toSeconds);
}

const RUNGS = ["lq", "mq", "hq"];

function secondsApart(players: readonly PlayerReport[]): number {
  const shown = new Map<number, number[]>();
  for (const { runs } of players) {
    for (const { rendition, fromSeconds, toSeconds } of runs) {
      for (let second = Math.ceil(fromSeconds); second < toSeconds; second++) {
        shown.set(second, [...shown.get(second) ?? [], RUNGS.indexOf(rendition)]);
      }
    }
  }
  return [...shown.values()].filter((rungs) => Math.max(...rungs) - Math.min(...rungs) > 1).length;
}

function shareAboveLq(players: readonly PlayerReport[]): number {
  const above = (player: PlayerReport) => playedSeconds(player.runs.filter(({ rendition }) => rendition !== "lq"));
  return sumOf(players, above) / sumOf(players, (player) => playedSeconds(player.runs));
}

function countStalls(players: readonly PlayerReport[]): number {
  return sumOf(players, ({ stalls }) => stalls.length);
}

function stalledSeconds({ stalls }: PlayerReport): number {
  return sumOf(stalls, ({ seconds }) => seconds);
}

function stalledOrPlayed(player: PlayerReport): number {
  return stalledSeconds(player) + playedSeconds(player.runs);
}

function playedSeconds(runs: PlayerReport["runs"]): number {
  return sumOf(runs, ({ fromSeconds, toSeconds }) => toSeconds - fromSeconds);
}

function sumOf<T>(values: readonly T[], read: (value: T) => number): number {
  return values.reduce((sum, value) => sum + read(value), 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
