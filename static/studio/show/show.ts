/// <reference lib="dom" />
import { writeText } from "../../shared/controls/show.ts";
import type { NewShow, ShowAnswer } from "../../../routes/studio/show.ts";
import { createWish } from "../air/wish.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { pressTwice } from "../press_twice.ts";
import { studioWords } from "../words/words.ts";
import { fromLocal, toLocal } from "./local_time.ts";

/** Start, pause and end; what the show is called, and when the next one begins. */
export interface ShowPart {
  look(): Promise<void>;
  /** Writes all anew: the language may be another. */
  say(): void;
}

export interface ShowElements {
  readonly heading: HTMLElement;
  readonly state: HTMLElement;
  readonly start: HTMLButtonElement;
  readonly pause: HTMLButtonElement;
  readonly end: HTMLButtonElement;
  readonly back: HTMLElement;
  readonly backLabel: HTMLElement;
  readonly backMinutes: HTMLInputElement;
  readonly form: HTMLFormElement;
  readonly titleLabel: HTMLElement;
  readonly title: HTMLInputElement;
  readonly descriptionLabel: HTMLElement;
  readonly description: HTMLTextAreaElement;
  readonly announce: HTMLElement;
  readonly startsLabel: HTMLElement;
  readonly starts: HTMLInputElement;
  readonly byItself: HTMLInputElement;
  readonly byItselfLabel: HTMLElement;
  readonly save: HTMLButtonElement;
}

/** `say` takes a sentence for the streamer, null for none; `onChange` asks for the state anew. */
export function createShowPart({ elements, api, say, onChange }: {
  readonly elements: ShowElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
  readonly onChange: () => Promise<void>;
}): ShowPart {
  const { start, pause, end, title, description, starts, byItself, backMinutes } = elements;
  /** Something was written and not saved. */
  let isEdited = false;
  const wish = createWish<{ readonly show: ShowAnswer; readonly asked: NewShow }>({
    send: ({ asked }) => api.send("PUT", "api/studio/show", asked),
    onChange: mark,
    onAnswer(outcome) {
      say(explain(outcome, studioWords().show.problems));
      void onChange();
    },
    now: () => performance.now(),
  });

  start.addEventListener("click", () => press({ state: "on_air" }));
  pause.addEventListener("click", () => {
    const minutes = backMinutes.valueAsNumber;
    press({ state: "paused", backAt: minutes > 0 ? new Date(Date.now() + minutes * 60_000).toISOString() : null });
  });
  pressTwice(end, () => ({ plain: studioWords().show.end, sure: studioWords().show.endSure }), () => press({ state: "ended" }));
  for (const field of [title, description, starts, byItself]) field.addEventListener("input", () => isEdited = true);
  elements.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value } = wish;
    if (value === null) return;
    isEdited = false;
    const startsAt = fromLocal(starts.value);
    const mayAnnounce = value.show.state === "waiting" || (value.show.state === "ended" && startsAt !== null);
    press({
      title: title.value,
      description: description.value,
      ...(mayAnnounce ? { state: "waiting", startsAt, startsByItself: byItself.checked } : {}),
    });
  });

  function press(asked: NewShow): void {
    const before = wish.value?.show;
    if (before === undefined) return;
    say(null);
    // What ends has the closing card first.
    const state = asked.state === "ended" && before.state !== "ended" ? "ending" : asked.state ?? before.state;
    void wish.set({ show: { ...before, ...asked, state } as ShowAnswer, asked });
  }

  function mark(): void {
    const show = wish.value?.show;
    if (show === undefined) return;
    const words = studioWords().show;
    const focused = document.activeElement;
    writeText(elements.state, words.states[show.state]);
    elements.state.dataset["state"] = show.state;
    writeText(start, show.state === "paused" ? words.goOn : show.state === "ending" ? words.doNotEnd : words.start);
    start.hidden = show.state === "on_air";
    pause.hidden = elements.back.hidden = show.state !== "on_air";
    end.hidden = show.state !== "on_air" && show.state !== "paused";
    elements.announce.hidden = show.state !== "waiting" && show.state !== "ended";
    // Whoever goes by keyboard stays among them.
    if (focused instanceof HTMLButtonElement && focused.hidden) [start, pause].find((button) => !button.hidden)?.focus();
    if (isEdited || elements.form.contains(focused)) return;
    fill(title, show.title);
    fill(description, show.description);
    fill(starts, show.startsAt === null ? "" : toLocal(Date.parse(show.startsAt)));
    byItself.checked = show.startsByItself;
  }

  return {
    async look() {
      const askedAtMs = performance.now();
      const outcome = await api.get<ShowAnswer>("api/studio/show");
      if (outcome.kind !== "answer") return;
      wish.learn({ show: outcome.value, asked: {} }, askedAtMs);
      mark();
    },
    say() {
      const words = studioWords().show;
      elements.heading.textContent = words.heading;
      pause.textContent = words.pause;
      end.textContent = words.end;
      elements.backLabel.textContent = words.backMinutes;
      elements.titleLabel.textContent = words.title;
      elements.descriptionLabel.textContent = words.description;
      elements.startsLabel.textContent = words.startsAt;
      elements.byItselfLabel.textContent = words.byItself;
      elements.save.textContent = words.save;
      mark();
    },
  };
}

function fill(field: HTMLInputElement | HTMLTextAreaElement, value: string): void {
  if (field.value !== value) field.value = value;
}
