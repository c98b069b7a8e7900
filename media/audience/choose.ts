import type { Ladder, RenditionName } from "../hls/rendition.ts";
import type { Mode, Quality } from "./viewer.ts";

export type Reason = "pinned" | "auto" | "motion" | "budget" | "boost";

/** The rendition one viewer gets in one slot of one segment, and why. */
export interface Choice {
  readonly rendition: RenditionName;
  readonly reason: Reason;
}

export interface ChoiceInput {
  readonly mode: Mode;
  readonly quality: Quality;
  /** The slot whose playlist is asked for: the rendition that it is named after. */
  readonly slot: RenditionName;
  /** What the server picked for a player without an ABR of its own, null for all others. */
  readonly drivenPick: RenditionName | null;
  readonly motionPick: RenditionName;
  /** The best rendition the budget allows. */
  readonly cap: RenditionName;
  /** The best rendition that a donation allows while it lasts, else null. */
  readonly boost: RenditionName | null;
  readonly ladder: Ladder;
}

/** What the viewer's mode and wish ask for, lowered to the cap where it is above it; a boost stands in for the cap where it is better. */
export function choose(input: ChoiceInput): Choice {
  const wished = wish(input);
  const rank = (name: RenditionName) => input.ladder.findIndex((rendition) => rendition.name === name);
  if (rank(wished.rendition) >= rank(input.cap)) return wished;
  if (input.boost === null || rank(input.boost) >= rank(input.cap)) return { rendition: input.cap, reason: "budget" };
  return rank(wished.rendition) >= rank(input.boost)
    ? { rendition: wished.rendition, reason: "boost" }
    : { rendition: input.boost, reason: "budget" };
}

function wish(input: ChoiceInput): Choice {
  if (input.mode === "gaming") return { rendition: input.motionPick, reason: "motion" };
  if (input.quality !== "auto") return { rendition: input.quality, reason: "pinned" };
  return { rendition: input.drivenPick ?? input.slot, reason: "auto" };
}
