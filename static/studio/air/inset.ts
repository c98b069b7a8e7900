/// <reference lib="dom" />
import { createOptions } from "../options.ts";
import { studioWords } from "../words/words.ts";
import { type Inset, INSET_CORNERS, INSET_SIZES, type InsetPlace } from "./scene.ts";

/** How scenes are shown: where an inset stands, and whether one goes over into the other. */
export interface SceneManner {
  /** Of the inset that is on, or of the next one. */
  readonly place: InsetPlace;
  readonly fadeSeconds: number;
  show(inset: Inset | null): void;
  /** Writes all anew: the language may be another. */
  say(): void;
}

export interface MannerElements {
  readonly sizes: HTMLElement;
  readonly corners: HTMLElement;
  readonly sizesLabel: HTMLElement;
  readonly cornersLabel: HTMLElement;
  readonly fade: HTMLInputElement;
  readonly fadeLabel: HTMLElement;
}

const FADE_SECONDS = 0.3;

/** `onPlace`: another place was chosen. */
export function createSceneManner({ elements, onPlace }: {
  readonly elements: MannerElements;
  readonly onPlace: (place: InsetPlace) => void;
}): SceneManner {
  let place: InsetPlace = { size: "1/4", corner: "bottom_right" };
  const sizes = createOptions(elements.sizes, INSET_SIZES, (size) => choose({ ...place, size }));
  const corners = createOptions(elements.corners, INSET_CORNERS, (corner) => choose({ ...place, corner }));

  function choose(next: InsetPlace): void {
    place = next;
    mark();
    onPlace(next);
  }

  function mark(): void {
    sizes.mark(place.size);
    corners.mark(place.corner);
  }

  return {
    get place() {
      return place;
    },
    get fadeSeconds() {
      return elements.fade.checked ? FADE_SECONDS : 0;
    },
    show(inset) {
      if (inset !== null) place = { size: inset.size, corner: inset.corner };
      mark();
    },
    say() {
      const { air } = studioWords();
      elements.sizesLabel.textContent = air.insetSize;
      elements.cornersLabel.textContent = air.insetCorner;
      elements.fadeLabel.textContent = air.fade(FADE_SECONDS);
      sizes.say((size) => size);
      corners.say((corner) => air.corners[corner]);
      mark();
    },
  };
}
