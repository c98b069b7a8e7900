import type { Size } from "./size.ts";
import type { InsetCorner } from "../scene.ts";

/** Of the canvas's shorter side: so far from the edges stands what is laid over it. */
const MARGINS = 36;

/** Where something of that size stands in a corner, on whole pixels of colour. */
export function placeInCorner({ width, height }: Size, corner: InsetCorner, canvas: Size): { readonly x: number; readonly y: number } {
  const margin = toEven(Math.min(canvas.width, canvas.height) / MARGINS);
  return {
    x: corner.endsWith("right") ? Math.max(0, canvas.width - width - margin) : Math.min(margin, canvas.width - width),
    y: corner.startsWith("bottom") ? Math.max(0, canvas.height - height - margin) : Math.min(margin, canvas.height - height),
  };
}

export function toEven(value: number): number {
  return 2 * Math.floor(value / 2);
}
