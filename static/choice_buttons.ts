/// <reference lib="dom" />
import type { Mode, Quality, Wish } from "../media/audience/viewer.ts";
import { showText } from "./view.ts";
import { WORDS } from "./words.ts";

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
  const hint = make("span", { id: "motion-chooses", hidden: "" }, WORDS.motionChooses);
  const { meter, setScore } = makeMeter();
  const qualities = makeGroup(WORDS.quality, WORDS.qualities, (name) => press.quality(name));
  const modes = makeGroup(WORDS.mode, WORDS.modes, (name) => press.mode(name));
  qualities.group.setAttribute("aria-describedby", line.id);
  for (const [name, button] of modes.buttons) button.title = WORDS.modeHints[name];
  place.replaceChildren(line, meter, hint, qualities.group, modes.group);

  return ({ wish, line: text, motionScore }) => {
    const isGaming = wish.mode === "gaming";
    for (const [name, button] of modes.buttons) button.setAttribute("aria-pressed", String(name === wish.mode));
    for (const [name, button] of qualities.buttons) {
      button.setAttribute("aria-pressed", String(!isGaming && name === wish.quality));
      // Not `disabled`: that could not be reached by keyboard, nor say by touch why.
      button.setAttribute("aria-disabled", String(isGaming));
      button.title = isGaming ? WORDS.motionChooses : "";
      if (isGaming) button.setAttribute("aria-describedby", hint.id);
      else button.removeAttribute("aria-describedby");
    }
    showText(line, text);
    meter.hidden = !isGaming || motionScore === null;
    if (motionScore !== null) setScore(motionScore);
  };
}

function makeGroup<Name extends string>(
  label: string,
  names: Readonly<Record<Name, string>>,
  press: (name: Name) => void,
): { group: HTMLElement; buttons: readonly (readonly [Name, HTMLButtonElement])[] } {
  const group = make("div", { class: "group", role: "group", "aria-label": label });
  const buttons = (Object.keys(names) as Name[]).map((name) => {
    const button = make("button", { class: "choice", type: "button" }, names[name]);
    button.addEventListener("click", () => press(name));
    group.append(button);
    return [name, button] as const;
  });
  return { group, buttons };
}

function makeMeter(): { meter: HTMLElement; setScore(score: number): void } {
  const bar = make("span", { class: "meter-bar", role: "meter", "aria-label": WORDS.motion, "aria-valuemin": "1", "aria-valuemax": "100" });
  bar.append(make("span", { class: "meter-fill" }));
  const value = make("span", { class: "meter-value", "aria-hidden": "true" });
  const meter = make("span", { class: "meter", title: WORDS.motionSteps });
  meter.append(make("span", { "aria-hidden": "true" }, WORDS.motion), bar, value);
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

function make<Name extends "p" | "span" | "div" | "button">(name: Name, attributes: Readonly<Record<string, string>>, text = "") {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}
