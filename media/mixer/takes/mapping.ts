import type { TakeNote } from "./take.ts";

/**
 * A live source's times on the show's: show = source + step + offset. The offset is shared by picture and sound, so that lip sync is never
 * touched; a step belongs to one stream and changes only where that stream's own times jump. All times in milliseconds; "joined" is a source
 * time with its stream's step.
 */
export interface LiveMapping {
  /** Each picture once, in the order of reading; gives its joined time. */
  takePicture(sourceMs: number, atMs: number, wasHeldBack: boolean): number;
  /** Each packet of sound once; gives the joined time of its first sample. */
  takeSound(sourceMs: number, durationMs: number, atMs: number): number;
  /** Where a joined time stands on the show now. */
  showMs(joinedMs: number): number;
  /**
   * Lets the offset go on to `nowMs`: by at most 4.5 ms a second. Times that go back count as no time. (It steps where that would take too long: at the
   * first picture, where what was late stays late, and where pictures wait in vain.)
   */
  advance(nowMs: number): void;
  /** The delay cannot be longer than `mostDelayMs`, from now on, and is `byMs` shorter at once: that many pictures do not wait anywhere. */
  cutShort(byMs: number, mostDelayMs: number): void;
  /** All that the offset has stepped by, which is not what it has gone: sound that waits steps with it. */
  readonly steppedMs: number;
  /** The 98th percentile of how far behind its show time sound came in the last 10 s, 0 to 150. */
  readonly soundLatenessMs: number;
}

export interface LiveMappingOptions {
  /** The most that is added to the least lateness: a tick for cameras and screens, Infinity for what comes over a network. */
  readonly mostDelayMs: number;
  onNote?(note: TakeNote): void;
}

export function createLiveMapping(options: LiveMappingOptions): LiveMapping {
  let { mostDelayMs } = options;
  const note = options.onNote ?? (() => {});
  const picture = createStream("picture"), sound = createStream("sound");
  const lateness = createWindow(), soundLateness = createWindow();
  let offsetMs: number | null = null;
  let targetMs = 0;
  let steppedMs = 0;
  let advancedToMs = -Infinity;
  let aimedAtMs = -Infinity;
  let late: Lateness | null = null;
  let lateTimes: readonly number[] = [];
  let begunAtMs: number | null = null;
  /** Since that was told of. */
  let leaptMs = 0;

  function aim(nowMs: number): void {
    aimedAtMs = nowMs;
    const least = lateness.percentile(0);
    targetMs = least + Math.min(mostDelayMs, lateness.percentile(JITTER_SHARE) - least);
  }

  function moveTo(newOffsetMs: number): void {
    steppedMs += newOffsetMs - (offsetMs ?? newOffsetMs);
    offsetMs = targetMs = newOffsetMs;
  }

  function stepTo(newOffsetMs: number): void {
    lateness.clear();
    late = null;
    lateTimes = [];
    moveTo(newOffsetMs);
  }

  /**
   * A delay that no picture needs (the first ones were held up), or that every fifth has found too short, is not changed by and by. At the start two
   * seconds tell, later all that is remembered.
   */
  function leap(atMs: number): void {
    begunAtMs ??= atMs;
    if (lateness.spanMs < LEAP_AFTER_MS) return;
    const neededMs = atMs < begunAtMs + WINDOW_MS ? lateness.mostSince(atMs - LEAP_AFTER_MS) : targetMs;
    const isNeedless = offsetMs! - neededMs > NEEDLESS_MS;
    const isTooShort = Math.min(targetMs, lateness.percentile(OFTEN_SHARE)) - offsetMs! > TOO_SHORT_MS;
    if (!isNeedless && !isTooShort) return;
    const beforeMs = offsetMs!;
    // Else what was late in the beginning would find the new delay too short, and the next look needless again.
    if (isNeedless) lateness.forget(atMs - LEAP_AFTER_MS);
    moveTo(isNeedless ? neededMs : targetMs);
    leaptMs += offsetMs! - beforeMs;
    if (leaptMs <= LATE_MS) return;
    note({ kind: "late", byMs: leaptMs });
    leaptMs = 0;
  }

  /** What the arrival of an undelayed picture (or sound, where there is no picture) teaches. True where the target was looked at again. */
  function learn(joinedMs: number, atMs: number): boolean {
    const lateMs = atMs - joinedMs - offsetMs!;
    if (late || lateMs > LATE_MS) {
      late ??= beginLate(lateMs, atMs);
      late &&= judge(late, lateMs, atMs);
      if (late) return false;
    }
    lateness.add(atMs, atMs - joinedMs);
    const isDue = lateness.count < FEW || atMs >= aimedAtMs + AIM_EVERY_MS;
    if (isDue) aim(atMs);
    return isDue;
  }

  /** What is late for the third time within a short while comes in bursts: null, for that is its delay. */
  function beginLate(lateMs: number, atMs: number): Lateness | null {
    lateTimes = [...lateTimes.filter((time) => time > atMs - BURSTS_MS), atMs];
    if (lateTimes.length < BURSTS || mostDelayMs < Infinity) return { sinceMs: atMs, startMs: lateMs, worstMs: lateMs };
    beLate(lateMs);
    return null;
  }

  function beLate(lateMs: number): void {
    note({ kind: "late", byMs: lateMs });
    stepTo(offsetMs! + lateMs);
  }

  /** While a backlog is caught up nothing is learnt; null when that is over, one way or the other. */
  function judge(before: Lateness, lateMs: number, atMs: number): Lateness | null {
    if (lateMs <= ON_TIME_MS) {
      note({ kind: "skipped", byMs: before.worstMs });
      return null;
    }
    if (atMs < before.sinceMs + JUDGE_AFTER_MS) return before;
    if (lateMs < before.startMs - CATCHES_UP_MS) return { ...before, sinceMs: atMs, startMs: lateMs };
    if (lateMs > LATE_MS) beLate(lateMs);
    return null;
  }

  function join(stream: Stream, other: Stream, sourceMs: number, durationMs: number | null, atMs: number, wasHeldBack: boolean): number {
    const { last } = stream;
    const arrivedMs = stream === sound ? atMs - soundLateness.clamped() : atMs;
    const everyMs = durationMs ?? stream.everyMs;
    const nextMs = last && last.joinedMs + (everyMs ?? 0);
    const isNear = (stepMs: number, reachMs: number) =>
      nextMs !== null && Math.abs(sourceMs + stepMs - nextMs) <= reachMs ||
      offsetMs !== null && !wasHeldBack && Math.abs(sourceMs + stepMs + offsetMs - arrivedMs) <= reachMs;

    if (!last) {
      if (other.last) {
        const isOff = !isNear(other.stepMs, STRANGE_MS) && offsetMs !== null && !wasHeldBack;
        stream.stepMs = isOff ? arrivedMs - offsetMs! - sourceMs : other.stepMs;
      }
    } else if (hasJumped(last, sourceMs, atMs, everyMs, wasHeldBack) || isNoted(other, stream, sourceMs, nextMs!, everyMs)) {
      const known = [other.stepMs, stream.formerStepMs].find((stepMs) => stepMs !== stream.stepMs && isNear(stepMs, NEAR_MS));
      const joinedMs = offsetMs === null || wasHeldBack ? nextMs! : Math.max(arrivedMs - offsetMs, nextMs!);
      const stepMs = known ?? joinedMs - sourceMs;
      if (stepMs !== stream.stepMs) note({ kind: "jumped", what: stream.what, byMs: stream.stepMs - stepMs });
      stream.formerStepMs = stream.stepMs;
      stream.stepMs = stepMs;
    } else if (sourceMs > last.sourceMs) {
      const gapMs = sourceMs - last.sourceMs;
      stream.everyMs = stream.everyMs === null ? gapMs : stream.everyMs + (gapMs - stream.everyMs) / 8;
    }
    const joinedMs = sourceMs + stream.stepMs;
    stream.last = { sourceMs, joinedMs, atMs };
    return joinedMs;
  }

  return {
    takePicture(sourceMs, atMs, wasHeldBack) {
      const isFirst = !picture.last;
      const joinedMs = join(picture, sound, sourceMs, null, atMs, wasHeldBack);
      // The first picture is shown at once, whatever sound taught.
      if (isFirst) stepTo(atMs - joinedMs);
      if (wasHeldBack) {
        if (late) late = { ...late, sinceMs: atMs, startMs: Infinity };
      } else {
        if (learn(joinedMs, atMs)) leap(atMs);
      }
      return joinedMs;
    },
    takeSound(sourceMs, durationMs, atMs) {
      const joinedMs = join(sound, picture, sourceMs, durationMs, atMs, false);
      offsetMs ??= targetMs = atMs - joinedMs;
      if (!picture.last || picture.last.atMs < atMs - WINDOW_MS) learn(joinedMs, atMs);
      const lateMs = atMs - joinedMs - offsetMs;
      if (lateMs < LATE_MS) soundLateness.add(atMs, lateMs);
      return joinedMs;
    },
    showMs: (joinedMs) => joinedMs + (offsetMs ?? 0),
    advance(nowMs) {
      if (nowMs <= advancedToMs) return;
      const mostMs = Math.min(1000, nowMs - advancedToMs) * MOST_SLEW;
      advancedToMs = nowMs;
      if (offsetMs !== null) offsetMs += Math.max(-mostMs, Math.min(mostMs, targetMs - offsetMs));
    },
    cutShort(byMs, newMostDelayMs) {
      mostDelayMs = Math.min(mostDelayMs, newMostDelayMs);
      if (offsetMs === null) return;
      offsetMs -= byMs;
      steppedMs -= byMs;
      targetMs = Math.min(targetMs, offsetMs);
      if (byMs > LATE_MS) note({ kind: "cut_short", byMs });
    },
    get steppedMs() {
      return steppedMs;
    },
    get soundLatenessMs() {
      return soundLateness.clamped();
    },
  };
}

const WINDOW_MS = 10_000;
const JITTER_SHARE = 0.98;
/** 500 ppm less than sound may be corrected by, so that a clock that drifts finds room beside. */
const MOST_SLEW = 0.0045;
const AIM_EVERY_MS = 200;
/** The first few teach at once. */
const FEW = 10;

const LEAP_AFTER_MS = 1900;
const NEEDLESS_MS = 200;
const OFTEN_SHARE = 0.8;
const TOO_SHORT_MS = 66;

/** More than that behind its delay is late; what does not catch up within half a second stays late. */
const LATE_MS = 1000;
const JUDGE_AFTER_MS = 500;
const CATCHES_UP_MS = 100;
const BURSTS = 3;
const BURSTS_MS = 40_000;
const ON_TIME_MS = 20;

/** Two jumps within a second of each other are the same jump. */
const JUMP_MS = 1000;
const NEAR_MS = 1000;
/** A picture that had to wait tells nothing of its arrival: a step of its times may be a gap. */
const HELD_JUMP_MS = 10_000;
/** Until a second picture has come the source may be as slow as that. */
const SLOWEST_MS = 5000;
/** A stream whose first time is further from its arrival than this has a clock of its own. */
const STRANGE_MS = 5000;
const MOST_SOUND_LATENESS_MS = 150;

interface Lateness {
  readonly sinceMs: number;
  readonly startMs: number;
  readonly worstMs: number;
}

interface Stream {
  readonly what: "picture" | "sound";
  stepMs: number;
  formerStepMs: number;
  /** The usual distance between two times. */
  everyMs: number | null;
  last: { readonly sourceMs: number; readonly joinedMs: number; readonly atMs: number } | null;
}

function createStream(what: Stream["what"]): Stream {
  return { what, stepMs: 0, formerStepMs: 0, everyMs: null, last: null };
}

/** Have the stream's own times stepped against its arrival? A pause of the sender is none: then its times go on from where they stood. */
function hasJumped(
  last: NonNullable<Stream["last"]>,
  sourceMs: number,
  atMs: number,
  everyMs: number | null,
  wasHeldBack: boolean,
): boolean {
  const steppedMs = sourceMs - last.sourceMs;
  if (steppedMs < -JUMP_MS) return true;
  if (wasHeldBack) return steppedMs > HELD_JUMP_MS + (everyMs ?? SLOWEST_MS);
  return steppedMs - (atMs - last.atMs) > JUMP_MS + (everyMs ?? SLOWEST_MS);
}

/** A step that would pass for a gap is a jump where the other stream has made the same. */
function isNoted(other: Stream, stream: Stream, sourceMs: number, nextMs: number, everyMs: number | null): boolean {
  if (other.last === null || other.stepMs === stream.stepMs) return false;
  const reachMs = JUMP_MS + (everyMs ?? 0);
  return Math.abs(sourceMs + stream.stepMs - nextMs) > reachMs && Math.abs(sourceMs + other.stepMs - nextMs) <= NEAR_MS;
}

/** Values of the last 10 s. */
function createWindow() {
  const MOST = 2048;
  let entries: { readonly atMs: number; readonly value: number }[] = [];
  let cached: number | null = null;
  let cachedAtMs = -Infinity;

  function percentile(share: number): number {
    const values = Float64Array.from(entries, ({ value }) => value).sort();
    return values[Math.floor(share * (values.length - 1))] ?? 0;
  }

  return {
    add(atMs: number, value: number): void {
      entries.push({ atMs, value });
      if (entries.length > MOST || entries[0]!.atMs < atMs - WINDOW_MS - 500) {
        entries = entries.filter((entry) => entry.atMs >= atMs - WINDOW_MS).slice(-MOST + 100);
      }
      if (atMs >= cachedAtMs + AIM_EVERY_MS) [cached, cachedAtMs] = [null, atMs];
    },
    clear(): void {
      entries = [];
    },
    forget(untilMs: number): void {
      entries = entries.filter(({ atMs }) => atMs > untilMs);
      cached = null;
    },
    get count() {
      return entries.length;
    },
    /** From the oldest to the newest. */
    get spanMs() {
      return (entries.at(-1)?.atMs ?? 0) - (entries[0]?.atMs ?? 0);
    },
    percentile,
    mostSince: (sinceMs: number) => entries.reduce((most, { atMs, value }) => atMs > sinceMs ? Math.max(most, value) : most, -Infinity),
    clamped(): number {
      cached ??= Math.max(0, Math.min(MOST_SOUND_LATENESS_MS, percentile(JITTER_SHARE)));
      return cached;
    },
  };
}
