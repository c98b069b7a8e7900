import { killChildren } from "../fixtures/child.ts";
import { holds, note, renderTable, type Row } from "../bench/table.ts";
import { deletedFile, earlyFault, type Fault, hangingSource, noSource, serverAway, torments, truncatedFile } from "./faults.ts";
import { playFault } from "./play_fault.ts";

/**
 * The full list of faults, or those whose names contain one of `words`, each before an audience of its own. About 15 minutes;
 * `quick` is about 5.
 */
export async function run(options: { readonly quick: boolean }, words: readonly string[] = []): Promise<Row[]> {
  const rows: Row[] = [];
  for (const fault of listFaults(options.quick).filter((fault) => words.length === 0 || words.some((word) => fault.name.includes(word)))) {
    console.log(`  ${fault.name} …`);
    try {
      const verdict = await playFault(fault);
      if (verdict.complaints.length > 0) console.log(`    the server said: ${verdict.serverSaid.join("\n    ")}`);
      const figures = Object.entries(verdict.figures).filter(([, value]) => value !== null);
      rows.push(
        holds(
          fault.name,
          verdict.complaints.length === 0,
          verdict.complaints.length === 0 ? "held" : `${verdict.complaints.length} complaints`,
        ),
      );
      rows.push(...verdict.complaints.map((complaint) => note(`  ! ${complaint}`, "")));
      rows.push(...figures.map(([name, value]) => note(`  ${name}`, value)));
    } catch (problem) {
      rows.push(holds(fault.name, false, problem instanceof Error ? problem.message.slice(-300).replaceAll("\n", " / ") : String(problem)));
    }
  }
  return rows;
}

function listFaults(isQuick: boolean): Fault[] {
  return [
    // How often a death goes well is what `deno task bench kills` counts.
    torments(
      isQuick ? [["pictures", "SIGKILL"]] : [["pictures", "SIGKILL"], ["sound", "SIGKILL"], ["pictures", "SIGSTOP"], ["sound", "SIGSTOP"]],
    ),
    earlyFault,
    truncatedFile,
    deletedFile,
    hangingSource,
    noSource(),
    serverAway(200, ["stock", "page", "vlc"]),
    serverAway(4000, ["page"]),
  ];
}

if (import.meta.main) {
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => (killChildren(), Deno.exit(130)));
  const wanted = Deno.args.filter((word) => !word.startsWith("--"));
  const rows = await run({ quick: Deno.args.includes("--quick") }, wanted);
  console.log(renderTable(rows));
  Deno.exit(rows.some((row) => row.ok === false) ? 1 : 0);
}
