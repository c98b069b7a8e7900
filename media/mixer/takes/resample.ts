/** Changes the speed of 16-bit stereo by up to some percent, while it runs and without a click. */
export interface Resampler {
  /**
   * Takes interleaved stereo and gives what can be told of it already, valid until the next call. `step` is in input samples per output
   * sample, and may differ from call to call. At exactly 1 the bytes pass untouched, after some 50 ms on the way back from another step.
   */
  process(samples: Int16Array, step: number): Int16Array;
  /** Input samples that were taken and not yet given out: 0 while the bytes pass, else about 16. */
  readonly ahead: number;
  /** Gives out the rest, as if silence followed, and begins anew. */
  flush(): Int16Array;
}

const TAPS = 32;
/** Samples needed behind a place, and in front of it. */
const BEHIND = TAPS / 2 - 1;
const AHEAD = TAPS / 2;
const PHASES = 512;
/** Kaiser's window: residual below -90 dB up to some 19 kHz. */
const BETA = 9;
/** On the way back to passing bytes the place glides to a whole sample this fast: 100 ppm, at most 0.1 s. */
const GLIDE = 1e-4;

/** A windowed sinc of 32 taps at 512 phases, linear between them. It cuts at half the rate, so that a whole place is the sample itself: for ratios near 1 only. */
export function createResampler(): Resampler {
  // `position` is where the next output stands among the held input; BEHIND samples in front of it are kept.
  let input = new Int16Array(4096);
  let held = BEHIND;
  let position = BEHIND;
  let output = new Int16Array(4096);

  function append(samples: Int16Array): void {
    if ((held * 2 + samples.length) > input.length) {
      const larger = new Int16Array((held * 2 + samples.length) * 2);
      larger.set(input.subarray(0, held * 2));
      input = larger;
    }
    input.set(samples, held * 2);
    held += samples.length >> 1;
  }

  function forget(): void {
    const first = Math.floor(position) - BEHIND;
    if (first <= 0) return;
    input.copyWithin(0, first * 2, held * 2);
    held -= first;
    position -= first;
  }

  /** Puts out up to `most` samples from output place `at` on; gives the place behind them. */
  function interpolate(at: number, step: number, end: number, most: number): number {
    const last = Math.min(end, held - AHEAD);
    for (; most > 0 && position < last; most--, position += step, at++) {
      const whole = Math.floor(position);
      const phase = (position - whole) * PHASES;
      const row = Math.floor(phase);
      const part = phase - row;
      let left = 0, right = 0;
      for (let k = row * TAPS, stop = k + TAPS, j = (whole - BEHIND) * 2; k < stop; k++, j += 2) {
        const weight = table[k]! + part * slopes[k]!;
        left += weight * input[j]!;
        right += weight * input[j + 1]!;
      }
      output[at * 2] = toInt16(left);
      output[at * 2 + 1] = toInt16(right);
    }
    return at;
  }

  /** Brings a place between two samples to the nearer of them. */
  function glide(end: number): number {
    const off = position - Math.round(position);
    if (off === 0) return 0;
    const steps = Math.ceil(Math.abs(off) / GLIDE);
    const made = interpolate(0, 1 - Math.sign(off) * GLIDE, end, steps);
    if (made === steps) position = Math.round(position);
    return made;
  }

  function run(step: number, end: number): Int16Array {
    const most = Math.ceil((end - position) / Math.min(step, 1 - GLIDE)) + 2;
    if (output.length < most * 2) output = new Int16Array(most * 4);
    if (step !== 1) return output.subarray(0, interpolate(0, step, end, Infinity) * 2);
    const made = glide(end);
    if (position !== Math.round(position) || position >= end) return output.subarray(0, made * 2);
    output.set(input.subarray(position * 2, end * 2), made * 2);
    const all = made + end - position;
    position = end;
    return output.subarray(0, all * 2);
  }

  return {
    process(samples, step) {
      append(samples);
      const out = run(step, held);
      forget();
      return out;
    },
    get ahead() {
      return held - position;
    },
    flush() {
      const end = held;
      append(SILENCE);
      const out = run(1, end);
      input.fill(0, 0, BEHIND * 2);
      held = BEHIND;
      position = BEHIND;
      return out;
    },
  };
}

const SILENCE = new Int16Array(AHEAD * 2 + 2);

function toInt16(value: number): number {
  const rounded = Math.round(value);
  return rounded > 32767 ? 32767 : rounded < -32768 ? -32768 : rounded;
}

const { table, slopes } = makeTable();

/** Row p holds the weights for a place p / PHASES behind a sample; `slopes` is the way to the next row. */
function makeTable(): { readonly table: Float32Array; readonly slopes: Float32Array } {
  const table = new Float32Array(PHASES * TAPS), slopes = new Float32Array(PHASES * TAPS);
  for (let i = 0; i < table.length; i++) {
    const x = i % TAPS - BEHIND - Math.floor(i / TAPS) / PHASES;
    table[i] = weightAt(x);
    slopes[i] = weightAt(x - 1 / PHASES) - weightAt(x);
  }
  return { table, slopes };
}

function weightAt(x: number): number {
  if (Number.isInteger(x)) return x === 0 ? 1 : 0;
  const inside = 1 - (x / (TAPS / 2)) ** 2;
  if (inside <= 0) return 0;
  return Math.sin(Math.PI * x) / (Math.PI * x) * bessel(BETA * Math.sqrt(inside)) / bessel(BETA);
}

/** The modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let sum = 1, term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
