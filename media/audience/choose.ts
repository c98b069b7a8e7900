import type { Ladder, RenditionName } from "../hls/rendition.ts";
import type { Mode, Quality, SlotChoice } from "./viewer.ts";

/** The rendition one viewer gets in one slot of one segment, and why. */
export interface Choice extends SlotChoice {
  /** What it was to be before the budget was asked; better than `rendition` where the reason is `budget`, and only there. */
  readonly wished: RenditionName;
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
  const { rendition: wished, reason } = wish(input);
  const rank = (name: RenditionName) => input.ladder.findIndex((rendition) => rendition.name === name);
  if (rank(wished) >= rank(input.cap)) return { rendition: wished, reason, wished };
  const best = input.boost !== null && rank(input.boost) < rank(input.cap) ? input.boost : input.cap;
  if (rank(wished) < rank(best)) return { rendition: best, reason: "budget", wished };
  return { rendition: wished, reason: "boost", wished };
}

/**
 * The best rendition a viewer may want before its next choice, which is what the budget must reckon with: motion can begin, and a player's ABR
 * rise, at any moment.
 */
export function mostWished({ mode, quality, ladder }: Pick<ChoiceInput, "mode" | "quality" | "ladder">): RenditionName {
  return mode === "gaming" || quality === "auto" ? ladder[0].name : quality;
}

function wish(input: ChoiceInput): Omit<Choice, "wished"> {
  if (input.mode === "gaming") return { rendition: input.motionPick, reason: "motion" };
  if (input.quality !== "auto") return { rendition: input.quality, reason: "pinned" };
  return { rendition: input.drivenPick ?? input.slot, reason: "auto" };
}
