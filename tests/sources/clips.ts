import { beeping, lavfi, numbered, runFfmpeg, X264 } from "../fixtures/numbered.ts";

/** Inputs of a test, made by ffmpeg in a folder of their own. */
export interface Clips {
  readonly folder: string;
  /** Runs ffmpeg into a file of that name; gives its path. */
  make(name: string, ...args: string[]): Promise<string>;
  /** Numbered pictures with a flash, and a beep with each, each second; `seconds` of the picture, `soundSeconds` of the sound (0 for none). */
  flashing(name: string, o: FlashingClip): Promise<string>;
  remove(): Promise<void>;
}

export interface FlashingClip {
  readonly seconds: number;
  readonly soundSeconds?: number;
  readonly rate?: number;
  readonly size?: { readonly width: number; readonly height: number };
  readonly everySeconds?: number;
  readonly soundRate?: number;
  readonly hertz?: number;
  /** Options of the output. */
  readonly more?: readonly string[];
}

export const SIZE = { width: 320, height: 180 };

export function makeClips(): Clips {
  const folder = Deno.makeTempDirSync({ prefix: "tercet-clips-" });

  async function make(name: string, ...args: string[]): Promise<string> {
    const path = `${folder}/${name}`;
    await runFfmpeg(...args, `file:${path}`);
    return path;
  }

  return {
    folder,
    make,
    flashing(
      name,
      { seconds, soundSeconds = seconds, rate = 30, size = SIZE, everySeconds = 1, soundRate = 48_000, hertz = 1000, more = [] },
    ) {
      const sound = soundSeconds > 0 ? lavfi(`${beeping({ everySeconds, rate: soundRate, hertz })}:d=${soundSeconds}`) : [];
      return make(
        name,
        ...lavfi(`${numbered({ ...size, rate, everySeconds })},trim=duration=${seconds}`),
        ...sound,
        ...X264,
        ...(soundSeconds > 0 ? ["-c:a", "aac"] : []),
        ...more,
      );
    },
    remove: () => Deno.remove(folder, { recursive: true }),
  };
}
