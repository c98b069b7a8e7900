/** Stereo tones for the tests: interleaved, 16 bit. */

export function tone(hertz: number, frames: number, level = 0.5, fromFrame = 0): Int16Array {
  const samples = new Int16Array(frames * 2);
  for (let i = 0; i < frames; i++) {
    const value = Math.round(32767 * level * Math.sin(2 * Math.PI * hertz * (fromFrame + i) / 48_000));
    samples[2 * i] = value;
    samples[2 * i + 1] = -value;
  }
  return samples;
}

/** What is left beside a tone of exactly that frequency, in dB under it; the best fit in amplitude and phase is taken out. One channel. */
export function residualDb(samples: ArrayLike<number>, hertz: number, channel = 0): number {
  const frames = samples.length >> 1;
  let cc = 0, ss = 0, cs = 0, xc = 0, xs = 0;
  for (let i = 0; i < frames; i++) {
    const c = Math.cos(2 * Math.PI * hertz * i / 48_000), s = Math.sin(2 * Math.PI * hertz * i / 48_000), x = samples[2 * i + channel]!;
    cc += c * c, ss += s * s, cs += c * s, xc += x * c, xs += x * s;
  }
  const det = cc * ss - cs * cs, a = (xc * ss - xs * cs) / det, b = (xs * cc - xc * cs) / det;
  let power = 0, rest = 0;
  for (let i = 0; i < frames; i++) {
    const fit = a * Math.cos(2 * Math.PI * hertz * i / 48_000) + b * Math.sin(2 * Math.PI * hertz * i / 48_000);
    power += fit * fit;
    rest += (samples[2 * i + channel]! - fit) ** 2;
  }
  return 10 * Math.log10(rest / power);
}

/** The largest second difference, a click's mark, against that of the tone itself. */
export function roughness(samples: ArrayLike<number>, hertz: number, level: number): number {
  let worst = 0;
  for (let i = 4; i < samples.length; i += 2) {
    worst = Math.max(worst, Math.abs(samples[i]! - 2 * samples[i - 2]! + samples[i - 4]!));
  }
  return worst / (32767 * level * (2 * Math.PI * hertz / 48_000) ** 2);
}
