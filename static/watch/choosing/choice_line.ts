import type { RenditionName } from "../../../media/hls/rendition.ts";
import type { Choice, Told } from "./told.ts";
import { words } from "../../shared/words/words.ts";

/** The size of the decoded picture in pixels; 0 by 0 before there is one. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** The line beside the buttons: what is on screen, and why; null without a picture. */
export function sayChoice(told: Told, size: PictureSize): string | null {
  if (size.height === 0) return null;
  const shown = findRendition(told, size);
  if (shown === null) return words().choice.lines(Math.min(size.width, size.height));
  const name = words().choice.qualities[shown];
  return told.choice === null ? name : words().choice.shown(name, sayWhy(told.choice, shown, told));
}

/** The rendition on screen by the picture's size. Where several have that size (`--ladder even`) the server's word must do. */
export function findRendition({ ladder, choice }: Told, size: PictureSize): RenditionName | null {
  const fitting = ladder.filter(({ width, height }) => width === size.width && height === size.height);
  if (fitting.length === 1) return fitting[0]!.name;
  return fitting.find(({ name }) => name === choice?.rendition)?.name ?? null;
}

function sayWhy({ rendition, reason, cap }: Choice, shown: RenditionName, { ladder, watching }: Told): string {
  if (reason === "auto") {
    // The player is as high as the uplink lets it, so that is what holds it there.
    const isHeld = shown === cap && cap !== ladder[0]?.name;
    return isHeld ? words().choice.uplinkFull(watching) : words().choice.reasons.auto;
  }
  // The player still has a second or so of what was chosen before.
  if (rendition !== shown) return words().choice.isComing(words().choice.qualities[rendition]);
  if (reason === "motion") return words().choice.moves[rendition];
  return reason === "budget" ? words().choice.uplinkFull(watching) : words().choice.reasons[reason];
}
