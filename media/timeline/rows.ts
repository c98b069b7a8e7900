import type { VideoFrame } from "../flv/frame.ts";
import type { Grid } from "./grid.ts";

/** The same picture in every rendition. */
export interface Row {
  /** Counted from the run's first picture. */
  readonly index: number;
  readonly isKey: boolean;
  /** ffmpeg's time of the run's first picture, in milliseconds: what its sound is placed against. */
  readonly firstTimeMs: number;
  readonly pictures: readonly VideoFrame[];
}

export interface RowAligner {
  /** Takes one rendition's next picture; gives the row it completes, or null. Throws a RangeError when the run breaks its promises. */
  push(rendition: number, picture: VideoFrame): Row | null;
}

/** How far one rendition may run ahead of another before the run counts as broken. */
const MOST_SECONDS_APART = 5;

/**
 * Puts the renditions of one run side by side and checks ffmpeg's own times against the count: a picture more than half
 * a frame from its counted place, key frames anywhere but at each segment's start, or renditions that disagree are errors.
 */
export function createRowAligner(grid: Grid, renditions: number): RowAligner {
  const waiting: VideoFrame[][] = Array.from({ length: renditions }, () => []);
  let nextIndex = 0;
  let firstTimeMs = 0;

  function complete(): Row | null {
    if (waiting.some((queue) => queue.length === 0)) return null;
    const pictures = waiting.map((queue) => queue.shift()!);
    const first = pictures[0]!;
    if (nextIndex === 0) firstTimeMs = first.timeMs;
    check(pictures, nextIndex, firstTimeMs, grid);
    return { index: nextIndex++, isKey: first.isKey, firstTimeMs, pictures };
  }

  return {
    push(rendition, picture) {
      const queue = waiting[rendition]!;
      queue.push(picture);
      if (queue.length > MOST_SECONDS_APART * grid.rate) {
        throw new RangeError(`Cannot align the renditions: number ${rendition} is ${queue.length} pictures ahead of another`);
      }
      return complete();
    },
  };
}

/** FLV's milliseconds have 31 bits; a run longer than 24 days wraps. */
const TIME_WRAP_MS = 2 ** 31;

/** Signed distance between two of FLV's times. */
export function elapsedMs(fromMs: number, toMs: number): number {
  const distance = (toMs - fromMs) % TIME_WRAP_MS;
  if (distance >= TIME_WRAP_MS / 2) return distance - TIME_WRAP_MS;
  return distance < -TIME_WRAP_MS / 2 ? distance + TIME_WRAP_MS : distance;
}

function check(pictures: readonly VideoFrame[], index: number, firstTimeMs: number, grid: Grid): void {
  const frameMs = 1000 / grid.rate;
  const countedMs = (index * frameMs) % TIME_WRAP_MS;
  for (const [rendition, picture] of pictures.entries()) {
    const offMs = elapsedMs(countedMs, elapsedMs(firstTimeMs, picture.timeMs));
    if (Math.abs(offMs) > frameMs / 2) {
      throw new RangeError(`Picture ${index} of rendition ${rendition} stands ${offMs.toFixed(1)} ms from its counted place`);
    }
    const mustBeKey = index % grid.framesPerSegment === 0;
    if (picture.isKey !== mustBeKey) {
      throw new RangeError(`Picture ${index} of rendition ${rendition} is ${picture.isKey ? "a" : "no"} key frame, against the grid`);
    }
  }
}
