import type { z } from "zod";
import type { Wish } from "../media/audience/viewer.ts";
import type { ChoiceAnswer, EVENT, StreamAnswer } from "../routes/schemas.ts";

export type ServerEvent = z.infer<typeof EVENT>;

export interface Choice {
  readonly rendition: NonNullable<ChoiceAnswer["rendition"]>;
  readonly reason: NonNullable<ChoiceAnswer["reason"]>;
  /** The best rendition that the uplink allows. */
  readonly cap: ChoiceAnswer["cap"];
}

/** What the server has told so far. */
export interface Told {
  readonly ladder: StreamAnswer["ladder"];
  /** What the viewer's newest segment shows; null before the first. */
  readonly choice: Choice | null;
  readonly watching: number;
  /** 1 to 100; null where it is not known. */
  readonly motionScore: number | null;
}

export const NOTHING_TOLD: Told = { ladder: [], choice: null, watching: 0, motionScore: null };

/** What is known after one more event. Events this page has no use for change nothing. */
export function hearEvent(told: Told, event: ServerEvent): Told {
  switch (event.type) {
    case "state": {
      const { ladder, viewers, motion } = event.stream;
      const choice = event.viewer === undefined ? told.choice : choiceIn(event.viewer);
      return { ladder, choice, watching: viewers.total, motionScore: motion?.score ?? null };
    }
    case "choice":
      return { ...told, choice: choiceIn(event) };
    case "motion":
      return { ...told, motionScore: event.score };
    case "viewers":
      return { ...told, watching: event.total };
    default:
      return told;
  }
}

/** The connection is lost: the ladder stays what it was, all else may have changed. */
export function forget(told: Told): Told {
  return { ...NOTHING_TOLD, ladder: told.ladder };
}

/** What the viewer wishes by this event, or null where it does not say. */
export function wishIn(event: ServerEvent): Wish | null {
  const wish = event.type === "choice" ? event : event.type === "state" ? event.viewer : undefined;
  return wish === undefined ? null : { mode: wish.mode, quality: wish.quality };
}

function choiceIn({ rendition, reason, cap }: Pick<ChoiceAnswer, "rendition" | "reason" | "cap">): Choice | null {
  return rendition === null || reason === null ? null : { rendition, reason, cap };
}
