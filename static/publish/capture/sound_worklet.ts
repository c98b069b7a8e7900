// Runs in the audio thread. Its file is made by static/build.ts, which puts its name into the page.

// TypeScript has no library for the inside of a worklet.
declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const FRAMES = 960;
const CHANNELS = 2;

/** Hands over all that comes in: blocks of 960 frames, planar, with the number of their first frame. */
class Tap extends AudioWorkletProcessor {
  #block = new Float32Array(FRAMES * CHANNELS);
  #filled = 0;

  process([input]: Float32Array[][]): boolean {
    const [left, right = left] = input ?? [];
    const count = left?.length ?? 128;
    for (let at = 0; at < count; at++) {
      this.#block[this.#filled] = left?.[at] ?? 0;
      this.#block[FRAMES + this.#filled] = right?.[at] ?? 0;
      if (++this.#filled < FRAMES) continue;
      const block = this.#block;
      this.port.postMessage({ frame: currentFrame + at + 1 - FRAMES, samples: block }, [block.buffer]);
      this.#block = new Float32Array(FRAMES * CHANNELS);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("tap", Tap);
