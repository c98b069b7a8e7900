import type { ShowClock } from "../timeline/clock.ts";
import type { SetTimer } from "../timer.ts";

/** More than this late is not made good: the machine slept, or the process was stopped, and the show pauses with it. */
export const MOST_LATE_MS = 500;

/**
 * Calls `onTick` for each tick when it is due, from `firstTick` on, each once, in order; those that a busy moment has held up come at once, but never more than
 * `MOST_LATE_MS` of them: the rest becomes slip. `onDone` follows each round. Gives the way to stop it.
 */
export function startTicks(o: {
  readonly clock: ShowClock;
  readonly firstTick: number;
  readonly onTick: (tick: number) => void;
  readonly onDone: (newestTick: number) => void;
  readonly setTimer: SetTimer;
}): () => void {
  const { clock } = o;
  let next = o.firstTick;
  let cancel = () => {};
  let isStopped = false;

  function round(): void {
    const lateMs = clock.nowMs() - clock.dueMs(next);
    if (lateMs > MOST_LATE_MS) clock.slipBy(lateMs);
    const due = clock.dueTick();
    while (next <= due && !isStopped) o.onTick(next++);
    if (isStopped) return;
    o.onDone(next - 1);
    cancel = o.setTimer(round, Math.max(0, Math.ceil(clock.dueMs(next) - clock.nowMs())));
  }

  round();
  return () => {
    isStopped = true;
    cancel();
  };
}
