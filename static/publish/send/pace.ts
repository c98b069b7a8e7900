/** How much may be sent, as the way to the server allows. Times in milliseconds of one clock. */
export interface Pace {
  readonly bitsPerSecond: number;
  /** Until the way was full for the first time the rate is looked for in large steps. */
  readonly isLooking: boolean;
  readonly changedAtMs: number;
  /** Calm for so long, it is raised: the longer, the more often raising it has failed. */
  readonly calmMs: number;
  readonly wasRaised: boolean;
}

/** What is known of the way. */
export interface WayFacts {
  /** How long what was sent last is on its way, less the least that it ever was. */
  readonly lateMs: number;
  /** How long the oldest that has not arrived is on its way. */
  readonly oldestMs: number;
  /** What has arrived lately. */
  readonly heardBitsPerSecond: number | null;
  /** The server's decoder is behind. */
  readonly isHeld: boolean;
}

/** From here on the rate falls: more than what a busy machine or a network without wires is late by now and then. */
const LATE_MS = 250;
/** What was changed shows by then. */
const SETTLE_MS = 700;
const RAISE_EVERY_MS = 1000;
const FIRST_CALM_MS = 3000, LONGEST_CALM_MS = 30_000;
const LEAST_BITS = 150_000;
const FIRST_BITS = 1_000_000;

export function beginPace(nowMs: number, mostBits: number): Pace {
  return {
    bitsPerSecond: Math.min(FIRST_BITS, mostBits),
    isLooking: true,
    changedAtMs: nowMs,
    calmMs: FIRST_CALM_MS,
    wasRaised: false,
  };
}

/** One look, several a second. The rate falls at once and comes back in small steps; it is the same value while nothing changes. */
export function stepPace(pace: Pace, way: WayFacts, nowMs: number, mostBits: number): Pace {
  const sinceMs = nowMs - pace.changedAtMs;
  // What was sent before the last change is late because of what was before it.
  if (way.lateMs > LATE_MS) return sinceMs < Math.max(SETTLE_MS, way.oldestMs) ? pace : lower(pace, way, nowMs);
  const waitMs = pace.isLooking || pace.wasRaised ? RAISE_EVERY_MS : pace.calmMs;
  if (pace.bitsPerSecond >= mostBits || way.isHeld || way.lateMs > LATE_MS / 2 || sinceMs < waitMs) return pace;
  return {
    ...pace,
    bitsPerSecond: Math.min(mostBits, Math.round(pace.bitsPerSecond * (pace.isLooking ? 2 : 1.1))),
    changedAtMs: nowMs,
    wasRaised: true,
  };
}

/** To less than what comes through, so that what waits on the way drains. */
function lower(pace: Pace, { heardBitsPerSecond }: WayFacts, nowMs: number): Pace {
  const wanted = Math.min(pace.bitsPerSecond * 0.7, 0.8 * (heardBitsPerSecond ?? Infinity));
  return {
    bitsPerSecond: Math.max(LEAST_BITS, Math.round(wanted)),
    isLooking: false,
    changedAtMs: nowMs,
    calmMs: pace.wasRaised && !pace.isLooking ? Math.min(LONGEST_CALM_MS, pace.calmMs * 2) : pace.calmMs,
    wasRaised: false,
  };
}

const MOST_LATE_MS = 300;
/** ingest.md, section 4. More is a machine that is too slow where it lasts; a busy moment, or an encoder that is set anew, passes. */
export const MOST_QUEUED = 2;
const QUEUED_FOR_MS = 600;
const MOST_QUEUED_EVER = 6;
const MOST_BUFFERED_BYTES = 400_000;
/** With fewer bits a second every second picture is as good as two bad ones. */
const HALF_RATE_BITS = 600_000;

/**
 * What becomes of the picture of that number: it is encoded, or left out because the encoder (the machine) or the way is too slow. What is left out before
 * the encoder costs no later picture anything.
 */
export function judgePicture(
  o: Pick<WayFacts, "lateMs" | "isHeld"> & {
    readonly queued: number;
    /** For how long more than two were queued. */
    readonly queuedForMs: number;
    readonly bufferedBytes: number;
    /** How long what was sent will still take. */
    readonly onTheWayMs: number;
    readonly bitsPerSecond: number;
    readonly number: number;
  },
): "encode" | "encoder" | "way" {
  if (o.queued > MOST_QUEUED_EVER || (o.queued > MOST_QUEUED && o.queuedForMs > QUEUED_FOR_MS)) return "encoder";
  if (o.bufferedBytes > MOST_BUFFERED_BYTES || Math.max(o.lateMs, o.onTheWayMs) > MOST_LATE_MS || o.isHeld) return "way";
  return o.bitsPerSecond >= HALF_RATE_BITS || o.number % 2 === 0 ? "encode" : "way";
}
