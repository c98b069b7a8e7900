import { escapeInGraph } from "../../ffmpeg/graph.ts";
import { drawOnePicture } from "../../ffmpeg/one_picture.ts";
import type { Overlay } from "../canvas/overlay.ts";
import type { Size } from "../canvas/size.ts";
import type { InsetCorner } from "../scene.ts";
import { placeInCorner, toEven } from "../canvas/corner.ts";

/** White letters on black: how much of each pixel they cover, 0 to 255. */
export interface Lettering extends Size {
  readonly bytes: Uint8Array;
}

/** Of the canvas's height. */
const LINE_PART = 12;

/**
 * Draws one line, as wide as it is; one that would not fit into the canvas in smaller letters. Null where this ffmpeg cannot write. The words go by a file of
 * their own: nothing of them is read as a graph, or as one of drawtext's own signs.
 */
export async function drawLine(text: string, canvas: Size, folder: string, o: { program?: string } = {}): Promise<Lettering | null> {
  const height = lineHeight(canvas);
  const padding = toEven(height / 3);
  const widest = toEven(canvas.width * 0.9);
  const path = await Deno.makeTempFile({ dir: folder, prefix: "text-" });

  async function drawIn(width: number, size: number): Promise<Lettering | null> {
    const filter = `${drawText(height, size)}:${chooseFont(text)}textfile=${escapeInGraph(path)}:x=${padding}`;
    const drawn = await draw(filter, { width, height }, o.program);
    return drawn && trim(drawn, padding);
  }
  try {
    await Deno.writeTextFile(path, text);
    // Hardly a letter is wider than the line is high.
    const drawn = await drawIn(Math.max(widest, height * text.length + 2 * padding), 1);
    if (drawn === null || drawn.width <= widest) return drawn;
    return await drawIn(widest, ROUNDING * (widest - 2 * padding) / (drawn.width - 2 * padding));
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

/** Letters stand on whole pixels: a line in smaller ones is a little wider than it should be. */
const ROUNDING = 0.96;

/** All that a clock shows, each sign in a cell of its own, all of one width. */
export async function drawSigns(canvas: Size, o: { program?: string } = {}): Promise<Lettering | null> {
  const height = lineHeight(canvas);
  const cell = cellWidth(height);
  const signs = [...SIGNS].map((sign, at) => `${drawText(height)}:text=${escapeInGraph(sign)}:x=${at * cell}+(${cell}-tw)/2`);
  return await draw(signs.join(","), { width: cell * SIGNS.length, height }, o.program);
}

/** What those cells can say. */
export const SIGNS = "0123456789:";

/** A line made of them. Throws a RangeError for a sign that there is not. */
export function setSigns(signs: Lettering, text: string): Lettering {
  const { height } = signs;
  const cell = cellWidth(height), padding = toEven(height / 3);
  const width = cell * text.length + 2 * padding;
  const bytes = new Uint8Array(width * height);
  for (const [place, sign] of [...text].entries()) {
    const at = SIGNS.indexOf(sign);
    if (at < 0) throw new RangeError(`Cannot set ${JSON.stringify(sign)} among the signs of a clock`);
    for (let row = 0; row < height; row++) {
      const from = row * signs.width + at * cell;
      bytes.set(signs.bytes.subarray(from, from + cell), row * width + padding + place * cell);
    }
  }
  return { width, height, bytes };
}

/** White letters in a dark box that lets something through. */
export function toOverlay({ width, height, bytes }: Lettering, corner: InsetCorner, canvas: Size): Overlay {
  const luma = width * height;
  const own = new Uint8Array(luma * 5 / 2).fill(128, luma, luma * 3 / 2);
  for (let at = 0; at < luma; at++) {
    own[at] = 16 + bytes[at]! * 219 / 255;
    own[luma * 3 / 2 + at] = BOX_ALPHA + bytes[at]! * (255 - BOX_ALPHA) / 255;
  }
  return { width, height, ...placeInCorner({ width, height }, corner, canvas), bytes: own };
}

const BOX_ALPHA = 150;

function lineHeight({ height }: Size): number {
  return Math.max(8, toEven(height / LINE_PART));
}

function cellWidth(height: number): number {
  return toEven(height * 0.45);
}

/** `size`: of the usual one. */
function drawText(height: number, size = 1): string {
  const [letters, middle] = [0.65, 0.6].map((part) => Math.max(1, Math.round(height * part * size)));
  return `drawtext=expansion=none:fontcolor=white:fontsize=${letters}:y=(h-${middle})/2`;
}

/** drawtext takes one font for all: one that has the letters, where the machine has such a one. */
function chooseFont(text: string): string {
  return /\p{Script=Han}/u.test(text) ? `font=${escapeInGraph("Sans:lang=zh-tw")}:` : "";
}

async function draw(filters: string, { width, height }: Size, program?: string): Promise<Lettering | null> {
  const input = ["-f", "lavfi", "-i", `color=black:s=${width}x${height}:d=0.04:r=25,format=gray`];
  const drawn = await drawOnePicture({ input, graph: `${filters},format=gray`, byteLength: width * height, program });
  return typeof drawn === "string" ? null : { width, height, bytes: drawn.map(toCoverage) };
}

/** From the narrow range. */
function toCoverage(luma: number): number {
  return Math.min(255, Math.max(0, Math.round((luma - 16) * 255 / 219)));
}

/** Without what is empty to the right. */
function trim({ width, height, bytes }: Lettering, padding: number): Lettering {
  let last = 0;
  for (let row = 0; row < height; row++) {
    for (let column = width - 1; column > last; column--) if (bytes[row * width + column]! > 0) last = column;
  }
  const kept = Math.min(width, toEven(last + 1 + padding));
  const trimmed = new Uint8Array(kept * height);
  for (let row = 0; row < height; row++) trimmed.set(bytes.subarray(row * width, row * width + kept), row * kept);
  return { width: kept, height, bytes: trimmed };
}
