/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";
import { showText, writeText } from "../../shared/controls/show.ts";
import type { SourceAnswer } from "../../../routes/studio/schemas.ts";
import type { Api } from "../api.ts";
import { studioWords } from "../words/words.ts";

/** A source as it looks now, or a plain tile with its kind. For the eye alone: beside it stands what it is and how it is. */
export interface PreviewTile {
  readonly element: HTMLElement;
  update(source: Pick<SourceAnswer, "kind" | "state" | "picture">): void;
  /** Asks for a newer picture, one question at a time and only of a source that is open. */
  look(): Promise<void>;
}

/** What is older is told: it might be taken for now. */
const OLD_AFTER_MS = 3000;

export function createPreviewTile({ id, api, now }: {
  readonly id: string;
  readonly api: Pick<Api, "getPicture">;
  readonly now: () => number;
}): PreviewTile {
  const element = make("span", { class: "source-tile", "aria-hidden": "true" });
  const kind = make("span", { class: "source-kind" });
  const image = make("img", { class: "source-preview", alt: "", hidden: "" });
  const age = make("span", { class: "source-age", hidden: "" });
  element.append(kind, image, age);
  /** And has pictures. */
  let isOpen = false;
  let isAsking = false;
  /** When what is shown was taken; null where nothing is. */
  let takenAtMs: number | null = null;

  function show(picture: Blob | null): void {
    const former = image.src;
    image.hidden = picture === null;
    if (picture === null) image.removeAttribute("src");
    else image.src = URL.createObjectURL(picture);
    if (former !== "") URL.revokeObjectURL(former);
  }

  function sayAge(): void {
    const oldMs = takenAtMs === null ? 0 : now() - takenAtMs;
    showText(age, oldMs > OLD_AFTER_MS ? studioWords().air.previewAge(Math.floor(oldMs / 1000)) : null);
  }

  return {
    element,
    update(source) {
      writeText(kind, studioWords().air.kinds[source.kind]);
      isOpen = source.state === "open" && source.picture !== null;
      if (isOpen || takenAtMs === null) return;
      takenAtMs = null;
      show(null);
      sayAge();
    },
    async look() {
      if (!isOpen) return;
      sayAge();
      if (isAsking) return;
      isAsking = true;
      const outcome = await api.getPicture(`api/studio/sources/${encodeURIComponent(id)}/preview`);
      isAsking = false;
      if (outcome.kind !== "answer" || !isOpen) return;
      takenAtMs = now() - outcome.value.ageSeconds * 1000;
      show(outcome.value.picture);
      sayAge();
    },
  };
}
