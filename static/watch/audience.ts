/// <reference lib="dom" />
import { showText } from "../shared/controls/show.ts";
import { words } from "../shared/words/words.ts";
import type { Told } from "./choosing/told.ts";
import { sayTime } from "./past/time_shift.ts";
import type { Elements } from "./view.ts";

/** How many watch, and for how long the show has been running. Returns the function that shows it; to be called a few times a second. */
export function createAudience(
  { audience, watching, running }: Pick<Elements, "audience" | "watching" | "running">,
  told: () => Pick<Told, "watching" | "dvr">,
): () => void {
  return () => {
    const { watching: count, dvr } = told();
    const { player } = words();
    const time = dvr === null ? null : sayTime(dvr.showSeconds + (Date.now() - dvr.atMs) / 1000);
    audience.hidden = count === 0 && time === null;
    showText(watching, count === 0 ? null : player.watching(count));
    showText(running, time);
    const title = time === null ? "" : player.runningFor(time);
    if (running.title !== title) running.title = title;
  };
}
