import { drawOnePicture } from "../../ffmpeg/one_picture.ts";
import type { Overlay } from "../canvas/overlay.ts";
import type { Size } from "../canvas/size.ts";
import type { InsetCorner } from "../scene.ts";
import { placeInCorner, toEven } from "../canvas/corner.ts";

export type LogoOutcome = { readonly kind: "logo"; readonly overlay: Overlay } | { readonly kind: "refused"; readonly reason: string };

/** A side of a PNG that is decoded: more would only cost memory. */
const LARGEST_SIDE = 4096;
/** Of the canvas's sides: so large it is at the most. */
const WIDTH_PART = 4;
const HEIGHT_PART = 8;

/** Makes of a PNG what is laid over the canvas: as it is, or smaller where it is large. Nothing but a PNG is handed to ffmpeg, by its standard input, and to no other reader. */
export async function decodeLogo(png: Uint8Array, corner: InsetCorner, canvas: Size, o: { program?: string } = {}): Promise<LogoOutcome> {
  const size = readPngSize(png);
  if (size === null) return { kind: "refused", reason: "it is no PNG" };
  const { width, height } = size;
  if (width === 0 || height === 0 || width > LARGEST_SIDE || height > LARGEST_SIDE) {
    return { kind: "refused", reason: `its size is ${width}x${height}; up to ${LARGEST_SIDE}x${LARGEST_SIDE} can be a logo` };
  }
  const fitted = fit(size, canvas);
  const bytes = await drawOnePicture({
    input: ["-protocol_whitelist", "pipe", "-format_whitelist", "png_pipe", "-threads", "1", "-f", "png_pipe", "-i", "pipe:0"],
    graph: toOverlayPixels(fitted),
    byteLength: fitted.width * fitted.height * 5 / 2,
    fed: png,
    program: o.program,
  });
  if (typeof bytes === "string") return { kind: "refused", reason: bytes };
  return { kind: "logo", overlay: { ...fitted, ...placeInCorner(fitted, corner, canvas), bytes } };
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const HEADER = [0x49, 0x48, 0x44, 0x52];

/** What its first chunk says (PNG specification, 11.2.2 IHDR); null for what is no PNG. */
export function readPngSize(bytes: Uint8Array): Size | null {
  const isPng = bytes.length >= 33 && SIGNATURE.every((byte, at) => bytes[at] === byte) &&
    HEADER.every((byte, at) => bytes[12 + at] === byte);
  if (!isPng) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function fit({ width, height }: Size, canvas: Size): Size {
  const scale = Math.min(1, canvas.width / WIDTH_PART / width, canvas.height / HEIGHT_PART / height);
  return { width: Math.max(2, toEven(width * scale)), height: Math.max(2, toEven(height * scale)) };
}

/** What is behind transparent pixels must not bleed into those beside them. */
function toOverlayPixels({ width, height }: Size): string {
  return `format=gbrap,premultiply=inplace=1,scale=${width}:${height}:flags=area,unpremultiply=inplace=1,` +
    "scale=out_color_matrix=bt709:out_range=tv,format=yuva420p";
}
