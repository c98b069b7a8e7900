/** The loop that is shown while no run delivers: one segment of a still card in every rendition, and silence. */
export interface Slate {
  /** For each rendition one segment of pictures; the first is an IDR. All renditions have the same count. */
  readonly pictures: readonly (readonly Uint8Array[])[];
  /** One AAC frame of silence. */
  readonly silence: Uint8Array;
}

/** The slate's row at a place of its loop, counted from the start of a stint. */
export function slateRow(slate: Slate, index: number): { isKey: boolean; pictures: readonly Uint8Array[] } {
  const period = slate.pictures[0]!.length;
  const at = index % period;
  return { isKey: at === 0, pictures: slate.pictures.map((loop) => loop[at]!) };
}
