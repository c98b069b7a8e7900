/** What is known of the playback at one moment. Seconds; null where the player cannot tell yet. */
export interface PlaybackMoment {
  readonly nowMs: number;
  readonly latencySeconds: number | null;
  readonly targetSeconds: number | null;
  /** What stalls have added to the target. */
  readonly extraSeconds: number;
  /** Media ahead of the picture that is on screen. */
  readonly bufferedSeconds: number;
  /** The playback rate that is set. */
  readonly rate: number;
  readonly isSeeking: boolean;
  /** When `steer` last asked for a jump, or null. */
  readonly jumpedAtMs: number | null;
}

export type Steering = { readonly kind: "rate"; readonly rate: number } | { readonly kind: "jump" };

/** Beyond this the way back to the edge would take half a minute at the highest rate: a jump is kinder. */
const JUMP_BEHIND_SECONDS = 3;
const JUMP_AGAIN_AFTER_MS = 3000;
const HIGHEST_RATE = 1.25;
/** Once it hurries it goes all the way, and then leaves a little drift alone: every change of rate can be heard. */
const BEGIN_BEHIND_SECONDS = 0.08;
const END_BEHIND_SECONDS = 0.015;
const LOWEST_HURRY = 1.02;
/** Slower than this can be heard in music. */
const LOWEST_RATE = 0.95;
/** With less than this in hand, speed would only end in a stall. */
const LEAST_BUFFER_SECONDS = 0.15;

/**
 * How to stay at the live edge: a playback rate of 1 to 1.25, or a jump to the edge when more than 3 s behind. After a stall, and only then, a rate
 * of 0.95 up to the distance that it has taught: the stall alone leaves just what lasts until the next one.
 * hls.js speeds up only with a second of buffer, which 200 ms parts never have, so the page does it (shared/seams.md, section 7).
 */
export function steer(moment: PlaybackMoment): Steering {
  const { latencySeconds, targetSeconds } = moment;
  if (latencySeconds === null || targetSeconds === null || moment.isSeeking) return { kind: "rate", rate: 1 };
  const behindSeconds = latencySeconds - targetSeconds;
  if (behindSeconds > JUMP_BEHIND_SECONDS && !hasJustJumped(moment)) return { kind: "jump" };
  if (isTooNear(moment, behindSeconds)) return { kind: "rate", rate: LOWEST_RATE };
  const closeEnoughSeconds = moment.rate > 1 ? END_BEHIND_SECONDS : BEGIN_BEHIND_SECONDS;
  if (behindSeconds <= closeEnoughSeconds || moment.bufferedSeconds < LEAST_BUFFER_SECONDS) return { kind: "rate", rate: 1 };
  const rate = Math.min(HIGHEST_RATE, Math.max(LOWEST_HURRY, 1 + behindSeconds / 4));
  return { kind: "rate", rate: Math.round(rate * 100) / 100 };
}

function isTooNear({ extraSeconds, rate }: PlaybackMoment, behindSeconds: number): boolean {
  return extraSeconds > 0 && behindSeconds < -(rate < 1 ? END_BEHIND_SECONDS : BEGIN_BEHIND_SECONDS);
}

function hasJustJumped(moment: PlaybackMoment): boolean {
  return moment.jumpedAtMs !== null && moment.nowMs - moment.jumpedAtMs < JUMP_AGAIN_AFTER_MS;
}
