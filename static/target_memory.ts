/** What stalls have taught: how far to stay behind the edge beyond the playlist's hold-back. */
export interface TargetMemory {
  readonly extraSeconds: number;
  /** The last stall, or the last step down since. */
  readonly calmSinceMs: number;
}

export const FRESH_TARGET: TargetMemory = Object.freeze({ extraSeconds: 0, calmSinceMs: 0 });

const STALL_ADDS_SECONDS = 0.4;
const MOST_EXTRA_SECONDS = 1;
const STEP_DOWN_SECONDS = 0.2;
const CALM_MS = 10_000;

/** A stall: stay further behind from now on, at most a second. */
export function raiseTarget(memory: TargetMemory, nowMs: number): TargetMemory {
  return { extraSeconds: Math.min(MOST_EXTRA_SECONDS, memory.extraSeconds + STALL_ADDS_SECONDS), calmSinceMs: nowMs };
}

/** Time has passed: 0.2 s nearer to the edge for each ten calm seconds. Gives back the same object where nothing changes. */
export function lowerTarget(memory: TargetMemory, nowMs: number): TargetMemory {
  if (memory.extraSeconds === 0 || nowMs - memory.calmSinceMs < CALM_MS) return memory;
  const extraSeconds = Math.max(0, Math.round((memory.extraSeconds - STEP_DOWN_SECONDS) * 1000) / 1000);
  return { extraSeconds, calmSinceMs: nowMs };
}
