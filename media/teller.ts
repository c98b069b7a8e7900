/** Tells the streamer of troubles that last: once when one begins, again now and then with how often it was met, and when it is over. */
export interface Teller {
  /** A trouble is there, or still there. A reason that was told is only counted; another one is told when the one before has stood for a while. */
  trouble(reason: string): void;
  /** It is over; says nothing where there was none. */
  over(): void;
}

/** A trouble that lasts is told again after so long. */
const AGAIN_AFTER_MS = [60_000, 600_000, 3_600_000];
/** The same trouble often shows another face within a few seconds: first nothing comes, then nothing can be reached. */
const SETTLED_AFTER_MS = 10_000;
/** Reasons that keep changing are one trouble. */
const MOST_REASONS = 3;

/** `say` makes the lines; `forMs` is how long the trouble has lasted, `times` how often it was met. `now` is monotonic, in milliseconds. */
export function createTeller(o: {
  readonly say: {
    readonly begins: (reason: string) => string;
    readonly lasts: (reason: string, forMs: number, times: number) => string;
    readonly isOver: (forMs: number) => string;
  };
  readonly now: () => number;
  readonly log: (line: string) => void;
}): Teller {
  let known: { readonly sinceMs: number; readonly reasons: string[]; toldAtMs: number; again: number; times: number } | null = null;

  return {
    trouble(reason) {
      const nowMs = o.now();
      known ??= { sinceMs: nowMs, reasons: [], toldAtMs: -Infinity, again: 0, times: 0 };
      known.times++;
      const stoodMs = nowMs - known.toldAtMs;
      if (!known.reasons.includes(reason) && known.reasons.length < MOST_REASONS && stoodMs >= SETTLED_AFTER_MS) {
        known.reasons.push(reason);
        known.toldAtMs = nowMs;
        o.log(o.say.begins(reason));
      } else if (stoodMs >= AGAIN_AFTER_MS[Math.min(known.again, AGAIN_AFTER_MS.length - 1)]!) {
        known.toldAtMs = nowMs;
        known.again++;
        o.log(o.say.lasts(reason, nowMs - known.sinceMs, known.times));
      }
    },
    over() {
      if (known === null) return;
      const { sinceMs } = known;
      known = null;
      o.log(o.say.isOver(o.now() - sinceMs));
    },
  };
}

/** `12 s`, `3 min`, `2 h`. */
export function sayDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
