import type { PicturePool, RawPicture } from "../../intake/raw_picture.ts";
import type { Inset, InsetSize } from "../scene.ts";
import { layOverlay, type Overlay } from "./overlay.ts";
import { fitShape, type InsetPlace, placeInset, type Rect } from "./place_inset.ts";
import type { Size } from "./size.ts";
import { shrinkPlane } from "./shrink.ts";

/** What an inset's source has to show. */
export interface InsetPicture {
  readonly picture: RawPicture;
  /** Of the picture between its bars; null where it has any. */
  readonly shape: Size | null;
}

/** Puts an inset and overlays over a picture. */
export interface Composer {
  /**
   * The picture itself where nothing is laid over it, otherwise one of the composer's own, which it holds until the next call: whoever needs it longer
   * retains it. What it was given is never written to.
   */
  compose(base: RawPicture, inset: InsetPicture | null, how: Inset | null, overlays: readonly Overlay[]): RawPicture;
  /** Lets go what it holds. Closing twice is harmless. */
  close(): void;
}

/** The inset is made small once a picture of its source, and laid over once a pair of pictures: sources that are slower than the show cost less. */
export function createComposer(canvas: Size, pool: PicturePool): Composer {
  let small: Small | null = null;
  let laid: Laid | null = null;

  function letGo(): void {
    laid?.picture.release();
    laid = null;
  }

  /** Null on a canvas that has no room for an inset and its frame: one side of a source may be next to nothing. */
  function shrink({ picture, shape }: InsetPicture, how: Inset): Small | null {
    if (small?.of === picture && small.how === how) return small;
    const bars = fitShape(canvas, shape);
    const shown = hasBars(picture.bytes, canvas, bars) ? bars : fitShape(canvas, null);
    const place = placeInset(canvas, shown, BY[how.size], how.corner);
    if (place.to.width > canvas.width || place.to.height > canvas.height) return null;
    const isFramed = small?.how === how && small.to.width === place.to.width && small.to.height === place.to.height;
    const bytes = isFramed ? small!.bytes : drawFrame(place.to);
    shrinkInto(bytes, picture.bytes, canvas, place);
    return small = { of: picture, how, to: place.to, bytes };
  }

  return {
    compose(base, inset, how, overlays) {
      const small = inset && how && shrink(inset, how);
      if (small === null && overlays.length === 0) {
        letGo();
        return base;
      }
      if (laid?.over === base && laid.small === small && laid.overlays === overlays) return laid.picture;
      const picture = pool.take();
      picture.bytes.set(base.bytes);
      if (small !== null) layOver(picture.bytes, canvas, small);
      for (const overlay of overlays) layOverlay(picture.bytes, canvas, overlay);
      letGo();
      laid = { over: base, small, overlays, picture };
      return picture;
    },
    close() {
      letGo();
      small = null;
    },
  };
}

/** A picture with what was laid over it. */
interface Laid {
  readonly over: RawPicture;
  readonly small: Small | null;
  readonly overlays: readonly Overlay[];
  readonly picture: RawPicture;
}

const BY: Readonly<Record<InsetSize, number>> = { "1/2": 2, "1/3": 3, "1/4": 4 };

/** An inset's picture made small, in its frame: its planes one behind the other, in memory that the next picture uses again. */
interface Small {
  readonly of: RawPicture;
  readonly how: Inset;
  readonly to: Rect;
  readonly bytes: Uint8Array;
}

const BORDER = { luma: 220, chroma: 128 };

function drawFrame({ width, height }: Size): Uint8Array {
  return new Uint8Array(width * height * 3 / 2).fill(BORDER.luma, 0, width * height).fill(BORDER.chroma, width * height);
}

function shrinkInto(small: Uint8Array, bytes: Uint8Array, canvas: Size, { from, by, to, border }: InsetPlace): void {
  const sources = planesOf(canvas), targets = planesOf(to);
  for (const [index, { at, stride, part }] of sources.entries()) {
    const target = targets[index]!;
    shrinkPlane(
      { bytes, at: at + from.y / part * stride + from.x / part, stride },
      { bytes: small, at: target.at + border / part * target.stride + border / part, stride: target.stride },
      { width: from.width / by / part, height: from.height / by / part },
      by,
    );
  }
}

function layOver(bytes: Uint8Array, canvas: Size, { bytes: small, to }: Small): void {
  const sources = planesOf(to), targets = planesOf(canvas);
  for (const [index, { at, stride, part }] of sources.entries()) {
    const target = targets[index]!;
    const into = target.at + to.y / part * target.stride + to.x / part;
    for (let line = 0; line < to.height / part; line++) {
      const from = at + line * stride;
      bytes.set(small.subarray(from, from + stride), into + line * target.stride);
    }
  }
}

/** Y, U and V of yuv420p; `part`: of the columns and of the lines. */
function planesOf({ width, height }: Size): readonly { readonly at: number; readonly stride: number; readonly part: number }[] {
  const luma = width * height;
  return [
    { at: 0, stride: width, part: 1 },
    { at: luma, stride: width / 2, part: 2 },
    { at: luma * 5 / 4, stride: width / 2, part: 2 },
  ];
}

const BLACK = 16;
/** Looks in each direction. */
const LOOKS = 12;

/** What was found in a source may be of an earlier picture, of another shape: only what is black is left away. */
function hasBars(luma: Uint8Array, canvas: Size, { x, y, width, height }: Rect): boolean {
  for (let row = 0; row < LOOKS; row++) {
    for (let column = 0; column < LOOKS; column++) {
      const [atX, atY] = [spread(column, canvas.width), spread(row, canvas.height)];
      const isInside = atX >= x && atX < x + width && atY >= y && atY < y + height;
      if (!isInside && luma[atY * canvas.width + atX] !== BLACK) return false;
    }
  }
  return true;
}

function spread(index: number, side: number): number {
  return Math.floor((index + 0.5) * side / LOOKS);
}
