/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";
import { extentOf } from "./levels.ts";

export interface Meter {
  readonly element: HTMLElement;
  show(peak: number): void;
}

/** A bar as long as it is loud. For the eye alone: read out, it would never be silent. */
export function createMeter(): Meter {
  const element = make("span", { class: "meter", "aria-hidden": "true" });
  const bar = make("span", { class: "meter-bar" });
  element.append(bar);
  return {
    element,
    show(peak) {
      bar.style.transform = `scaleX(${extentOf(peak).toFixed(3)})`;
      element.dataset["loud"] = String(peak > 1);
    },
  };
}
