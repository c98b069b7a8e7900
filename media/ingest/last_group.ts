import type { TrackName } from "./matroska.ts";

/** A frame as it stands in the envelope. */
export interface KeptFrame {
  readonly track: TrackName;
  /** The envelope's time of decoding. */
  readonly outMs: number;
  readonly block: Uint8Array;
}

/** The last group of pictures and its sound, for intakes that begin anew. */
export interface LastGroup {
  /** Behind a key picture only: without it there is nothing to begin with. */
  add(frame: KeptFrame, isKeyPicture: boolean): void;
  forget(): void;
  /** The sound alone is of no use any more. */
  forgetSound(): void;
  readonly frames: readonly KeptFrame[];
  readonly spanMs: number;
}

/** ingest.md, section 1. What is longer is not kept: an intake then waits for the next key picture. */
const MOST_BYTES = 16 * 1024 * 1024;

export function createLastGroup(): LastGroup {
  let frames: KeptFrame[] = [];
  let bytes = 0;

  function keep(only: KeptFrame[]): void {
    frames = only;
    bytes = only.reduce((sum, { block }) => sum + block.length, 0);
  }

  return {
    add(frame, isKeyPicture) {
      if (isKeyPicture) keep([]);
      else if (frames.length === 0) return;
      frames.push(frame);
      bytes += frame.block.length;
      if (bytes > MOST_BYTES) keep([]);
    },
    forget: () => keep([]),
    forgetSound: () => keep(frames.filter(({ track }) => track === "picture")),
    get frames() {
      return frames;
    },
    get spanMs() {
      return frames.length === 0 ? 0 : frames.at(-1)!.outMs - frames[0]!.outMs;
    },
  };
}
