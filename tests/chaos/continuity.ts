import type { FragmentTimes } from "./fragment_times.ts";

/** One part as a player got it. */
export interface RecordedPart extends FragmentTimes {
  readonly msn: number;
  readonly part: number;
  readonly run: string;
  readonly uri: string;
  /** Of the MAP in force. */
  readonly mapUri: string;
  /** DURATION as the playlist prints it. */
  readonly durationSeconds: number;
  /** PROGRAM-DATE-TIME of its segment; null where the playlist has none. */
  readonly segmentDateMs: number | null;
  readonly bytes: number;
  /** performance.now() when the playlist that lists it, and when its last byte came. */
  readonly listedAtMs: number;
  readonly receivedAtMs: number;
}

/** A place where the stream went forwards by more than its media: allowed at a restart of the server only. */
export interface Jump {
  readonly atMs: number;
  readonly msn: number;
  readonly byMsn: number;
  readonly byMediaSeconds: number;
  readonly byDateSeconds: number | null;
  readonly bySoundSeconds: number | null;
}

const MOST_WALKED_MS = 20;
const SET_AT_ONCE_MS = 60_000;

/**
 * Judges a row of parts: MSN, media time of picture and of sound, and PROGRAM-DATE-TIME must advance together, without a hole or an
 * overlap. Steps back and disagreements are faults; steps forward on which all agree are jumps.
 */
export function checkContinuity(parts: readonly RecordedPart[]): { faults: string[]; jumps: Jump[] } {
  const faults: string[] = [];
  const jumps: Jump[] = [];
  let soundEndTicks: number | null = null;
  let segment: { msn: number; startSeconds: number; dateMs: number | null } | null = null;
  for (const [at, part] of parts.entries()) {
    const before = parts[at - 1];
    const name = `${part.msn}.${part.part} of ${part.run}`;
    if (!part.video) {
      faults.push(`${name} has no picture`);
      continue;
    }
    const startSeconds = part.video.startTicks / part.video.timescale;
    const mediaSeconds = (part.video.endTicks - part.video.startTicks) / part.video.timescale;
    if (Math.abs(mediaSeconds - part.durationSeconds) > 1e-4) {
      faults.push(`${name} holds ${mediaSeconds} s, DURATION is ${part.durationSeconds}`);
    }

    let jumped: Jump | null = null;
    if (before?.video) {
      const isNext = part.msn === before.msn && part.part === before.part + 1 || part.msn === before.msn + 1 && part.part === 0;
      const byMediaSeconds = startSeconds - before.video.endTicks / before.video.timescale;
      if (part.msn < before.msn || part.msn === before.msn && part.part <= before.part) {
        faults.push(`${name} follows ${before.msn}.${before.part}`);
      }
      if (byMediaSeconds < -1e-6) faults.push(`${name} steps back by ${(-byMediaSeconds).toFixed(6)} s of pictures`);
      else if (byMediaSeconds > 1e-6 || !isNext) {
        jumped = {
          atMs: part.receivedAtMs,
          msn: part.msn,
          byMsn: part.msn - before.msn,
          byMediaSeconds,
          byDateSeconds: null,
          bySoundSeconds: part.sound && soundEndTicks !== null ? (part.sound.startTicks - soundEndTicks) / part.sound.timescale : null,
        };
      }
    }
    if (part.sound) {
      const off = soundEndTicks === null ? 0 : part.sound.startTicks - soundEndTicks;
      if (off < 0 || off > 0 && !jumped) faults.push(`${name}: sound ${off > 0 ? "has a hole" : "overlaps"} of ${Math.abs(off)} ticks`);
      if (part.sound.startTicks % 1024 !== 0) faults.push(`${name}: sound stands off its grid, at ${part.sound.startTicks}`);
      soundEndTicks = part.sound.endTicks;
    }
    if (!segment || part.msn !== segment.msn) {
      if (segment && segment.dateMs !== null && part.segmentDateMs !== null && part.part === 0) {
        const byDateMs = part.segmentDateMs - segment.dateMs;
        const byMediaMs = (startSeconds - segment.startSeconds) * 1000;
        // Both dates are printed in whole milliseconds, and it follows the wall clock by so much a segment; where that was set by more than a minute, at once.
        const offMs = Math.abs(byDateMs - byMediaMs);
        if (offMs > MOST_WALKED_MS * Math.max(1, part.msn - segment.msn) + 1.01 && offMs < SET_AT_ONCE_MS) {
          faults.push(`${name}: its date advances by ${byDateMs} ms, its media time by ${byMediaMs.toFixed(3)} ms`);
        }
        if (jumped) jumped = { ...jumped, byDateSeconds: byDateMs / 1000 };
      }
      segment = { msn: part.msn, startSeconds: part.part === 0 ? startSeconds : NaN, dateMs: part.part === 0 ? part.segmentDateMs : null };
    } else if (before && part.segmentDateMs !== before.segmentDateMs) faults.push(`${name}: the date of its segment was changed`);
    if (jumped) jumps.push(jumped);
  }
  return { faults, jumps };
}
