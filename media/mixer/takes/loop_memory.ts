import type { RawPicture } from "../../intake/raw_picture.ts";
import type { TakeInput } from "./take.ts";

/**
 * A pass that decodes to little is kept while it is read, and later passes are given from here instead of by another process: the memory is one
 * more intake, which hands the same pictures and sound in by the same door.
 */
export interface LoopMemory {
  /** `whole`: all of a pass is here. `too_large`: it did not fit, and nothing is kept. */
  readonly state: "recording" | "whole" | "too_large";
  /** The input, listened to: what goes in by the one given back is kept as well. */
  listen(input: TakeInput): TakeInput;
  /** A new reader of what is kept. Throws a TypeError unless that is whole. */
  play(): LoopReader;
  close(): void;
}

/** Hands in what there is room for, and the ends; call it now and then. */
export type LoopReader = (input: TakeInput, ceiling: number, atMs: number) => void;

/** Pictures and sound together; some 35 pictures of 1280x720. */
export const MOST_LOOP_BYTES = 48 * 2 ** 20;

export function createLoopMemory(mostBytes = MOST_LOOP_BYTES): LoopMemory {
  let pictures: { readonly picture: RawPicture; readonly ptsUs: number }[] = [];
  let sounds: { readonly samples: Int16Array; readonly ptsUs: number }[] = [];
  let bytes = 0;
  let arePicturesWhole = false, isSoundWhole = false;
  let isTooLarge = false;

  function clear(): void {
    isTooLarge = true;
    for (const { picture } of pictures) picture.release();
    pictures = [];
    sounds = [];
  }

  function hasRoom(more: number): boolean {
    if (isTooLarge) return false;
    bytes += more;
    if (bytes > mostBytes) clear();
    return !isTooLarge;
  }

  function state(): LoopMemory["state"] {
    if (isTooLarge) return "too_large";
    return arePicturesWhole && isSoundWhole ? "whole" : "recording";
  }

  return {
    get state() {
      return state();
    },
    listen: (input) => ({
      addPicture(picture, ptsUs, atMs, wasHeldBack) {
        if (hasRoom(picture.bytes.byteLength)) pictures.push({ picture: picture.retain(), ptsUs });
        input.addPicture(picture, ptsUs, atMs, wasHeldBack);
      },
      addSound(samples, ptsUs, atMs) {
        if (hasRoom(samples.byteLength)) sounds.push({ samples: samples.slice(), ptsUs });
        input.addSound(samples, ptsUs, atMs);
      },
      endPictures() {
        arePicturesWhole = true;
        input.endPictures();
      },
      endSound() {
        isSoundWhole = true;
        input.endSound();
      },
      get picturesWaiting() {
        return input.picturesWaiting;
      },
      get soundWaitingMs() {
        return input.soundWaitingMs;
      },
    }),
    play() {
      if (state() !== "whole") throw new TypeError(`Cannot play a pass from memory: it is ${state()}`);
      let nextPicture = 0, nextSound = 0;
      return (input, ceiling, atMs) => {
        for (; nextSound < sounds.length && input.soundWaitingMs < SOUND_AHEAD_MS; nextSound++) {
          input.addSound(sounds[nextSound]!.samples, sounds[nextSound]!.ptsUs, atMs);
        }
        if (nextSound === sounds.length) input.endSound();
        for (; nextPicture < pictures.length && input.picturesWaiting < ceiling; nextPicture++) {
          input.addPicture(pictures[nextPicture]!.picture.retain(), pictures[nextPicture]!.ptsUs, atMs, true);
        }
        if (nextPicture === pictures.length) input.endPictures();
      };
    },
    close: clear,
  };
}

const SOUND_AHEAD_MS = 1000;
