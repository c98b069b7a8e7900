/** Puts the times of a device on the clock of the page. All in microseconds. */
export interface MediaClock {
  /** What has the time `mediaUs` came at `nowUs`. */
  hear(mediaUs: number, nowUs: number): void;
  /** When that was captured, on the page's clock: what came latest came no later than others. NaN before anything was heard. */
  at(mediaUs: number): number;
}

/** How late things come is measured over the last one to two of these: the clocks drift apart. */
const WINDOW_US = 10_000_000;
/** A device that began anew. */
const JUMP_US = 1_000_000;

/** Both tracks have clocks of their own and are put on one, each by the least that its own came late by: so lips stay in step, and no jitter is sent. */
export function createMediaClock(): MediaClock {
  let [before, now, sinceUs] = [Infinity, Infinity, -Infinity];
  const offset = () => Math.min(before, now);
  return {
    hear(mediaUs, nowUs) {
      const lateUs = nowUs - mediaUs;
      if (Math.abs(lateUs - offset()) > JUMP_US) [before, now, sinceUs] = [Infinity, Infinity, nowUs];
      if (nowUs - sinceUs >= WINDOW_US) [before, now, sinceUs] = [now, Infinity, nowUs];
      now = Math.min(now, lateUs);
    },
    at(mediaUs) {
      return offset() === Infinity ? NaN : mediaUs + offset();
    },
  };
}

/** Microseconds since 1970 on a clock that nobody sets while the page is open. */
export function pageClockUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}
