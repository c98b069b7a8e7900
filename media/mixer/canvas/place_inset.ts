import type { InsetCorner } from "../scene.ts";
import { placeInCorner, toEven } from "./corner.ts";
import type { Size } from "./size.ts";

/** In pixels of luma. All four are even: the planes of colour have half the columns and half the lines. */
export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** What is made smaller, by what, and where it goes. */
export interface InsetPlace {
  /** Of the inset's own picture: a whole number of boxes of `by` pixels, as many lines as columns. */
  readonly from: Rect;
  readonly by: number;
  /** On the canvas, `border` pixels around the small picture included. */
  readonly to: Rect;
  readonly border: number;
}

/**
 * Where an inset stands: a `by`-th of the canvas wide, or where its picture is narrower than the canvas, a `by`-th of it high. `shown` is where its picture
 * stands between its bars, which are left away.
 */
export function placeInset(canvas: Size, shown: Rect, by: number, corner: InsetCorner): InsetPlace {
  const border = Math.max(2, toEven(Math.min(canvas.width, canvas.height) / BORDERS));
  const [width, height] = [shrink(shown.width, by), shrink(shown.height, by)];
  const from = {
    x: shown.x + toEven((shown.width - by * width) / 2),
    y: shown.y + toEven((shown.height - by * height) / 2),
    width: by * width,
    height: by * height,
  };
  const outer = { width: width + 2 * border, height: height + 2 * border };
  return { from, by, to: { ...outer, ...placeInCorner(outer, corner, canvas) }, border };
}

/** Where a picture of that shape stands on the canvas between its bars, as an intake fits it (`intake_arguments.ts`); null is one of any shape. */
export function fitShape(canvas: Size, shape: Size | null): Rect {
  if (shape === null || shape.width <= 0 || shape.height <= 0) return { x: 0, y: 0, ...canvas };
  const aspect = shape.width / shape.height;
  const width = Math.max(2, 2 * Math.round(Math.min(canvas.width, canvas.height * aspect) / 2));
  const height = Math.max(2, 2 * Math.round(Math.min(canvas.height, canvas.width / aspect) / 2));
  return { x: toEven((canvas.width - width) / 2), y: toEven((canvas.height - height) / 2), width, height };
}

/** Of the canvas's shorter side. */
const BORDERS = 180;

function shrink(side: number, by: number): number {
  return Math.max(2, toEven(side / by));
}
