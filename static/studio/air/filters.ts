/// <reference lib="dom" />
import type { FilterAnswer } from "../../../routes/studio/schemas.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { createOptions } from "../options.ts";
import { studioWords } from "../words/words.ts";
import { createWish } from "./wish.ts";

type Filter = FilterAnswer["filter"];
const FILTERS: readonly Filter[] = ["none", "grey", "sepia", "mirror", "blur", "vivid", "vignette"];

/** What is laid over the whole show: a row of buttons, the one that is on marked. */
export interface Filters {
  look(): Promise<void>;
  /** Writes all anew: the language may be another. */
  say(): void;
}

/** `say` takes a sentence for the streamer, null for none. */
export function createFilters({ group, label, api, say }: {
  readonly group: HTMLElement;
  readonly label: HTMLElement;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
}): Filters {
  const wish = createWish<Filter>({
    send: (filter) => api.send("PUT", "api/studio/filter", { filter }),
    onChange: mark,
    onAnswer: (outcome) => say(explain(outcome)),
    now: () => performance.now(),
  });
  const options = createOptions(group, FILTERS, (filter) => void wish.set(filter));

  function mark(): void {
    options.mark(wish.value);
  }

  return {
    async look() {
      const askedAtMs = performance.now();
      const outcome = await api.get<FilterAnswer>("api/studio/filter");
      if (outcome.kind !== "answer") return;
      wish.learn(outcome.value.filter, askedAtMs);
      mark();
    },
    say() {
      const { air } = studioWords();
      label.textContent = air.filter;
      options.say((filter) => air.filters[filter]);
      mark();
    },
  };
}
