/// <reference lib="dom" />
import { make } from "../shared/controls/make.ts";

/** A row of buttons, of which one is on. */
export interface Options<Value> {
  /** Null: none is on. */
  mark(on: Value | null): void;
  /** Writes the names: the language may be another. */
  say(nameOf: (value: Value) => string): void;
}

export function createOptions<Value extends string>(
  group: HTMLElement,
  values: readonly Value[],
  press: (value: Value) => void,
): Options<Value> {
  const buttons = values.map((value) => {
    const button = make("button", { class: "option", type: "button" });
    button.addEventListener("click", () => press(value));
    group.append(button);
    return [value, button] as const;
  });
  return {
    mark(on) {
      for (const [value, button] of buttons) button.setAttribute("aria-pressed", String(value === on));
    },
    say(nameOf) {
      for (const [value, button] of buttons) button.textContent = nameOf(value);
    },
  };
}
