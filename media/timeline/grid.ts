/** Samples of sound in one AAC frame, and the rate at which sound is always encoded. */
export const SAMPLES_PER_AAC_FRAME = 1024;
export const SOUND_RATE = 48_000;

/** How time is cut: everything follows from the rate, the part length and the segment length. */
export interface Grid {
  /** Pictures a second, a whole number. */
  readonly rate: number;
  readonly framesPerPart: number;
  readonly framesPerSegment: number;
  /** Ticks a second of the pictures' track; `frameTicks` of them make one picture. */
  readonly videoTimescale: number;
  readonly frameTicks: number;
  /** PART-TARGET: the longest part, rounded up to what a playlist prints (rule 12). */
  readonly partTargetSeconds: number;
  /** EXT-X-TARGETDURATION (rules 9, 10). */
  readonly targetDurationSeconds: number;
}

/** The grid nearest to the wished lengths. Throws a RangeError where a segment is not a whole number of frames. */
export function createGrid(wish: { rate: number; partSeconds: number; segmentSeconds: number }): Grid {
  const { rate } = wish;
  const framesPerSegment = Math.round(wish.segmentSeconds * rate);
  if (Math.abs(framesPerSegment - wish.segmentSeconds * rate) > 1e-6 || framesPerSegment < 1) {
    throw new RangeError(`Cannot cut segments of ${wish.segmentSeconds} s at ${rate} frames a second: no whole number of frames`);
  }
  const framesPerPart = Math.min(framesPerSegment, Math.max(1, Math.round(wish.partSeconds * rate)));
  const frameTicks = 1000;
  return Object.freeze({
    rate,
    framesPerPart,
    framesPerSegment,
    videoTimescale: rate * frameTicks,
    frameTicks,
    partTargetSeconds: Math.ceil(framesPerPart / rate * 1e5 - 1e-6) / 1e5,
    targetDurationSeconds: Math.max(1, Math.round(wish.segmentSeconds)),
  });
}

/**
 * Where a show's first segment ends, which begins with this picture: where the grid has it, or one segment later where less than half a second (or half
 * a segment) would be left and both together are still as long as is told (rule 9): a player that finds next to nothing at first stands for seconds.
 */
export function endOfFirstSegment({ framesPerSegment, rate, targetDurationSeconds }: Grid, tick: number): number {
  const end = (Math.floor(tick / framesPerSegment) + 1) * framesPerSegment;
  const isShort = end - tick < Math.min(framesPerSegment, rate) / 2;
  const longest = (targetDurationSeconds + 0.5) * rate;
  return isShort && end + framesPerSegment - tick < longest ? end + framesPerSegment : end;
}
