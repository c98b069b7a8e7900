import type { TakeInput } from "../takes/take.ts";

/** The input; each picture that goes in gets the time that `timeOf` makes of its own, in microseconds, and of its arrival. */
export function timePictures(input: TakeInput, timeOf: (ptsUs: number, atMs: number) => number): TakeInput {
  return {
    addPicture: (picture, ptsUs, atMs, wasHeldBack) => input.addPicture(picture, timeOf(ptsUs, atMs), atMs, wasHeldBack),
    addSound: input.addSound,
    endPictures: input.endPictures,
    endSound: input.endSound,
    get picturesWaiting() {
      return input.picturesWaiting;
    },
    get soundWaitingMs() {
      return input.soundWaitingMs;
    },
  };
}
