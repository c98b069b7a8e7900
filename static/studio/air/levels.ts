import type { LevelsAnswer } from "../../../routes/studio/schemas.ts";
import type { Outcome } from "../api.ts";

const EVERY_MS = 200;
/** What is quieter than this stands at the meter's left end. */
const QUIETEST_DB = -60;

/** Asks how loud it is, one question at a time and only while somebody looks. `show` is given null where nothing is known. */
export function followLevels(o: {
  readonly ask: () => Promise<Outcome<LevelsAnswer>>;
  readonly isLookedAt: () => boolean;
  readonly show: (levels: LevelsAnswer | null) => void;
  readonly every: (callback: () => void, ms: number) => () => void;
}): () => void {
  let isAsking = false;
  return o.every(() => void look(), EVERY_MS);

  async function look(): Promise<void> {
    if (isAsking || !o.isLookedAt()) return;
    isAsking = true;
    const outcome = await o.ask();
    isAsking = false;
    o.show(outcome.kind === "answer" ? outcome.value : null);
  }
}

/** How far a meter goes, from 0 to 1, even in decibels as ears hear it. `peak` 1 is as loud as can be. */
export function extentOf(peak: number): number {
  const decibels = 20 * Math.log10(peak);
  return Math.min(1, Math.max(0, 1 - decibels / QUIETEST_DB));
}
