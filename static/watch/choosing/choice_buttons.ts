/// <reference lib="dom" />
import type { Mode, Quality, Wish } from "../../../media/audience/viewer.ts";
import { make } from "../../shared/controls/make.ts";
import { showText } from "../../shared/controls/show.ts";
import { onLanguage, words } from "../../shared/words/words.ts";

/** What the buttons, the line and the meter show. */
export interface ChoiceView {
  readonly wish: Wish;
  readonly line: string | null;
  /** 1 to 100; null for no meter. */
  readonly motionScore: number | null;
}

/** Makes the two groups of buttons, the line and the meter of motion in `place`. Returns the function that shows how things stand. */
export function createChoiceButtons(
  place: HTMLElement,
  press: { quality(quality: Quality): void; mode(mode: Mode): void },
): (view: ChoiceView) => void {
  const line = make("p", { id: "choice-line", class: "choice-line" });
  const hint = make("span", { id: "motion-chooses", hidden: "" });
  const { meter, setScore } = makeMeter();
  const qualities = makeGroup<Quality>(["auto", "hq", "mq", "lq"], (name) => press.quality(name));
  const modes = makeGroup<Mode>(["home", "gaming"], (name) => press.mode(name));
  qualities.group.setAttribute("aria-describedby", line.id);
  place.replaceChildren(line, meter, hint, qualities.group, modes.group);
  let shown: ChoiceView | null = null;

  function show(view: ChoiceView): void {
    shown = view;
    const { wish, line: text, motionScore } = view;
    const isGaming = wish.mode === "gaming";
    for (const [name, button] of modes.buttons) button.setAttribute("aria-pressed", String(name === wish.mode));
    for (const [name, button] of qualities.buttons) {
      button.setAttribute("aria-pressed", String(!isGaming && name === wish.quality));
      // Not `disabled`: that could not be reached by keyboard, nor say by touch why.
      button.setAttribute("aria-disabled", String(isGaming));
      button.title = isGaming ? words().choice.motionChooses : "";
      if (isGaming) button.setAttribute("aria-describedby", hint.id);
      else button.removeAttribute("aria-describedby");
    }
    showText(line, text);
    meter.hidden = !isGaming || motionScore === null;
    if (motionScore !== null) setScore(motionScore);
  }

  onLanguage(() => {
    const { choice } = words();
    hint.textContent = choice.motionChooses;
    qualities.group.setAttribute("aria-label", choice.quality);
    modes.group.setAttribute("aria-label", choice.mode);
    for (const [name, button] of qualities.buttons) button.textContent = choice.qualities[name];
    for (const [name, button] of modes.buttons) {
      button.textContent = choice.modes[name];
      button.title = choice.modeHints[name];
    }
    if (shown !== null) show(shown);
  });
  return show;
}

function makeGroup<Name extends string>(
  names: readonly Name[],
  press: (name: Name) => void,
): { group: HTMLElement; buttons: readonly (readonly [Name, HTMLButtonElement])[] } {
  const group = make("div", { class: "group", role: "group" });
  const buttons = names.map((name) => {
    const button = make("button", { class: "choice", type: "button" });
    button.addEventListener("click", () => press(name));
    group.append(button);
    return [name, button] as const;
  });
  return { group, buttons };
}

function makeMeter(): { meter: HTMLElement; setScore(score: number): void } {
  const bar = make("span", { class: "meter-bar", role: "meter", "aria-valuemin": "1", "aria-valuemax": "100" });
  bar.append(make("span", { class: "meter-fill" }));
  const label = make("span", { "aria-hidden": "true" });
  const value = make("span", { class: "meter-value", "aria-hidden": "true" });
  const meter = make("span", { class: "meter" });
  meter.append(label, bar, value);
  onLanguage(() => {
    const { motion, motionSteps } = words().choice;
    label.textContent = motion;
    bar.setAttribute("aria-label", motion);
    meter.title = motionSteps;
  });
  return {
    meter,
    setScore(score) {
      const rounded = String(Math.round(score));
      if (value.textContent === rounded) return;
      value.textContent = rounded;
      bar.setAttribute("aria-valuenow", rounded);
      bar.style.setProperty("--score", rounded);
    },
  };
}
