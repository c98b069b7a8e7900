import { join } from "node:path";
import { createTurns, readOrPutAside, writeWhole } from "../../media/whole_file.ts";
import { type KeptValues, readKept, writeKept } from "./kept.ts";

/** The settings that outlive a restart. */
export interface Kept {
  readonly values: KeptValues;
  /** These from now on. They are on the disk a moment later; where that fails it is said, and they hold for this life of the server. */
  keep(change: KeptValues): void;
  /** Resolves when all is written, or has failed. */
  settled(): Promise<void>;
}

export const KEPT_FILE = "studio.json";

/** Opens `studio.json` of the data folder. `nowMs`: the wall clock; `log` takes lines for the streamer. Throws an Error where the file cannot be read. */
export async function openKept(
  o: { readonly dataDir: string; readonly nowMs: number; readonly log: (line: string) => void },
): Promise<Kept> {
  const path = join(o.dataDir, KEPT_FILE);
  const { found, problem } = await readOrPutAside(path, {
    read: readKept,
    nowMs: o.nowMs,
    consequence: "The studio begins with the usual settings.",
  });
  if (problem !== null) o.log(problem);
  for (const each of found?.problems ?? []) o.log(`Cannot use a setting of ${path}: ${each}. It is left out, and the others hold.`);
  return keepIn({ values: found?.values ?? {}, write: (text) => writeWhole(path, text), log: o.log });
}

/** Settings that live as long as the process. */
export function keepInMemory(): Kept {
  return keepIn({ values: {}, write: () => Promise.resolve(), log() {} });
}

function keepIn(
  o: { readonly values: KeptValues; readonly write: (text: string) => Promise<void>; readonly log: (line: string) => void },
): Kept {
  let { values } = o;
  let isWaiting = false;
  let last: Promise<void> = Promise.resolve();
  const inTurn = createTurns();

  async function write(): Promise<void> {
    // What is changed from here on is for the next turn.
    isWaiting = false;
    await o.write(writeKept(values)).catch((error: Error) =>
      o.log(`${error.message}. What the studio has changed is forgotten at the end.`)
    );
  }

  return {
    get values() {
      return values;
    },
    keep(change) {
      values = { ...values, ...change };
      if (isWaiting) return;
      isWaiting = true;
      last = inTurn(write);
    },
    settled: () => last,
  };
}
