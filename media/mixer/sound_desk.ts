import { type Grid, SAMPLES_PER_AAC_FRAME, SOUND_RATE } from "../timeline/grid.ts";
import { createMeter, type Level, type Meter } from "./level.ts";
import { GAIN_MOVES_SAMPLES, type MixPart, mixSound } from "./sound_mix.ts";

/** What the desk asks of a source (see `MixInput`). */
export interface SoundInput {
  /** Fills a block of interleaved stereo, -1 to 1, with what is heard from then on; silence where there is nothing. */
  readSound(into: Float32Array, fromShowMs: number): void;
}

/** How loud the mix is, as it is sent, and each source that is on air, before its gain: one that is muted is seen all the same. */
export interface Levels {
  readonly mix: Level;
  readonly sources: ReadonlyMap<string, Level>;
}

/** Mixes what is heard, block by block on the timeline's grid, each once, in order. */
export interface SoundDesk {
  /** From the next block on these are heard: within 10 ms, or where a fade is given over its time of the show. */
  show(sources: readonly string[], fade: Fade | null): void;
  /** Makes the blocks that have ended by then. */
  makeUntil(showMs: number): void;
  levels(): Levels;
  /** The loudest sample since this was asked last: 0 to 1, above 1 was clamped. */
  takePeak(): number;
}

export interface Fade {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What is heard of a source. */
interface Track {
  /** That its newest block ended with. */
  gain: number;
  /** From which it moves, where something fades. */
  gainBefore: number;
  readonly samples: Float32Array;
  readonly meter: Meter;
}

/** Of 16 bits. */
const FULL_SCALE = 32768;

export function createSoundDesk(o: {
  readonly grid: Grid;
  readonly firstTick: number;
  readonly dueMs: (tick: number) => number;
  readonly sources: readonly string[];
  readonly inputOf: (source: string) => SoundInput | null;
  readonly gainOf: (source: string) => number;
  readonly onBlock: (block: number, samples: Uint8Array) => void;
}): SoundDesk {
  const firstSample = o.firstTick * SOUND_RATE / o.grid.rate;
  const heard = new Map<string, Track>();
  const mixMeter = createMeter();
  let onAir = o.sources;
  let fading: Fade | null = null;
  let nextBlock = Math.round(firstSample / SAMPLES_PER_AAC_FRAME);
  let peak = 0;

  const startMs = (block: number) => o.dueMs(o.firstTick) + (block * SAMPLES_PER_AAC_FRAME - firstSample) / SOUND_RATE * 1000;

  function makeBlock(): void {
    const share = fading === null ? 1 : shareAt(fading, startMs(nextBlock + 1));
    const movesSamples = fading === null ? GAIN_MOVES_SAMPLES : SAMPLES_PER_AAC_FRAME;
    for (const source of onAir) {
      if (heard.has(source)) continue;
      heard.set(source, { gain: 0, gainBefore: 0, samples: new Float32Array(2 * SAMPLES_PER_AAC_FRAME), meter: createMeter() });
    }
    const parts: MixPart[] = [];
    for (const [source, track] of heard) {
      const isOnAir = onAir.includes(source);
      const aim = isOnAir ? o.gainOf(source) : 0;
      const gain = share === 1 ? aim : track.gainBefore + (aim - track.gainBefore) * share;
      const input = o.inputOf(source);
      if (input) {
        input.readSound(track.samples, startMs(nextBlock));
        track.meter.add(track.samples, 1);
        parts.push({ samples: track.samples, gainBefore: track.gain, gain, movesSamples });
      }
      track.gain = gain;
      if (!isOnAir && share === 1 || !input) heard.delete(source);
    }
    if (share === 1) fading = null;
    const out = new Int16Array(2 * SAMPLES_PER_AAC_FRAME);
    peak = Math.max(peak, mixSound(out, parts));
    mixMeter.add(out, FULL_SCALE);
    o.onBlock(nextBlock++, new Uint8Array(out.buffer));
  }

  return {
    show(sources, fade) {
      fading = fade;
      onAir = sources;
      for (const track of heard.values()) track.gainBefore = track.gain;
    },
    makeUntil(showMs) {
      while (startMs(nextBlock + 1) <= showMs) makeBlock();
    },
    levels: () => ({
      mix: mixMeter.read(),
      sources: new Map([...heard].filter(([source]) => onAir.includes(source)).map(([source, { meter }]) => [source, meter.read()])),
    }),
    takePeak() {
      const taken = peak;
      peak = 0;
      return taken;
    },
  };
}

function shareAt({ fromMs, untilMs }: Fade, showMs: number): number {
  return Math.min(1, Math.max(0, (showMs - fromMs) / (untilMs - fromMs)));
}
