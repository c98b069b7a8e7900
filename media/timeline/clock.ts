/**
 * The wall clock as the timeline sees it. A picture's media time is its number divided by the rate; its wall time is that
 * plus an offset, which follows what really arrives by at most one millisecond a segment, so that a source whose clock
 * drifts is followed and nobody sees a step.
 */
export interface TimelineClock {
  /** When a picture is due, in milliseconds since 1970. PROGRAM-DATE-TIME is the same number. */
  dueMs(frame: number): number;
  /** The first picture that is not due yet. */
  frameAfter(nowMs: number): number;
  /** Says when a run's picture came. */
  observe(frame: number, nowMs: number): void;
  /** A segment of a run is over: corrects the offset by at most a millisecond. */
  correct(): void;
  readonly offsetMs: number;
}

export const MOST_CORRECTION_MS = 1;

export function createTimelineClock(rate: number, startOffsetMs: number): TimelineClock {
  let offsetMs = startOffsetMs;
  // Of all the pictures of a segment the one that came earliest tells the clock; the others tell of jitter.
  let leastLateMs = Infinity;
  return {
    dueMs: (frame) => frame / rate * 1000 + offsetMs,
    frameAfter: (nowMs) => Math.floor((nowMs - offsetMs) / 1000 * rate) + 1,
    observe(frame, nowMs) {
      leastLateMs = Math.min(leastLateMs, nowMs - (frame / rate * 1000 + offsetMs));
    },
    correct() {
      if (Number.isFinite(leastLateMs)) offsetMs += Math.max(-MOST_CORRECTION_MS, Math.min(MOST_CORRECTION_MS, leastLateMs));
      leastLateMs = Infinity;
    },
    get offsetMs() {
      return offsetMs;
    },
  };
}
