/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";
import { studioWords } from "../words/words.ts";
import { type Inset, INSET_CORNERS } from "./scene.ts";

export type Corner = Inset["corner"];

/** Writes the corners' names into a list to choose from, `first` chosen where nothing was yet. */
export function fillCorners(select: HTMLSelectElement, first: Corner): void {
  const chosen = select.value || first;
  const { corners } = studioWords().air;
  select.replaceChildren(...INSET_CORNERS.map((corner) => make("option", { value: corner }, corners[corner])));
  select.value = chosen;
}

export function readCorner({ value }: HTMLSelectElement): Corner {
  return INSET_CORNERS.find((corner) => corner === value) ?? INSET_CORNERS[0]!;
}
