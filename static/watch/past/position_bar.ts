/// <reference lib="dom" />
import { sayTime } from "./time_shift.ts";
import { words } from "../../shared/words/words.ts";

/** Where the picture stands. Seconds. */
export interface PositionView {
  readonly isLive: boolean;
  readonly behindSeconds: number;
  readonly reachSeconds: number;
}

/** The time range, its right end the live edge. `seekTo` hears how far behind the edge the viewer wants to be. Returns the function that shows where the picture stands. */
export function createPositionBar(range: HTMLInputElement, seekTo: (behindSeconds: number) => void): (view: PositionView) => void {
  // While the viewer drags, the bar is the viewer's.
  let isHeld = false;
  range.addEventListener("input", () => {
    isHeld = true;
    paint(-Number(range.value), Number(range.value) === 0);
  });
  range.addEventListener("change", () => {
    isHeld = false;
    seekTo(-Number(range.value));
  });

  function paint(behindSeconds: number, isLive: boolean): void {
    const { player } = words();
    const reachSeconds = -Number(range.min);
    range.style.setProperty("--at", `${100 * (1 - Math.min(1, behindSeconds / reachSeconds))}%`);
    const text = isLive ? player.atLive : player.behind(sayTime(behindSeconds));
    if (range.getAttribute("aria-valuetext") === text) return;
    range.setAttribute("aria-label", player.position);
    range.setAttribute("aria-valuetext", text);
    range.title = text;
  }

  return ({ isLive, behindSeconds, reachSeconds }) => {
    if (isHeld) return;
    range.min = String(-Math.max(1, Math.round(reachSeconds)));
    const shownSeconds = isLive ? 0 : behindSeconds;
    range.value = String(-shownSeconds);
    paint(shownSeconds, isLive);
  };
}
