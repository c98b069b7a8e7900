/** The time of the show: a monotonic clock that pauses where the machine did. */
export interface ShowClock {
  /** Milliseconds since the clock was made, less the slip. */
  nowMs(): number;
  /** This tick is due now. To be called once, and again after `rest`. */
  begin(firstTick: number): void;
  /** When a tick is due, in milliseconds of the show; NaN while none is on. */
  dueMs(tick: number): number;
  /** The newest tick that is due; NaN while none is on. */
  dueTick(): number;
  /** No show is on: from now on nobody need ask, until the next `begin`. */
  rest(): void;
  /** So much of the show was never made, and will not be: media time pauses. */
  slipBy(ms: number): void;
  readonly slipMs: number;
}

/** While a show is on the time is asked for with each tick: nobody asking for so long means that nothing ran. */
export const LONGEST_SILENCE_MS = 500;

/**
 * `monotonicMs` never goes back and knows nothing of the wall clock. A stop of the process becomes slip before anybody sees the time behind it: whatever
 * arrived meanwhile arrives now. `onSlip` hears of it.
 */
export function createShowClock(
  o: { readonly rate: number; readonly monotonicMs: () => number; readonly onSlip?: (ms: number) => void },
): ShowClock {
  const startMs = o.monotonicMs();
  let slipMs = 0;
  let askedMs = startMs;
  let first = NONE;

  function nowMs(): number {
    const monotonicMs = o.monotonicMs();
    const silentMs = monotonicMs - askedMs;
    askedMs = monotonicMs;
    if (silentMs > LONGEST_SILENCE_MS && !Number.isNaN(first.tick)) slipBy(silentMs);
    return monotonicMs - startMs - slipMs;
  }

  function slipBy(ms: number): void {
    slipMs += ms;
    o.onSlip?.(ms);
  }

  return {
    nowMs,
    rest: () => void (first = NONE),
    begin: (tick) => void (first = { tick, dueMs: nowMs() }),
    dueMs: (tick) => first.dueMs + (tick - first.tick) / o.rate * 1000,
    // A hair more, so that a tick is due when its own time is asked for.
    dueTick: () => first.tick + Math.floor((nowMs() - first.dueMs) / 1000 * o.rate + 1e-6),
    slipBy,
    get slipMs() {
      return slipMs;
    },
  };
}

const NONE = { tick: NaN, dueMs: NaN };
