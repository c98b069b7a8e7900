/// <reference lib="dom" />
import type { LogoAnswer } from "../../../routes/studio/schemas.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { studioWords } from "../words/words.ts";
import { fillCorners, readCorner } from "./corners.ts";
import { createWish } from "./wish.ts";

/** The server gives no logo back: one of before cannot be moved from here. */
type Given = File | "of_before" | null;

/** A picture in a corner over the whole show: given, moved, taken away. */
export interface Logo {
  look(): Promise<void>;
  /** Writes all anew: the language may be another. */
  say(): void;
}

export interface LogoElements {
  readonly label: HTMLElement;
  readonly file: HTMLInputElement;
  readonly give: HTMLButtonElement;
  readonly remove: HTMLButtonElement;
  readonly cornerLabel: HTMLElement;
  readonly corner: HTMLSelectElement;
}

/** `say` takes a sentence for the streamer, null for none. */
export function createLogo({ elements, api, say }: {
  readonly elements: LogoElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
}): Logo {
  const { file, give, remove, corner } = elements;
  const wish = createWish<{ readonly png: Given }>({
    send: ({ png }) =>
      png instanceof File ? api.send("PUT", `api/studio/logo?corner=${readCorner(corner)}`, png) : api.send("DELETE", "api/studio/logo"),
    onChange: mark,
    onAnswer: (outcome) => say(explain(outcome)),
    now: () => performance.now(),
  });
  give.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    const [chosen] = file.files ?? [];
    if (chosen === undefined) return;
    // The same file may be chosen again.
    file.value = "";
    void wish.set({ png: chosen });
  });
  corner.addEventListener("change", () => {
    if (wish.value?.png instanceof File) void wish.set(wish.value);
  });
  remove.addEventListener("click", () => void wish.set({ png: null }));

  function mark(): void {
    const isThere = (wish.value?.png ?? null) !== null;
    remove.hidden = !isThere;
    give.textContent = isThere ? studioWords().air.logoOther : studioWords().air.logoGive;
  }

  return {
    async look() {
      const askedAtMs = performance.now();
      const outcome = await api.get<LogoAnswer>("api/studio/logo");
      if (outcome.kind !== "answer") return;
      wish.learn({ png: outcome.value.logo && (wish.value?.png ?? "of_before") }, askedAtMs);
      mark();
    },
    say() {
      const { air } = studioWords();
      elements.label.textContent = air.logo;
      elements.cornerLabel.textContent = air.logoCorner;
      remove.textContent = air.logoRemove;
      fillCorners(corner, "top_right");
      mark();
    },
  };
}
