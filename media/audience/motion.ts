import type { RenditionName } from "../hls/rendition.ts";
import type { MotionSample } from "./motion_samples.ts";

/** How lively the picture is, and the rendition that is worth it. */
export interface Motion {
  /** 1 to 100. */
  readonly score: number;
  readonly isMoving: boolean;
  readonly pick: RenditionName;
  /** The time of the newest sample; null before a run's first. */
  readonly timeSeconds: number | null;
  /** The time since the picture last changed, as long as nobody knows whether it stands or the source is just slow: the score has not heard of it yet. */
  readonly doubtSeconds: number;
}

export const MOTION_AT_START: Motion = { score: 50, isMoving: false, pick: "mq", timeSeconds: null, doubtSeconds: 0 };

/**
 * The share of the picture from which on it counts as moving. The filter lets nothing through of heavy noise (0.0 %) or of a lamp's flicker
 * (0.3 %); somebody who crosses a room changes 2 to 20 %, one who types at a table 0.0 to 0.5 %.
 */
export const MOTION_THRESHOLD = 0.008;

/**
 * The motion after one more sample, counted in the samples' own time. A scene cut is one moving sample, whatever follows. A sample of exactly 0
 * amid motion says nothing: a source slower than the sampling repeats its pictures. It is counted when the picture changes again
 * (then it was motion), or has not for half a second (then it was not).
 */
export function takeSample(motion: Motion, sample: MotionSample, threshold = MOTION_THRESHOLD): Motion {
  const seconds = secondsSince(motion.timeSeconds, sample.timeSeconds);
  const now = { ...motion, timeSeconds: sample.timeSeconds };
  if (sample.changedShare > 0 || !motion.isMoving) {
    const isMoving = sample.changedShare >= threshold;
    return count(now, isMoving, motion.doubtSeconds + seconds);
  }
  const doubtSeconds = motion.doubtSeconds + seconds;
  return doubtSeconds > LONGEST_DOUBT_SECONDS ? count(now, false, doubtSeconds) : { ...now, doubtSeconds };
}

/** The motion after a stretch without samples in which the picture stood, as the slate does. The next sample begins a new count of time. */
export function standStill(motion: Motion, seconds: number): Motion {
  return { ...count(motion, false, motion.doubtSeconds + seconds), timeSeconds: null };
}

const GAIN_PER_SECOND = 57;
const LOSS_PER_SECOND = 30;
const LEAST_SCORE = 1;
const BEST_SCORE = 100;
/** The slowest source whose repeats pass for motion gives two pictures a second. */
const LONGEST_DOUBT_SECONDS = 0.45;
/** Samples can get lost on their way: nobody knows what was in a longer gap. */
const LONGEST_STEP_SECONDS = 2;

/** From here on a rendition is picked; it is kept down to `SLACK` less. */
export const HQ_SCORE = 67;
export const MQ_SCORE = 34;
const SLACK = 4;

function secondsSince(earlier: number | null, later: number): number {
  // A time that runs backwards is that of the next run.
  return earlier === null || later < earlier ? 0 : Math.min(later - earlier, LONGEST_STEP_SECONDS);
}

function count(motion: Motion, isMoving: boolean, seconds: number): Motion {
  const change = seconds * (isMoving ? GAIN_PER_SECOND : -LOSS_PER_SECOND);
  const score = Math.min(BEST_SCORE, Math.max(LEAST_SCORE, motion.score + change));
  return { ...motion, score, isMoving, doubtSeconds: 0, pick: pickRendition(score, motion.pick) };
}

function pickRendition(score: number, before: RenditionName): RenditionName {
  if (score >= HQ_SCORE - (before === "hq" ? SLACK : 0)) return "hq";
  return score >= MQ_SCORE - (before === "lq" ? 0 : SLACK) ? "mq" : "lq";
}
