import type { Channel } from "../../media/channel.ts";
import { RENDITION_NAMES } from "../../media/hls/rendition.ts";

/** One moment of the show: when, in ms since 1970, and how all was then. */
export interface PastMoment {
  readonly atMs: number;
  readonly viewers: number;
  /** What those cost who get HQ, MQ and LQ, and what all may cost, in bits per second. */
  readonly spent: readonly [hq: number, mq: number, lq: number];
  readonly spendable: number;
  /** The score, 1 to 100; null off the air. */
  readonly motion: number | null;
  /** Pictures that the encoder has and has not given back. */
  readonly owed: number;
  /** Pictures that were not encoded, since the show began. */
  readonly leftOut: number;
  /** The governor's: 0 is as set. */
  readonly step: number;
}

/** The last ten minutes of the show, for the studio's graphs. */
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

/** How all is now; everything in it is measured already. */
export function readMoment(
  { viewers, house, status, gauges }: Pick<Channel, "viewers" | "house" | "status" | "gauges">,
  atMs: number,
): PastMoment {
  const { total, byRendition } = viewers.count();
  const [hq, mq, lq] = RENDITION_NAMES.map((name, place) => Math.round((byRendition[name] ?? 0) * house.weights[place]!));
  const values = new Map([...gauges()].map(([name, , value]) => [name, value]));
  return {
    atMs,
    viewers: total,
    spent: [hq!, mq!, lq!],
    spendable: house.budget.spendable,
    motion: status().onAirSinceMs === null ? null : house.motion.score,
    owed: values.get("pictures_owed") ?? 0,
    leftOut: values.get("pictures_left_out") ?? 0,
    step: values.get("encoding_step") ?? 0,
  };
}
