/** Where an inset stands. */
export const INSET_CORNERS = ["top_left", "top_right", "bottom_left", "bottom_right"] as const;
export type InsetCorner = (typeof INSET_CORNERS)[number];

/** How wide an inset is, of the canvas. */
export const INSET_SIZES = ["1/2", "1/3", "1/4"] as const;
export type InsetSize = (typeof INSET_SIZES)[number];

/** A second source, small, in a corner; a value. */
export interface Inset {
  /** The id of a source. While it has no picture the inset is left out. */
  readonly source: string;
  readonly size: InsetSize;
  readonly corner: InsetCorner;
}

/** What stands on the canvas and is heard; a value. */
export interface Scene {
  /** The id of a source. */
  readonly source: string;
  readonly inset: Inset | null;
}

/** Of a scene that is the card, by wish: no source has this id. */
export const NO_SOURCE = "";

/** Where nobody says how an inset is to stand. */
export const USUAL_INSET = { size: "1/4", corner: "bottom_right" } as const satisfies Omit<Inset, "source">;

/** The sources of a scene, each once. */
export function sourcesOf({ source, inset }: Scene): string[] {
  return inset === null || inset.source === source ? [source] : [source, inset.source];
}

/** How a source is heard, whenever a scene has it; a value. */
export interface SourceSound {
  /** 1 is as it comes, 2 the most. */
  readonly gain: number;
  /** Not heard, until it is again with its gain. */
  readonly isMuted: boolean;
}

export const MOST_GAIN = 2;
export const AS_IT_COMES: SourceSound = { gain: 1, isMuted: false };

export function gainOf({ gain, isMuted }: SourceSound): number {
  return isMuted ? 0 : gain;
}
