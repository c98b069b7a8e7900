/// <reference lib="dom" />
import type { GoalAnswer } from "../../../routes/donations/schemas.ts";
import { sayAmount } from "../say_amount.ts";
import { language, words } from "../words/words.ts";
import { make } from "./make.ts";
import { writeText } from "./show.ts";

/** What the streamer collects for, with a bar of how far it is; hidden without a goal. */
export function createGoalBar(): {
  readonly element: HTMLElement;
  show(goal: GoalAnswer | null): void;
  /** Writes the words: the language may be another. */
  say(): void;
} {
  const element = make("div", { class: "goal", hidden: "" });
  const name = make("span", { class: "goal-name" });
  const sum = make("span", { class: "goal-sum" });
  const text = make("p", { class: "goal-words" });
  const track = make("div", { class: "goal-track", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
  const done = make("div", { class: "goal-done" });
  text.append(name, sum);
  track.append(done);
  element.append(text, track);
  let shown: GoalAnswer | null = null;

  function say(): void {
    element.hidden = shown === null;
    if (shown === null) return;
    const { donate } = words();
    const amount = (text: string) => sayAmount(text, shown!.currency, language());
    writeText(name, shown.name || donate.goal);
    writeText(sum, donate.goalSum(amount(shown.given), amount(shown.amount)));
    const share = Math.min(1, Number(shown.given) / Number(shown.amount));
    done.style.setProperty("--done", String(share));
    track.setAttribute("aria-valuenow", String(Math.floor(share * 100)));
    track.setAttribute("aria-valuetext", sum.textContent ?? "");
    track.setAttribute("aria-label", name.textContent ?? "");
  }

  return {
    element,
    show(goal) {
      shown = goal;
      say();
    },
    say,
  };
}
