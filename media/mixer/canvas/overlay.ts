import type { Size } from "./size.ts";

/** A picture that lets through what is behind it, and where it goes: all four even. */
export interface Overlay extends Size {
  readonly x: number;
  readonly y: number;
  /** yuva420p: Y, U and V as of a picture of that size, and how opaque each of its pixels is, one plane behind the other. */
  readonly bytes: Uint8Array;
}

/** Lays it over a picture (yuv420p). A pixel of colour is as opaque as the mean of the four that it stands for. */
export function layOverlay(bytes: Uint8Array, canvas: Size, { x, y, width, height, bytes: own }: Overlay): void {
  const luma = canvas.width * canvas.height, ownLuma = width * height, alphaAt = ownLuma * 3 / 2;
  for (let row = 0; row < height; row++) {
    const at = (y + row) * canvas.width + x, from = row * width;
    for (let column = 0; column < width; column++) {
      const alpha = own[alphaAt + from + column]!;
      if (alpha > 0) bytes[at + column] = mix(bytes[at + column]!, own[from + column]!, alpha);
    }
  }
  for (let row = 0; row < height / 2; row++) {
    const at = luma + (y / 2 + row) * canvas.width / 2 + x / 2, from = ownLuma + row * width / 2;
    for (let column = 0; column < width / 2; column++) {
      const above = alphaAt + 2 * row * width + 2 * column, below = above + width;
      const alpha = own[above]! + own[above + 1]! + own[below]! + own[below + 1]! + 2 >> 2;
      if (alpha === 0) continue;
      for (const plane of [0, 1]) {
        const target = at + plane * luma / 4 + column;
        bytes[target] = mix(bytes[target]!, own[from + plane * ownLuma / 4 + column]!, alpha);
      }
    }
  }
}

function mix(behind: number, own: number, alpha: number): number {
  return (behind * (255 - alpha) + own * alpha + 127) / 255 | 0;
}
