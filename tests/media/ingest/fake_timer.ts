import type { SetTimer } from "../../../media/timer.ts";

/** A clock that goes on when it is told to, and the timers that fire by it. */
export interface FakeTime {
  readonly now: () => number;
  readonly setTimer: SetTimer;
  /** Timers that wait. */
  readonly waiting: number;
  pass(ms: number): void;
}

export function createFakeTime(): FakeTime {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; callback: () => void }>();
  return {
    now: () => nowMs,
    setTimer(callback, delayMs) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    get waiting() {
      return timers.size;
    },
    pass(ms) {
      const untilMs = nowMs + ms;
      while (true) {
        const next = [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        nowMs = next.atMs;
        timers.delete(next);
        next.callback();
      }
      nowMs = untilMs;
    },
  };
}
