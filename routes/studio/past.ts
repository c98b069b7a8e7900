/** One moment of the show: when, in ms since 1970; viewers; bits per second. */
export type PastMoment = readonly [atMs: number, viewers: number, spent: number, spendable: number];

/** The last ten minutes of the show, for the studio's graph. */
export interface Past {
  note(moment: PastMoment): void;
  readonly moments: readonly PastMoment[];
}

export const PAST_EVERY_MS = 2000;
const PAST_MS = 10 * 60_000;

export function createPast(): Past {
  const moments: PastMoment[] = [];
  return {
    note(moment) {
      moments.push(moment);
      while (moments.length > PAST_MS / PAST_EVERY_MS) moments.shift();
    },
    moments,
  };
}
