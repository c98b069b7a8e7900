import type { Segment } from "./segment.ts";

/** What one rendition's segments really weigh, in bits per second. */
export interface BitRate {
  /** The heaviest segment (BANDWIDTH). */
  readonly peak: number;
  /** All of them together (AVERAGE-BANDWIDTH). */
  readonly average: number;
}

/** Segments shorter than this share of the longest weigh nothing: an IDR alone would pass for the peak. */
const SHORTEST_SHARE = 0.5;

/** Measures each rendition over the closed segments; null while there is none. */
export function measureBitRates(segments: readonly Segment[], renditions: number): readonly BitRate[] | null {
  const closed = segments.filter((segment) => segment.isClosed);
  const longest = Math.max(...closed.map((segment) => segment.durationSeconds));
  const measured = closed.filter((segment) => segment.durationSeconds >= longest * SHORTEST_SHARE);
  if (measured.length === 0) return null;
  const seconds = measured.reduce((sum, segment) => sum + segment.durationSeconds, 0);
  return Array.from({ length: renditions }, (_, rendition) => {
    const bits = measured.map((segment) => 8 * segment.parts.reduce((sum, part) => sum + part.bodies[rendition]!.length, 0));
    return {
      peak: Math.ceil(Math.max(...bits.map((each, at) => each / measured[at]!.durationSeconds))),
      average: Math.ceil(bits.reduce((sum, each) => sum + each, 0) / seconds),
    };
  });
}
