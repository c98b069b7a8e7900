export const RENDITION_NAMES = ["hq", "mq", "lq"] as const;
export type RenditionName = typeof RENDITION_NAMES[number];

/** One encoding of the picture. `bitsPerSecond` is its cap, sound included. */
export interface Rendition {
  readonly name: RenditionName;
  readonly width: number;
  readonly height: number;
  readonly bitsPerSecond: number;
}

/** The three renditions, best first. */
export type Ladder = readonly [Rendition, Rendition, Rendition];

/** The sound that is encoded once and stands in every rendition. */
export const SOUND_BITS_PER_SECOND = 96_000;
