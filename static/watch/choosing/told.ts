import type { Wish } from "../../../media/audience/viewer.ts";
import type { ChoiceAnswer, StreamAnswer } from "../../../routes/schemas.ts";
import type { ServerEvent } from "../../shared/server_event.ts";

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
  /** Bits per second; null where it is not known. */
  readonly budget: StreamAnswer["budget"];
  /** How far back one can go, and how old the show was at `atMs`. */
  readonly dvr: { readonly seconds: number; readonly showSeconds: number; readonly atMs: number } | null;
  /** A card stands where the source would be, for whatever reason, or nothing comes at all. */
  readonly isAway: boolean;
  /** Null before the first word. */
  readonly show: ToldShow | null;
}

/** Where the show stands in its life. Times in ms since 1970. */
export interface ToldShow {
  readonly state: StreamAnswer["state"];
  /** Empty where there is none. */
  readonly description: string;
  readonly startsAtMs: number | null;
  readonly backAtMs: number | null;
}

export const NOTHING_TOLD: Told = {
  ladder: [],
  choice: null,
  watching: 0,
  motionScore: null,
  budget: null,
  dvr: null,
  isAway: false,
  show: null,
};

/** What is known after one more event. Events this page has no use for change nothing. */
export function hearEvent(told: Told, event: ServerEvent, nowMs: number): Told {
  switch (event.type) {
    case "state": {
      const { ladder, viewers, motion, budget, dvrSeconds, uptimeSeconds, state } = event.stream;
      const isAway = state === "card" || state === "paused" || state === "stalled";
      const choice = event.viewer === undefined ? told.choice : choiceIn(event.viewer);
      const dvr = { seconds: dvrSeconds, showSeconds: uptimeSeconds, atMs: nowMs };
      return {
        ladder,
        choice,
        watching: viewers.total,
        motionScore: motion?.score ?? null,
        budget,
        dvr,
        isAway,
        show: readShow(event.stream),
      };
    }
    case "choice":
      return { ...told, choice: choiceIn(event) };
    case "motion":
      return { ...told, motionScore: event.score };
    case "budget":
      return { ...told, budget: { uplink: event.uplink, spendable: event.spendable, spent: event.spent } };
    case "viewers":
      return { ...told, watching: event.total };
    default:
      return told;
  }
}

/** The connection is lost: the ladder, the past and the show stay what they were, all else may have changed. */
export function forget({ ladder, dvr, show }: Told): Told {
  return { ...NOTHING_TOLD, ladder, dvr, show };
}

export function readShow(
  { state, description, startsAt, backAt }: Pick<StreamAnswer, "state" | "description" | "startsAt" | "backAt">,
): ToldShow {
  return { state, description, startsAtMs: readTime(startsAt), backAtMs: readTime(backAt) };
}

function readTime(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

/** What the viewer wishes by this event, or null where it does not say. */
export function wishIn(event: ServerEvent): Wish | null {
  const wish = event.type === "choice" ? event : event.type === "state" ? event.viewer : undefined;
  return wish === undefined ? null : { mode: wish.mode, quality: wish.quality };
}

function choiceIn({ rendition, reason, cap }: Pick<ChoiceAnswer, "rendition" | "reason" | "cap">): Choice | null {
  return rendition === null || reason === null ? null : { rendition, reason, cap };
}
