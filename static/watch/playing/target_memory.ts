/** What stalls have taught: how far to stay behind the edge beyond the playlist's hold-back. */
export interface TargetMemory {
  readonly extraSeconds: number;
  readonly stalledAtMs: number;
  /** The last stall, or when it was last looked at what could be spared. */
  readonly watchedSinceMs: number;
  /** The least media ahead of the picture since then; Infinity where none came. */
  readonly leastBufferedSeconds: number;
}

export const FRESH_TARGET: TargetMemory = Object.freeze({
  extraSeconds: 0,
  stalledAtMs: -Infinity,
  watchedSinceMs: 0,
  leastBufferedSeconds: Infinity,
});

const STALL_ADDS_SECONDS = 0.4;
const MOST_EXTRA_SECONDS = 1;
/** Trouble within this time is the same trouble. */
const SAME_STALL_MS = 2000;
/** So long after a stall the buffer is still filling up, and teaches nothing. */
const REFILL_MS = 5000;
/** The player does not report a stall of less than 0.1 s, but the picture has stood all the same. */
const NOTHING_LEFT_SECONDS = 0.02;
/** A network that stands still now and then (a radio that looks around for others) does so every 20 s or so: a shorter look would take luck for calm. */
const WATCH_MS = 30_000;
/** The hold-back is three parts, of which one is always still on its way: a quiet network leaves the others, but for the time of loading. */
const LEFT_OF_HOLD_BACK = 2 / 3;
const LOADING_SECONDS = 0.05;
/** Less is not worth staying behind for. */
const LEAST_EXTRA_SECONDS = 0.08;

/** A stall: stay further behind from now on, at most a second. */
export function raiseTarget(memory: TargetMemory, nowMs: number): TargetMemory {
  if (nowMs - memory.stalledAtMs < SAME_STALL_MS) return memory;
  const extraSeconds = Math.min(MOST_EXTRA_SECONDS, memory.extraSeconds + STALL_ADDS_SECONDS);
  return { extraSeconds, stalledAtMs: nowMs, watchedSinceMs: nowMs, leastBufferedSeconds: Infinity };
}

/** New media came to a picture that moves, when so much was left ahead of it. Gives back the same object where that teaches nothing. */
export function noteBuffered(memory: TargetMemory, bufferedSeconds: number, nowMs: number): TargetMemory {
  if (nowMs - memory.stalledAtMs < REFILL_MS) return memory;
  if (bufferedSeconds < NOTHING_LEFT_SECONDS) return raiseTarget(memory, nowMs);
  if (memory.extraSeconds === 0 || bufferedSeconds >= memory.leastBufferedSeconds) return memory;
  return { ...memory, leastBufferedSeconds: bufferedSeconds };
}

/**
 * Time has passed: after 30 s without a stall, just as far behind the edge as the latest media in them would have needed with the hold-back still in
 * hand. So on a network that is bad for good it stays where nothing stalls. Gives back the same object where nothing changes.
 */
export function lowerTarget(memory: TargetMemory, holdBackSeconds: number, nowMs: number): TargetMemory {
  if (memory.extraSeconds === 0 || nowMs - memory.watchedSinceMs < WATCH_MS) return memory;
  const quietSeconds = holdBackSeconds * LEFT_OF_HOLD_BACK - LOADING_SECONDS;
  const neededSeconds = memory.extraSeconds - Math.max(0, memory.leastBufferedSeconds - quietSeconds);
  const extraSeconds = neededSeconds < LEAST_EXTRA_SECONDS ? 0 : Math.round(neededSeconds * 1000) / 1000;
  return { ...memory, extraSeconds, watchedSinceMs: nowMs, leastBufferedSeconds: Infinity };
}
