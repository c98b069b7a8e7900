import { setImmediate } from "node:timers";
import { setSystemTimer, type SetTimer } from "../timer.ts";

/** A place where many wait for the same thing. Each wait ends: by a wake, or by its own limit. */
export interface Wakeup {
  /** Waits for the next wake, at the longest until `untilMs` (on the clock that was handed in). */
  wait(untilMs: number): Promise<"woken" | "timeout">;
  /** Wakes everybody who waits now, in the order of their coming, `RELEASED_PER_TURN` in one turn of the event loop. */
  wakeAll(): void;
  /** How many wait, those already called but not yet let go included. */
  readonly waiting: number;
}

/**
 * Held requests of a thousand viewers end at the same moment; answering all of them in one turn would keep the first answers from leaving.
 * So they are let go in groups, never in the turn of the wake itself: whoever publishes has finished his whole change by then.
 * One timer serves all limits. `now` gives milliseconds and should never step back.
 */
export function createWakeup(o: { now: () => number; setTimer?: SetTimer }): Wakeup {
  const setTimer = o.setTimer ?? setSystemTimer;
  let waiters: Waiter[] = [];
  let called: Waiter[] = [];
  let isReleasing = false;
  let timer: { readonly atMs: number; readonly cancel: () => void } | null = null;

  function wait(untilMs: number): Promise<"woken" | "timeout"> {
    if (!(untilMs > o.now())) return Promise.resolve("timeout");
    return new Promise((resolve) => {
      waiters.push({ untilMs, resolve });
      if (timer === null || untilMs < timer.atMs) armTimer(untilMs);
    });
  }

  function wakeAll(): void {
    disarmTimer();
    if (waiters.length === 0) return;
    called = called.length === 0 ? waiters : called.concat(waiters);
    waiters = [];
    if (isReleasing) return;
    isReleasing = true;
    setImmediate(releaseGroup);
  }

  function releaseGroup(): void {
    const group = called.slice(0, RELEASED_PER_TURN);
    called = called.slice(RELEASED_PER_TURN);
    for (const waiter of group) waiter.resolve("woken");
    isReleasing = called.length > 0;
    if (isReleasing) setImmediate(releaseGroup);
  }

  function endOverdue(): void {
    timer = null;
    const nowMs = o.now();
    const overdue = waiters.filter((waiter) => waiter.untilMs <= nowMs);
    waiters = waiters.filter((waiter) => waiter.untilMs > nowMs);
    for (const waiter of overdue) waiter.resolve("timeout");
    if (waiters.length > 0) armTimer(waiters.reduce((earliest, waiter) => Math.min(earliest, waiter.untilMs), Infinity));
  }

  function armTimer(atMs: number): void {
    disarmTimer();
    timer = { atMs, cancel: setTimer(endOverdue, Math.min(LONGEST_TIMER_MS, Math.max(1, Math.ceil(atMs - o.now())))) };
  }

  function disarmTimer(): void {
    timer?.cancel();
    timer = null;
  }

  return {
    wait,
    wakeAll,
    get waiting() {
      return waiters.length + called.length;
    },
  };
}

/**
 * A turn of a thousand takes some 2 ms here; the answers leave after it, 20 to 30 µs each. In smaller groups the next requests of the first come between and
 * delay the last: with 1,000 players in groups of 256 the last part was there after 85 to 125 ms (p99), in groups of 1,024 after 59 to 63 ms.
 */
export const RELEASED_PER_TURN = 1024;

interface Waiter {
  readonly untilMs: number;
  readonly resolve: (outcome: "woken" | "timeout") => void;
}

/** setTimeout takes 31 bits; anything longer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
