import type { TakeInput } from "../takes/take.ts";

/** In front of a take: lets what is old pass by until the decoder has caught up with its sender. */
export interface CatchUp extends TakeInput {
  /** From here on all of it is taken. */
  readonly isOver: boolean;
}

/** What is no further behind its sender is fresh. */
const FRESH_MS = 60;
/** A lag that does not shrink any more is the decoder's own. */
const STEADY_AFTER_MS = 250;
const SHRINKS_BY_MS = 5;
/** A decoder that is hardly faster than its sender is not waited for any longer. */
const PATIENCE_MS = 3000;

/**
 * A publisher's intake begins with the group of pictures that is kept, of up to ten seconds and more: they are there to decode on with. The first picture that
 * is taken settles the source's delay, so it has to be a fresh one.
 */
export function createCatchUp(take: TakeInput, lagMs: (ptsUs: number) => number): CatchUp {
  let begun: { readonly atMs: number; leastMs: number; leastAtMs: number } | null = null;
  let isOver = false;

  function look(ptsUs: number, atMs: number): void {
    if (isOver) return;
    const nowMs = lagMs(ptsUs);
    begun ??= { atMs, leastMs: Infinity, leastAtMs: atMs };
    if (nowMs < begun.leastMs - SHRINKS_BY_MS) [begun.leastMs, begun.leastAtMs] = [nowMs, atMs];
    isOver = nowMs <= FRESH_MS || atMs - begun.leastAtMs >= STEADY_AFTER_MS || atMs - begun.atMs >= PATIENCE_MS;
  }

  return {
    get isOver() {
      return isOver;
    },
    addPicture(picture, ptsUs, atMs, wasHeldBack) {
      look(ptsUs, atMs);
      if (isOver) take.addPicture(picture, ptsUs, atMs, wasHeldBack);
      else picture.release();
    },
    addSound(samples, ptsUs, atMs) {
      if (isOver || lagMs(ptsUs) <= STEADY_AFTER_MS) take.addSound(samples, ptsUs, atMs);
    },
    endPictures: () => take.endPictures(),
    endSound: () => take.endSound(),
    get picturesWaiting() {
      return take.picturesWaiting;
    },
    get soundWaitingMs() {
      return take.soundWaitingMs;
    },
  };
}
