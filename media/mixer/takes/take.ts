import type { RawPicture } from "../../intake/raw_picture.ts";

/** What an intake hands in. Times of arrival (`atMs`) are on the show's clock, source times (`ptsUs`) whole microseconds; times that are not finite are thrown away. */
export interface TakeInput {
  /** Takes over one count of the picture. `wasHeldBack`: the reader had to wait for room, so `atMs` tells nothing of when the picture came. */
  addPicture(picture: RawPicture, ptsUs: number, atMs: number, wasHeldBack: boolean): void;
  /** Interleaved stereo, 48 kHz; copied. */
  addSound(samples: Int16Array, ptsUs: number, atMs: number): void;
  /** The output came to its end. */
  endPictures(): void;
  endSound(): void;
  /** Pictures read and not yet shown; the shown one does not count. Whoever can be held back reads on while this is below the ceiling. */
  readonly picturesWaiting: number;
  /** Sound that is there and was not read yet. */
  readonly soundWaitingMs: number;
}

/** One source's times on ours: what an intake has read goes in, what stands at a time of the show comes out. Owns no clock. */
export interface Take extends TakeInput {
  /**
   * Called at each tick, on the air or not: nothing else makes room. The newest picture whose show time is not after `showMs`, which never goes
   * back; what it passes is released. null before the first, never again afterwards. The take keeps its count: who needs the picture longer
   * than until the next call retains it.
   */
  pictureAt(showMs: number): RawPicture | null;
  /** The first that will be shown, as long as none is; not retained. */
  readonly firstPicture: RawPicture | null;
  /** Fills the block (interleaved stereo, -1 to 1, usually 1024 samples) with what stands there; silence where there is nothing. */
  readSound(into: Float32Array, fromShowMs: number): void;
  /** The `showMs` of the call in which the picture last changed. */
  readonly newestShownAtMs: number | null;
  /** A sample is there this long after its show time, at the latest as a rule: 0 to 150, always 0 for stored sources. A block of 1024 is whole 21 ms later. */
  readonly soundLatenessMs: number;
  /** Releases all. Twice is harmless, and what still comes is released at once. */
  close(): void;
}

/** What a take tells the log. */
export type TakeNote =
  /** The stream's own times stepped by so much (its arrival taken off); it was joined on. */
  | { readonly kind: "jumped"; readonly what: "picture" | "sound"; readonly byMs: number }
  /** After a pause a backlog of so much was skipped; the source is on time again. */
  | { readonly kind: "skipped"; readonly byMs: number }
  /** The source goes on so much later than before; its delay was raised in one step. */
  | { readonly kind: "late"; readonly byMs: number }
  /** More pictures came than may wait: the delay was cut by so much in one step. */
  | { readonly kind: "cut_short"; readonly byMs: number };
