import type { PicturePool, RawPicture } from "../intake/raw_picture.ts";
import type { Grid } from "../timeline/grid.ts";
import type { Overlay } from "./canvas/overlay.ts";
import type { Size } from "./canvas/size.ts";
import { createScreen, type ScreenInput } from "./canvas/screen.ts";
import { type Scene, sourcesOf } from "./scene.ts";
import { createSoundDesk, type Levels, type SoundInput } from "./sound_desk.ts";

/** What the mixer asks of a source. Times are of the show, and never go back. */
export interface MixInput extends ScreenInput, SoundInput {
  /** How long after its show time a sample is there; null where it is there beforehand. */
  readonly soundLatenessMs: number | null;
}

/** Takes the canvas and the sound, in order, without a gap. */
export interface MixOutput {
  /** Whoever keeps the picture retains it. It may be shown again at the next tick, and is never written to. */
  picture(tick: number, picture: RawPicture): void;
  /** 1024 stereo samples, s16le, memory of its own. */
  sound(block: number, samples: Uint8Array): void;
}

export interface Mixer {
  /** Makes the canvas of a tick, and all blocks of sound that are due with it. Ticks are made one after the other, each once. */
  makeTick(tick: number): void;
  /** From the next tick on this is shown, at once or over so long, and its sound moves in within 10 ms, or over the same time. */
  show(scene: Scene, fadeMs?: number): void;
  readonly scene: Scene;
  /** From the next tick on these lie over whatever stands there, the last one on top. */
  setOverlays(overlays: readonly Overlay[]): void;
  /** The newest tick showed the card. */
  readonly isCard: boolean;
  levels(): Levels;
  /** The loudest sample since this was asked last: 0 to 1, above 1 was clamped. */
  takePeak(): number;
  /** Lets go what it holds; nothing is made afterwards. */
  close(): void;
}

/** The cursor of the sound stays no further behind the picture's than this. */
const MOST_LATENESS_MS = 150;

/** Makes one picture and its samples of sound for each tick, out of the scene and what its sources have. Owns no clock. */
export function createMixer(o: {
  readonly grid: Grid;
  readonly firstTick: number;
  /** In milliseconds of the show. */
  readonly dueMs: (tick: number) => number;
  readonly scene: Scene;
  readonly canvas: Size;
  /** Of the canvas's size; a picture of it is taken only where something is laid over another, or two are faded. */
  readonly pool: PicturePool;
  readonly inputOf: (source: string) => MixInput | null;
  /** What a source's sound is multiplied by. */
  readonly gainOf: (source: string) => number;
  readonly card: () => RawPicture;
  readonly output: MixOutput;
}): Mixer {
  const { grid, output } = o;
  const screen = createScreen(o);
  const desk = createSoundDesk({ ...o, sources: sourcesOf(o.scene), onBlock: output.sound });
  let nextTick = o.firstTick;

  /** A stored source's sound is there before its time: it may go with the picture that stands until the next tick. Live ones are waited for, the latest longest. */
  function soundUntilMs(tick: number): number {
    const lateness = sourcesOf(screen.scene).map((source) => o.inputOf(source)?.soundLatenessMs ?? null).filter((ms) => ms !== null);
    return lateness.length === 0 ? o.dueMs(tick + 1) : o.dueMs(tick) - Math.min(MOST_LATENESS_MS, Math.max(...lateness));
  }

  return {
    makeTick(tick) {
      output.picture(tick, screen.next(o.dueMs(tick)));
      desk.makeUntil(soundUntilMs(tick));
      nextTick = tick + 1;
    },
    show(scene, fadeMs = 0) {
      const fadePictures = Math.round(fadeMs * grid.rate / 1000);
      const fade = fadePictures === 0 ? null : { fromMs: o.dueMs(nextTick), untilMs: o.dueMs(nextTick + fadePictures) };
      screen.show(scene, fadePictures);
      desk.show(sourcesOf(scene), fade);
    },
    get scene() {
      return screen.scene;
    },
    setOverlays: screen.setOverlays,
    get isCard() {
      return screen.isCard;
    },
    levels: desk.levels,
    takePeak: desk.takePeak,
    close: screen.close,
  };
}
