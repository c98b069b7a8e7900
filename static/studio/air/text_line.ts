/// <reference lib="dom" />
import type { TextAnswer } from "../../../routes/studio/schemas.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { createOptions } from "../options.ts";
import { studioWords } from "../words/words.ts";
import { fillCorners, readCorner } from "./corners.ts";
import { createWish } from "./wish.ts";

type Line = TextAnswer["text"];
type Kind = NonNullable<Line>["kind"] | "none";
const KINDS: readonly Kind[] = ["none", "words", "clock", "countdown"];

/** What is written over the whole show: words, the time of day, a countdown. */
export interface TextLine {
  look(): Promise<void>;
  /** Writes all anew: the language may be another. */
  say(): void;
}

export interface TextLineElements {
  readonly label: HTMLElement;
  readonly kinds: HTMLElement;
  readonly wordsLabel: HTMLElement;
  readonly words: HTMLInputElement;
  readonly minutesLabel: HTMLElement;
  readonly minutes: HTMLInputElement;
  readonly cornerLabel: HTMLElement;
  readonly corner: HTMLSelectElement;
}

/** `say` takes a sentence for the streamer, null for none. */
export function createTextLine({ elements, api, say }: {
  readonly elements: TextLineElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
}): TextLine {
  const { words, minutes, corner } = elements;
  const wish = createWish<{ readonly line: Line }>({
    send: ({ line }) => line === null ? api.send("DELETE", "api/studio/text") : api.send("PUT", "api/studio/text", line),
    onChange: mark,
    onAnswer: (outcome) => say(explain(outcome)),
    now: () => performance.now(),
  });
  const kinds = createOptions(elements.kinds, KINDS, press);
  words.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && press("words"));
  minutes.addEventListener("keydown", (event) => event.key === "Enter" && press("countdown"));
  corner.addEventListener("change", () => {
    const line = wish.value?.line ?? null;
    if (line !== null) void wish.set({ line: { ...line, corner: readCorner(corner) } });
  });

  function press(kind: Kind): void {
    // What it needs and has not got is asked for.
    if (kind === "words" && words.value.trim() === "") return words.focus();
    if (kind === "countdown" && !(minutes.valueAsNumber > 0)) return minutes.focus();
    void wish.set({ line: read(kind) });
  }

  function read(kind: Kind): Line {
    const stands = { corner: readCorner(corner) };
    switch (kind) {
      case "none":
        return null;
      case "words":
        return { kind, words: words.value.trim(), ...stands };
      case "clock":
        return { kind, ...stands };
      case "countdown":
        return { kind, until: new Date(Date.now() + minutes.valueAsNumber * 60_000).toISOString(), ...stands };
    }
  }

  function mark(): void {
    const line = wish.value?.line;
    kinds.mark(line === undefined ? null : line?.kind ?? "none");
    if (line && document.activeElement !== corner) corner.value = line.corner;
    if (line?.kind === "words" && words.value === "" && document.activeElement !== words) words.value = line.words;
  }

  return {
    async look() {
      const askedAtMs = performance.now();
      const outcome = await api.get<TextAnswer>("api/studio/text");
      if (outcome.kind !== "answer") return;
      wish.learn({ line: outcome.value.text }, askedAtMs);
      mark();
    },
    say() {
      const { air } = studioWords();
      elements.label.textContent = air.text;
      elements.wordsLabel.textContent = air.textWords;
      elements.minutesLabel.textContent = air.textMinutes;
      elements.cornerLabel.textContent = air.textCorner;
      fillCorners(corner, "bottom_left");
      kinds.say((kind) => air.texts[kind]);
      mark();
    },
  };
}
