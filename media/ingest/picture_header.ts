import type { PictureCodec, PictureHeader } from "./items.ts";

/** The header of a picture's codec, without what a publisher sends for VP8 and VP9: Matroska carries nothing for them. */
export function describePicture(codec: PictureCodec, record: Uint8Array): PictureHeader {
  return { kind: "picture_header", codec, record: codec === "vp8" || codec === "vp9" ? record.subarray(0, 0) : record };
}
