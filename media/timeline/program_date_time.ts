/** What a wall clock would have shown when a picture was due. It follows the system's, which may be set; media time never hears of that. */
export interface ProgramDateTime {
  /** In milliseconds since 1970. */
  of(tick: number): number;
  /** Wall clock less media time, as told. */
  readonly offsetMs: number;
  /** `tick` is due while the wall clock shows `wallMs`: to be called once a segment. Gives a line for the log where the difference was made good at once. */
  follow(tick: number, wallMs: number): string | null;
}

/** In one segment players notice nothing of this much. */
export const MOST_STEP_MS = 20;
/** The share of what is missing that one segment makes good, so that what is hardly off is hardly moved. */
const SHARE = 1 / 16;
/** hls.js places a level that it loads for the first time by PROGRAM-DATE-TIME where it is within this; what is further off it places by MSN. */
const MOST_WALKED_MS = 60_000;

export function createProgramDateTime(rate: number, startOffsetMs: number): ProgramDateTime {
  let offsetMs = startOffsetMs;
  const mediaMs = (tick: number) => tick / rate * 1000;
  return {
    of: (tick) => mediaMs(tick) + offsetMs,
    get offsetMs() {
      return offsetMs;
    },
    follow(tick, wallMs) {
      const offMs = wallMs - (mediaMs(tick) + offsetMs);
      if (Math.abs(offMs) <= MOST_WALKED_MS) {
        offsetMs += Math.max(-MOST_STEP_MS, Math.min(MOST_STEP_MS, offMs * SHARE));
        return null;
      }
      offsetMs += offMs;
      const seconds = Math.round(Math.abs(offMs) / 1000);
      return `The clock of this machine was set ${offMs > 0 ? "forward" : "back"} by ${seconds} s (or it slept); the show goes on.`;
    },
  };
}
