import { createResampler } from "./resample.ts";
import { createSoundRing, type SoundRing, type SoundRingOptions } from "./sound_ring.ts";

/** A source's sound on a line of samples. What the line counts (the show's samples, a file's own) is its owner's matter. */
export interface SoundTrack extends Pick<SoundRing, "read" | "waiting" | "bytes"> {
  /**
   * Packets of 48 kHz stereo are counted by their samples. `position` (fractions allowed) is where the packet's own time puts its first one:
   * less than 40 ms off the count is drift and made good little by little; more is a hole (silence) or an overlap (dropped). Dropped as well:
   * what lies before what was read, what finds no room, positions that are not finite.
   */
  add(samples: Int16Array, position: number): void;
  /** No more comes. */
  end(): void;
  /** Where the sound counted so far ends; null before the first. */
  readonly endsAt: number | null;
  clear(): void;
}

export const SAMPLES_PER_MS = 48;

export function createSoundTrack(options: SoundRingOptions): SoundTrack {
  const ring = createSoundRing(options);
  const resampler = createResampler();
  const drift = createDriftControl();
  /** Where the resampler's next output belongs. */
  let next: number | null = null;
  let step = 1;
  let isSeam = false;

  function write(samples: Int16Array): void {
    if (samples.length === 0 || next === null) return;
    next = ring.write(samples, next, isSeam);
    isSeam = false;
  }

  /** What comes does not follow from what came. */
  function startAt(position: number): void {
    write(resampler.flush());
    drift.reset();
    step = 1;
    next = position;
    isSeam = true;
  }

  function endsAt(): number {
    return next! + resampler.ahead / step;
  }

  return {
    add(packet, position) {
      if (!Number.isFinite(position) || packet.length < 2) return;
      let samples = packet.subarray(0, Math.min(packet.length >> 1, options.mostSamples) * 2);
      const off = next === null ? 0 : position - endsAt();
      if (next === null) {
        startAt(Math.round(position));
      } else if (off < -options.mostSamples) {
        // Nothing that is kept lies so far back: an earlier time was nonsense.
        startAt(Math.round(position));
        ring.clear();
      } else if (off >= MOST_DRIFT_SAMPLES) {
        if (!ring.hasRoomAt(position)) return;
        startAt(Math.round(position));
      } else if (off <= -MOST_DRIFT_SAMPLES) {
        samples = samples.subarray(Math.min(samples.length >> 1, Math.round(-off)) * 2);
        if (samples.length === 0) return;
        startAt(Math.round(endsAt()));
      } else {
        step = drift.follow(off, samples.length >> 1);
      }
      write(resampler.process(samples, step));
    },
    end() {
      write(resampler.flush());
      ring.end();
    },
    read: ring.read,
    get waiting() {
      return ring.waiting;
    },
    get bytes() {
      return ring.bytes;
    },
    get endsAt() {
      return next === null ? null : Math.round(endsAt());
    },
    clear: ring.clear,
  };
}

const MOST_DRIFT_SAMPLES = 40 * SAMPLES_PER_MS;
const RATE = 1000 * SAMPLES_PER_MS;
/** Packets' times tremble (FLV rounds them to milliseconds, phones are off by 10): they are smoothed over a second. */
const SMOOTHING_SECONDS = 1;
/** The drift is made good within so many seconds: four times the smoothing is as fast as it settles without swinging. */
const SETTLING_SECONDS = 4;
const MOST_SPEED = 0.005;
/** Correcting begins at 5 ms (two hundredths of what an ear notices as pitch) and ends where less than 20 ppm are left to correct. */
const BEGIN_SAMPLES = 5 * SAMPLES_PER_MS;
const END_SAMPLES = 20e-6 * SETTLING_SECONDS * RATE;

/** How fast the sound must go to stay with its own times. Disagreements and results in samples; the result is the resampler's step. */
function createDriftControl() {
  let smoothed = 0;
  let isCorrecting = false;
  return {
    follow(offSamples: number, samples: number): number {
      smoothed += (offSamples - smoothed) * (1 - Math.exp(-samples / RATE / SMOOTHING_SECONDS));
      isCorrecting = Math.abs(smoothed) > (isCorrecting ? END_SAMPLES : BEGIN_SAMPLES);
      if (!isCorrecting) return 1;
      const speed = smoothed / RATE / SETTLING_SECONDS;
      return 1 / (1 + Math.max(-MOST_SPEED, Math.min(MOST_SPEED, speed)));
    },
    reset(): void {
      smoothed = 0;
      isCorrecting = false;
    },
  };
}
