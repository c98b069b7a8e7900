import type { Ladder, Rendition } from "../hls/rendition.ts";

type Size = { readonly width: number; readonly height: number };

/**
 * The ladder for a show of these sources, the canvas first: it has the shape of the largest one, and is no larger. As set where one of them is not known.
 */
export function fitCanvas(ladder: Ladder, sources: readonly (Size | null)[]): Ladder {
  const known = sources.filter((size) => size !== null);
  if (known.length === 0 || known.length < sources.length) return ladder;
  return fitLadder(ladder, known.reduce((largest, size) => size.width * size.height > largest.width * largest.height ? size : largest));
}

/**
 * The ladder for a source of this size: each rendition keeps the source's shape inside its box, is never larger than the
 * source, and has even sides (4:2:0 needs them). For a portrait source the boxes are turned.
 */
export function fitLadder(ladder: Ladder, source: Size): Ladder {
  const [hq, mq, lq] = ladder;
  return [fit(hq, source), fit(mq, source), fit(lq, source)];
}

function fit(rendition: Rendition, source: Size): Rendition {
  const isTurned = source.height > source.width && rendition.width > rendition.height;
  const box = isTurned ? { width: rendition.height, height: rendition.width } : rendition;
  const scale = Math.min(1, box.width / source.width, box.height / source.height);
  return {
    ...rendition,
    width: even(source.width * scale, Math.min(box.width, source.width)),
    height: even(source.height * scale, Math.min(box.height, source.height)),
  };
}

function even(length: number, limit: number): number {
  return Math.max(2, Math.min(2 * Math.round(length / 2), 2 * Math.floor(limit / 2)));
}
