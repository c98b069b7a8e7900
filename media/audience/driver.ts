import { RENDITION_NAMES, type RenditionName } from "../hls/rendition.ts";

/** How one player without an ABR of its own (VLC, mpv, ffmpeg) keeps up, and the rendition it gets on auto. */
export interface Driving {
  readonly pick: RenditionName;
  readonly changedMs: number;
  readonly listed: { readonly msn: number; readonly atMs: number } | null;
  /** The newest segment it asked for, and the newest that was listed to it by then. */
  readonly asked: { readonly msn: number; readonly atMs: number; readonly listedMsn: number } | null;
  /** The last steps from one segment to the next, oldest first. */
  readonly steps: readonly Step[];
  /** The shortest step with the next segment already listed, since the last change: it cannot have taken longer to load one. */
  readonly quickestMs: number | null;
  /** It skipped a segment, or was away. */
  readonly isLost: boolean;
  readonly troubledMs: number;
  readonly raisedMs: number | null;
  /** How long it must keep up before a step up is tried without other proof. */
  readonly trialMs: number;
}

interface Step {
  readonly ms: number;
  /** The next segment was listed already: the player went on as soon as it could, or cared to. */
  readonly wasListed: boolean;
}

/** A player begins at MQ. */
export function startDriving(nowMs: number): Driving {
  return {
    ...UNKNOWN,
    pick: RENDITION_NAMES[MIDDLE]!,
    changedMs: nowMs,
    listed: null,
    asked: null,
    isLost: false,
    troubledMs: nowMs,
    raisedMs: null,
    trialMs: FIRST_TRIAL_MS,
  };
}

/** It was given a playlist that ends with this closed segment. */
export function noteListed(driving: Driving, o: { msn: number; atMs: number; segmentMs: number }): Driving {
  const isAway = driving.listed !== null && o.atMs - driving.listed.atMs > AWAY_SEGMENTS * o.segmentMs;
  return { ...driving, listed: { msn: o.msn, atMs: o.atMs }, isLost: driving.isLost || isAway };
}

/** It asked for a whole segment. Needs no call where nobody can tell whose request it was: playlists alone tell less, but enough. */
export function noteAsked(driving: Driving, o: { msn: number; atMs: number }): Driving {
  const before = driving.asked;
  if (before !== null && o.msn <= before.msn) return driving;
  const asked = { ...o, listedMsn: driving.listed?.msn ?? o.msn };
  if (before === null) return { ...driving, asked };
  if (o.msn > before.msn + 1) return { ...driving, asked, isLost: true };
  const step = { ms: o.atMs - before.atMs, wasListed: before.listedMsn >= o.msn };
  const quickestMs = step.wasListed ? Math.min(step.ms, driving.quickestMs ?? Infinity) : driving.quickestMs;
  return { ...driving, asked, quickestMs, steps: [...driving.steps, step].slice(-STEPS) };
}

/**
 * Picks for the next segment. A player in trouble is lowered, one that keeps up is raised: after ten seconds where a segment was loaded
 * so quickly that the better one would do, else as a trial; each trial that fails doubles the time to the next. One rung at a time, at most one
 * change in ten seconds (a change of size stops VLC's picture for up to a second), with an even ladder whenever needed.
 */
export function drive(driving: Driving, o: {
  nowMs: number;
  segmentMs: number;
  /** What each rendition weighs, best first. */
  ratesBitsPerSecond: readonly number[];
  isEvenLadder: boolean;
  /** False for a player whose picture stands still at a change of size: it is lowered where it must be, and left alone otherwise. */
  mayRaise: boolean;
}): Driving {
  const { nowMs } = o;
  const restMs = o.isEvenLadder ? 0 : REST_MS;
  const isTroubled = inTrouble(driving, o);
  const hasProved = driving.raisedMs !== null && nowMs - driving.raisedMs >= FAILED_TRIAL_MS;
  const proved = hasProved ? { ...driving, raisedMs: null, trialMs: FIRST_TRIAL_MS } : driving;
  const now = isTroubled ? { ...proved, troubledMs: nowMs } : proved;
  if (nowMs - now.changedMs < restMs) return now;
  const place = RENDITION_NAMES.indexOf(now.pick);
  if (isTroubled) {
    const trialMs = now.raisedMs !== null ? Math.min(LONGEST_TRIAL_MS, 2 * now.trialMs) : now.trialMs;
    return change({ ...now, trialMs, raisedMs: null }, place + 1, nowMs);
  }
  if (place === 0 || !o.mayRaise) return now;
  const calmMs = nowMs - Math.max(now.changedMs, now.troubledMs);
  const dearer = o.ratesBitsPerSecond[place - 1]! / o.ratesBitsPerSecond[place]!;
  const isProven = now.quickestMs !== null && now.quickestMs * dearer < QUICK_SHARE * o.segmentMs && now.trialMs === FIRST_TRIAL_MS;
  return calmMs >= (isProven ? restMs : now.trialMs) ? change({ ...now, raisedMs: nowMs }, place - 1, nowMs) : now;
}

const MIDDLE = 1;
const UNKNOWN = { steps: [], quickestMs: null } as const;
const REST_MS = 10_000;
const FIRST_TRIAL_MS = 30_000;
const LONGEST_TRIAL_MS = 480_000;
const FAILED_TRIAL_MS = 60_000;
const AWAY_SEGMENTS = 4;
/** VLC on a line just too slow for its rendition steps on every 1.1 s, mpv on a good one every 2 s and 20 ms in turn. */
const STEPS = 3;
const SLOW_STEP = 0.6;
const SLOW_MEAN = 1.03;
const VERY_SLOW_STEP = 1.5;
const STUCK_SEGMENTS = 2.5;
/** A segment may take so much of its length to load. */
const QUICK_SHARE = 0.7;

function inTrouble({ isLost, steps, asked, listed }: Driving, o: { nowMs: number; segmentMs: number }): boolean {
  const isSlow = steps.length === STEPS && isLate(steps, o.segmentMs, SLOW_STEP, SLOW_MEAN);
  const isVerySlow = steps.length >= 2 && isLate(steps.slice(-2), o.segmentMs, VERY_SLOW_STEP, VERY_SLOW_STEP);
  const isStuck = asked !== null && asked.listedMsn > asked.msn && o.nowMs - asked.atMs > STUCK_SEGMENTS * o.segmentMs;
  const isGone = listed === null || o.nowMs - listed.atMs > AWAY_SEGMENTS * o.segmentMs;
  return !isGone && (isLost || isSlow || isVerySlow || isStuck);
}

/** Each step, though the next segment was there, took at least so much of a segment's length, and all of them so much on average. */
function isLate(steps: readonly Step[], segmentMs: number, least: number, mean: number): boolean {
  return steps.every(({ ms, wasListed }) => wasListed && ms > least * segmentMs) &&
    steps.reduce((sum, { ms }) => sum + ms, 0) > mean * steps.length * segmentMs;
}

function change(driving: Driving, place: number, nowMs: number): Driving {
  const pick = RENDITION_NAMES[place];
  return pick === undefined ? { ...driving, isLost: false } : { ...driving, ...UNKNOWN, pick, changedMs: nowMs, isLost: false };
}
