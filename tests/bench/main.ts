import { run as runChaos } from "../chaos/long.ts";
import { killChildren } from "../fixtures/child.ts";
import { runAway } from "./away.ts";
import { runBadNetwork } from "./bad_network.ts";
import { runBeside } from "./beside.ts";
import { runBrowserPublisher } from "./browser_publisher.ts";
import { runChat } from "./chat.ts";
import { runClips } from "./clips.ts";
import { runClock } from "./clock.ts";
import { runCohorts } from "./cohorts.ts";
import { runCost } from "./cost.ts";
import { runDrift, runSoak } from "./drift.ts";
import { runFilters } from "./filters.ts";
import { runFirstVisit } from "./first_visit.ts";
import { runPage, runPageShortParts, runStock } from "./glass.ts";
import { runFuzz } from "./fuzz.ts";
import { runHalf } from "./half.ts";
import { runHeld } from "./held.ts";
import { runHostile } from "./hostile.ts";
import { runKills } from "./kills.ts";
import { runLongTasks } from "./long_tasks.ts";
import { runLoops } from "./loops.ts";
import { runLife } from "./life.ts";
import { runObs } from "./obs.ts";
import type { BenchOptions } from "./options.ts";
import { runOtherPlayers } from "./other_players.ts";
import { runPins } from "./pins.ts";
import { runPublishGlass } from "./publish_glass.ts";
import { runReturns } from "./returns.ts";
import { runRelay } from "./relay.ts";
import { runRoom } from "./room.ts";
import { runScenes } from "./scenes.ts";
import { runSchemathesis } from "./schemathesis.ts";
import { runSixPages } from "./six_pages.ts";
import { runSoundLag } from "./sound_lag.ts";
import { runSplices } from "./splices.ts";
import { runSqueeze, runUnbudgeted } from "./squeeze.ts";
import { runStall } from "./stall.ts";
import { runStart } from "./start.ts";
import { holds, renderTable, type Row } from "./table.ts";
import { runSwitches } from "./switches.ts";
import { runVlc } from "./vlc.ts";
import { runVlcFirst } from "./vlc_first.ts";
import { runVlcPins } from "./vlc_pins.ts";

/** In the order in which they run; about how many minutes each takes. */
const BENCHES: readonly { name: string; minutes: number; run: (options: BenchOptions) => Promise<Row[]> }[] = [
  { name: "stock", minutes: 9, run: runStock },
  { name: "page", minutes: 9, run: runPage },
  { name: "part100", minutes: 1, run: runPageShortParts },
  { name: "stall", minutes: 2, run: runStall },
  { name: "pins", minutes: 7, run: runPins },
  { name: "bad_network", minutes: 7, run: runBadNetwork },
  { name: "returns", minutes: 9, run: runReturns },
  { name: "vlc", minutes: 2, run: runVlc },
  { name: "vlc_pins", minutes: 12, run: runVlcPins },
  { name: "splices", minutes: 8, run: runSplices },
  { name: "clips", minutes: 4, run: runClips },
  { name: "cost", minutes: 3, run: runCost },
  { name: "start", minutes: 1, run: runStart },
  { name: "held", minutes: 4, run: runHeld },
  { name: "room", minutes: 4, run: runRoom },
  { name: "relay", minutes: 4, run: runRelay },
  { name: "hostile", minutes: 4, run: runHostile },
  { name: "cohorts", minutes: 2, run: runCohorts },
  { name: "chat", minutes: 5, run: runChat },
  { name: "six_pages", minutes: 2, run: runSixPages },
  { name: "long_tasks", minutes: 4, run: runLongTasks },
  { name: "first_visit", minutes: 3, run: runFirstVisit },
  { name: "filters", minutes: 4, run: runFilters },
  { name: "squeeze", minutes: 4, run: runSqueeze },
  { name: "unbudgeted", minutes: 4, run: runUnbudgeted },
  { name: "vlc_first", minutes: 6, run: runVlcFirst },
  { name: "sound_lag", minutes: 4, run: runSoundLag },
  { name: "other_players", minutes: 5, run: runOtherPlayers },
  { name: "beside", minutes: 20, run: runBeside },
  { name: "switches", minutes: 4, run: runSwitches },
  { name: "scenes", minutes: 1, run: runScenes },
  { name: "loops", minutes: 20, run: runLoops },
  { name: "kills", minutes: 5, run: runKills },
  { name: "life", minutes: 7, run: runLife },
  { name: "clock", minutes: 5, run: runClock },
  { name: "away", minutes: 6, run: runAway },
  { name: "half", minutes: 2, run: runHalf },
  { name: "browser_publisher", minutes: 7, run: runBrowserPublisher },
  { name: "publish_glass", minutes: 3, run: runPublishGlass },
  { name: "obs", minutes: 7, run: runObs },
  { name: "chaos", minutes: 15, run: runChaos },
  { name: "fuzz", minutes: 12, run: runFuzz },
  { name: "schemathesis", minutes: 3, run: runSchemathesis },
  { name: "drift", minutes: 17, run: runDrift },
  { name: "soak", minutes: 11, run: runSoak },
];

const HELP = `deno task bench [--only] [NAME,…] [--quick]
Measures the real server with real players, prints one table and writes bench.json. --quick takes a tenth of the time; its figures do
not count. Names: ${BENCHES.map((bench) => `${bench.name} (${bench.minutes} min)`).join(", ")}`;

await main();

async function main(): Promise<void> {
  const quick = Deno.args.includes("--quick");
  const words = Deno.args.filter((word) => word !== "--only" && !(word.startsWith("--"))).flatMap((word) => word.split(","));
  const names = words.length > 0 || Deno.args.includes("--only") ? words : BENCHES.map((bench) => bench.name);
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (Deno.args.includes("--help") || unknown.length > 0) {
    console.log(unknown.length > 0 ? `No bench is called ${unknown.join(", ")}.\n${HELP}` : HELP);
    Deno.exit(unknown.length > 0 ? 2 : 0);
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      killChildren();
      Deno.exit(130);
    });
  }

  const results: Record<string, { load: number; rows: Row[] }> = {};
  for (const bench of BENCHES.filter(({ name }) => names.includes(name))) {
    const load = Deno.loadavg()[0] ?? 0;
    console.log(`${bench.name}: about ${quick ? 1 : bench.minutes} min, load ${load.toFixed(1)} …`);
    const rows = await bench.run({ quick }).catch((
      problem,
    ) => [holds(`${bench.name} could not be measured`, false, String(problem?.message ?? problem).slice(0, 300))]);
    console.log(renderTable(rows) + "\n");
    results[bench.name] = { load, rows };
    await writeResults(results, quick);
  }
  console.log(renderTable(Object.values(results).flatMap((result) => result.rows)));
  Deno.exit(0);
}

async function writeResults(results: Record<string, { load: number; rows: Row[] }>, quick: boolean): Promise<void> {
  const commit = await new Deno.Command("git", { args: ["rev-parse", "--short", "HEAD"], stderr: "null" }).output()
    .then((out) => new TextDecoder().decode(out.stdout).trim(), () => null);
  const machine = { cores: navigator.hardwareConcurrency, os: Deno.build.os, deno: Deno.version.deno };
  const path = new URL("../../bench.json", import.meta.url);
  await Deno.writeTextFile(path, JSON.stringify({ at: new Date().toISOString(), commit, quick, machine, results }, null, 2) + "\n");
}
