/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";
import { showText, writeText } from "../../shared/controls/show.ts";
import { language, words } from "../../shared/words/words.ts";
import type { ToldShow } from "../choosing/told.ts";
import { sayTime } from "../past/time_shift.ts";

/** What stands in place of the picture while no show is on. To be called a few times a second; null takes it away. */
export type ShowStandby = (show: ToldShow | null) => void;

/** A show that is further away is not counted down to. */
const COUNTED_MS = 24 * 3600 * 1000;

/** Whether there is nothing to play. */
export function isOffAir(show: Pick<ToldShow, "state"> | null): boolean {
  return show?.state === "waiting" || show?.state === "ended";
}

export function createStandby(place: HTMLElement): ShowStandby {
  // Once each: a reader is told of the state, not of every second.
  const state = make("p", { class: "standby-state", role: "status" });
  const description = make("p", { class: "standby-description" });
  const when = make("p", { class: "standby-when" });
  const left = make("p", { class: "standby-left", role: "timer" });
  place.append(state, description, when, left);

  return (show) => {
    if (show === null) {
      place.hidden = true;
      return writeText(state, "");
    }
    place.hidden = false;
    const { standby } = words();
    const hasEnded = show.state === "ended";
    writeText(state, hasEnded ? standby.ended : standby.waiting);
    showText(description, hasEnded ? standby.thanks : show.description || null);
    const leftMs = show.startsAtMs === null ? null : show.startsAtMs - Date.now();
    showText(when, show.startsAtMs === null ? null : standby.startsAt(sayDate(show.startsAtMs)));
    showText(left, leftMs === null || leftMs > COUNTED_MS ? null : leftMs <= 0 ? standby.anyMoment : sayTime(leftMs / 1000));
  };
}

function sayDate(ms: number): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: "full", timeStyle: "short" }).format(ms);
}
