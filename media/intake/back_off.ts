/** When a source that is away is tried again. */
export interface BackOff {
  /** One more try failed or broke off after it had delivered for so long (0: never). Gives how long to wait. */
  afterEnd(deliveredMs: number): number;
  readonly tries: number;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
const JITTER = 0.2;
/** What delivered for so long is tried again at once: whoever pulled the plug may have put it back. */
const GOOD_MS = 10_000;

/** Later and later, up to 10 s, each a fifth more or less. `random` is from 0 up to 1. */
export function createBackOff(random: () => number): BackOff {
  let tries = 0;
  return {
    afterEnd(deliveredMs) {
      if (deliveredMs >= GOOD_MS) {
        tries = 0;
        return 0;
      }
      const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** tries) * (1 + JITTER * (2 * random() - 1));
      tries++;
      return Math.round(delayMs);
    },
    get tries() {
      return tries;
    },
  };
}
