import fc from "fast-check";
import { READERS } from "../fuzz/readers.ts";
import { STREAM_READERS } from "../fuzz/streams.ts";
import type { BenchOptions } from "./options.ts";
import { holds, note, type Row } from "./table.ts";

const RUNS = 1_000_000;
const AT_ONCE = 20_000;

/** A million texts or streams for each reader, with a new seed each time: a failure tells the seed and the smallest text that shows it. */
export async function runFuzz({ quick }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, property } of [...READERS, ...STREAM_READERS]) {
    const began = performance.now();
    const wanted = quick ? RUNS / 10 : RUNS;
    let failure: string | null = null, done = 0;
    for (; done < wanted && failure === null; done += AT_ONCE) {
      const outcome = await fc.check(property, { numRuns: AT_ONCE });
      if (outcome.failed) {
        failure = `seed ${outcome.seed}, ${JSON.stringify(outcome.counterexample)}: ${outcome.errorInstance}`.slice(0, 300);
      }
    }
    rows.push(holds(`${name}: ${wanted} texts`, failure === null, failure ?? "all hold"));
    rows.push(note(`${name}: each takes`, (performance.now() - began) / done * 1000, "µs"));
  }
  return rows;
}
