/// <reference lib="dom" />
import type { HeldAnswer, HeldListAnswer } from "../../../routes/chat/schemas.ts";
import { make } from "../../shared/controls/make.ts";
import { showText, writeText } from "../../shared/controls/show.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { labelButton } from "../label_button.ts";
import { createRows, type Row } from "../rows.ts";
import { studioWords } from "../words/words.ts";

export interface HeldElements {
  readonly held: { readonly part: HTMLElement; readonly heading: HTMLElement; readonly list: HTMLElement };
  readonly words: {
    readonly form: HTMLFormElement;
    readonly label: HTMLElement;
    readonly words: HTMLTextAreaElement;
    readonly save: HTMLButtonElement;
    readonly hint: HTMLElement;
  };
  readonly fixed: HTMLElement;
}

/** Lines that wait for a yes, and the words for which they do. */
export function createHeld(o: {
  readonly elements: HeldElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
  /** Something was said. */
  readonly onAllowed: () => Promise<void>;
}): {
  look(): Promise<void>;
  say(): void;
  /** How many lines wait. */
  readonly count: number;
} {
  const { api, elements: { held, words, fixed } } = o;
  let told: HeldListAnswer = { held: [], words: [], fixed: [] };
  /** The words that stand in the field. */
  let filled: string | null = null;
  const showRows = createRows<HeldAnswer>(held.list, { keyOf: ({ id }) => id, makeRow });

  async function look(): Promise<void> {
    const outcome = await api.get<HeldListAnswer>("api/chat/held");
    if (outcome.kind !== "answer") return;
    told = outcome.value;
    const text = told.words.join("\n");
    // Another studio's change comes into the field, unless somebody writes there.
    if (text !== filled && document.activeElement !== words.words) words.words.value = filled = text;
    say();
  }

  function makeRow(first: HeldAnswer): Row<HeldAnswer> {
    const element = make("li", { class: "line-item" });
    const text = make("span", { class: "grow" });
    const allow = make("button", { class: "quiet", type: "button" });
    const refuse = make("button", { class: "quiet danger", type: "button" });
    text.append(make("strong", {}, first.name), ` ${first.text}`);
    element.append(text, allow, refuse);
    const path = `api/chat/held/${encodeURIComponent(first.id)}`;
    allow.addEventListener("click", () => void decide("POST", path));
    refuse.addEventListener("click", () => void decide("DELETE", path));
    return {
      element,
      update({ name }) {
        const { chat } = studioWords();
        labelButton(allow, chat.allow, chat.allowName(name));
        labelButton(refuse, chat.refuse, chat.refuseName(name));
      },
    };
  }

  async function decide(method: "POST" | "DELETE", path: string): Promise<void> {
    const outcome = await api.send(method, path);
    // Another hand was faster.
    if (outcome.kind !== "problem" || outcome.problem !== "unknown_message") o.say(explain(outcome));
    await look();
    await o.onAllowed();
  }

  function say(): void {
    const { chat } = studioWords();
    held.part.hidden = told.held.length === 0;
    writeText(held.heading, chat.held(told.held.length));
    showRows(told.held);
    writeText(words.label, chat.words);
    writeText(words.save, chat.wordsSave);
    writeText(words.hint, chat.wordsHint);
    showText(fixed, told.fixed.length === 0 ? null : chat.fixed(told.fixed.map((each) => FIXED_BY[each]).join(", ")));
  }

  words.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const list = words.words.value.split(/[\n,，、]/).map((word) => word.trim()).filter((word) => word !== "");
    words.words.blur();
    o.say(explain(await api.send("PUT", "api/chat/words", { words: list }), studioWords().chat.problems));
    await look();
  });
  return {
    look,
    say,
    get count() {
      return told.held.length;
    },
  };
}

const FIXED_BY: Readonly<Record<HeldListAnswer["fixed"][number], string>> = { slowSeconds: "--chat-slow", links: "--chat-links" };
