/// <reference lib="dom" />

/** Of a tile, in pixels of the page. */
const HATCHED = 6;
const DOTTED = 4;

/** Slanting lines, which are told from dots where colours are not. */
export function fillHatched(target: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  return fillWith(target, colour, HATCHED, (tile, size) => {
    tile.lineWidth = size / 4;
    // Thrice, so that the corners of neighbours meet.
    for (const shift of [-size, 0, size]) {
      tile.moveTo(shift, size);
      tile.lineTo(shift + size, 0);
    }
    tile.stroke();
  });
}

export function fillDotted(target: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  return fillWith(target, colour, DOTTED, (tile, size) => {
    tile.arc(size / 2, size / 2, size / 4, 0, 2 * Math.PI);
    tile.fill();
  });
}

function fillWith(
  target: CanvasRenderingContext2D,
  colour: string,
  pagePixels: number,
  draw: (tile: CanvasRenderingContext2D, size: number) => void,
): CanvasPattern | string {
  const canvas = document.createElement("canvas");
  const size = canvas.width = canvas.height = Math.round(pagePixels * devicePixelRatio);
  const tile = canvas.getContext("2d");
  if (tile === null) return colour;
  tile.strokeStyle = tile.fillStyle = colour;
  tile.beginPath();
  draw(tile, size);
  return target.createPattern(canvas, "repeat") ?? colour;
}
