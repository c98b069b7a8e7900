/** One source's block in the mix. */
export interface MixPart {
  /** Interleaved stereo, -1 to 1. */
  readonly samples: Float32Array;
  /** The gain that the block before ended with (0 for a source that is new), and the one to have now. 1 is untouched. */
  readonly gainBefore: number;
  readonly gain: number;
  /** How many samples the gain takes from the one to the other, from the block's first on; `GAIN_MOVES_SAMPLES` unless said. */
  readonly movesSamples?: number;
}

/** Gains move over 10 ms: a step would click. */
export const GAIN_MOVES_SAMPLES = 480;

/**
 * Mixes blocks into `out` (interleaved stereo, 16 bit; its bytes are s16le on every machine that Deno runs on) and gives the peak, 0 to 1 and
 * above: more than 1 was clamped. One source at gain 1 passes bit by bit; silence is exact zeros.
 */
export function mixSound(out: Int16Array, parts: readonly MixPart[]): number {
  const heard = parts.filter((part) => part.gainBefore !== 0 || part.gain !== 0);
  if (heard.length === 0) {
    out.fill(0);
    return 0;
  }
  if (sum.length < out.length) sum = new Float32Array(out.length);
  sum.fill(0, 0, out.length);
  for (const part of heard) addPart(sum, part, out.length);
  return toInt16(out, sum);
}

// The sum lives no longer than one call.
let sum = new Float32Array(2048);

function addPart(sum: Float32Array, { samples, gainBefore, gain, movesSamples = GAIN_MOVES_SAMPLES }: MixPart, length: number): void {
  const end = Math.min(length, samples.length);
  let i = 0;
  if (gainBefore !== gain) {
    const step = (gain - gainBefore) / movesSamples;
    for (let n = 1; n <= movesSamples && i + 1 < end; n++, i += 2) {
      const now = gainBefore + step * n;
      sum[i]! += samples[i]! * now;
      sum[i + 1]! += samples[i + 1]! * now;
    }
  }
  if (gain === 0) return;
  for (; i < end; i++) sum[i]! += samples[i]! * gain;
}

function toInt16(out: Int16Array, sum: Float32Array): number {
  let peak = 0;
  for (let i = 0; i < out.length; i++) {
    const value = sum[i]!;
    const level = Math.abs(value);
    if (level > peak) peak = level;
    const rounded = Math.round(value * 32768);
    out[i] = rounded > 32767 ? 32767 : rounded < -32768 ? -32768 : rounded;
  }
  return peak;
}
