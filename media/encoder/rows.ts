import type { VideoFrame } from "../flv/frame.ts";

/** The same picture in every rendition, and the tick that it was made for. */
export interface Row {
  readonly tick: number;
  readonly isKey: boolean;
  readonly pictures: readonly Uint8Array[];
}

export interface RowAligner {
  /** Takes one rendition's next picture; gives the row it completes, or null. Throws a RangeError when the run breaks its promises. */
  push(rendition: number, picture: VideoFrame): Row | null;
}

/**
 * Puts the renditions of one run side by side. A picture's time names the tick it was made for: ffmpeg hands on in milliseconds what it was given in
 * ticks, exact up to 120 a second. Renditions that disagree, times that do not rise and a key frame anywhere but at the run's first picture and where a
 * segment begins are errors.
 */
export function createRowAligner(o: {
  readonly rate: number;
  readonly framesPerSegment: number;
  /** Of the run's first picture. */
  readonly firstTick: number;
  readonly renditions: number;
}): RowAligner {
  const waiting: { tick: number; isKey: boolean; data: Uint8Array }[][] = Array.from({ length: o.renditions }, () => []);
  const clocks = waiting.map(() => createTimeUnwrapper());
  const lastTicks = waiting.map(() => o.firstTick - 1);

  function readTick(rendition: number, picture: VideoFrame): number {
    const tick = o.firstTick + Math.round(clocks[rendition]!(picture.timeMs) * o.rate / 1000);
    const last = lastTicks[rendition]!;
    const isFirst = last === o.firstTick - 1;
    if (isFirst ? tick !== o.firstTick : tick <= last) {
      throw new RangeError(
        `Picture of tick ${tick} in rendition ${rendition}: ${isFirst ? `the first is ${o.firstTick}` : `${last} came before`}`,
      );
    }
    const mustBeKey = isFirst || tick % o.framesPerSegment === 0;
    if (picture.isKey !== mustBeKey) {
      throw new RangeError(`Picture of tick ${tick} in rendition ${rendition} is ${picture.isKey ? "a" : "no"} key frame`);
    }
    return lastTicks[rendition] = tick;
  }

  return {
    push(rendition, picture) {
      waiting[rendition]!.push({ tick: readTick(rendition, picture), isKey: picture.isKey, data: picture.data });
      if (waiting[rendition]!.length > MOST_SECONDS_APART * o.rate) {
        throw new RangeError(`Cannot align the renditions: number ${rendition} is ${waiting[rendition]!.length} pictures ahead of another`);
      }
      if (waiting.some((queue) => queue.length === 0)) return null;
      const row = waiting.map((queue) => queue.shift()!);
      const { tick, isKey } = row[0]!;
      const other = row.find((picture) => picture.tick !== tick);
      if (other) throw new RangeError(`Cannot align the renditions: one is at tick ${tick}, another at ${other.tick}`);
      return { tick, isKey, pictures: row.map(({ data }) => data) };
    },
  };
}

/** How far one rendition may run ahead of another before the run counts as broken. */
const MOST_SECONDS_APART = 5;
/** FLV's milliseconds have 31 bits; a run longer than 24 days wraps. */
const TIME_WRAP_MS = 2 ** 31;

/** Milliseconds since the first time that it was asked. */
function createTimeUnwrapper(): (timeMs: number) => number {
  let last: number | null = null;
  let sinceFirst = 0;
  return (timeMs) => {
    let step = (timeMs - (last ?? timeMs)) % TIME_WRAP_MS;
    if (step < -TIME_WRAP_MS / 2) step += TIME_WRAP_MS;
    last = timeMs;
    return sinceFirst += step;
  };
}
