/// <reference lib="dom" />
import type { PublisherAnswer } from "../../../routes/publishers/schemas.ts";
import { copyText } from "../../shared/controls/copy_text.ts";
import { make } from "../../shared/controls/make.ts";
import { showText } from "../../shared/controls/show.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { labelButton } from "../label_button.ts";
import { pressTwice } from "../press_twice.ts";
import { createRows, type Row } from "../rows.ts";
import { studioWords } from "../words/words.ts";

export interface KeysElements {
  readonly heading: HTMLElement;
  readonly hint: HTMLElement;
  readonly form: HTMLFormElement;
  readonly nameLabel: HTMLElement;
  readonly name: HTMLInputElement;
  readonly make: HTMLButtonElement;
  readonly shown: HTMLElement;
  readonly shownText: HTMLElement;
  readonly shownKey: HTMLElement;
  readonly copy: HTMLButtonElement;
  readonly none: HTMLElement;
  readonly list: HTMLElement;
}

const PATH = "api/studio/publishers";
const COPIED_MS = 1500;

/** The keys of publishers. A key's text stands on this page once, where it was made. */
export function createKeys(o: {
  readonly elements: KeysElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
}): { look(): Promise<void>; say(): void } {
  const { elements, api } = o;
  let publishers: readonly PublisherAnswer[] = [];
  let shown: { readonly name: string; readonly key: string } | null = null;
  const showRows = createRows<PublisherAnswer>(elements.list, { keyOf: ({ id }) => id, makeRow });

  async function look(): Promise<void> {
    const outcome = await api.get<{ publishers: readonly PublisherAnswer[] }>(PATH);
    if (outcome.kind !== "answer") return;
    ({ publishers } = outcome.value);
    say();
  }

  /** Makes a key, or shows one that nobody has seen. */
  async function show(path: string, body?: object): Promise<void> {
    const outcome = await api.send<{ name: string; key: string }>("POST", path, body);
    o.say(explain(outcome, studioWords().keys.problems));
    if (outcome.kind !== "answer") return;
    shown = outcome.value;
    elements.name.value = "";
    await look();
  }

  async function act(method: "PATCH" | "DELETE", id: string, body?: object): Promise<void> {
    o.say(explain(await api.send(method, `${PATH}/${encodeURIComponent(id)}`, body), studioWords().keys.problems));
    await look();
  }

  function makeRow(first: PublisherAnswer): Row<PublisherAnswer> {
    let publisher = first;
    const element = make("li", { class: "key" });
    const title = make("strong", { class: "key-name" });
    const state = make("span", { class: "key-state" });
    const text = make("div", { class: "grow" });
    text.append(title, state);
    const form = make("form", { class: "key-rename", hidden: "" });
    const input = make("input", { class: "field", type: "text", maxlength: "40", required: "" });
    const save = make("button", { class: "quiet", type: "submit" });
    form.append(input, save);
    const reveal = make("button", { class: "quiet", type: "button" });
    const rename = make("button", { class: "quiet", type: "button" });
    const withdraw = make("button", { class: "quiet danger", type: "button" });
    element.append(text, form, reveal, rename, withdraw);
    reveal.addEventListener("click", () => void show(`${PATH}/${encodeURIComponent(publisher.id)}/reveal`));
    rename.addEventListener("click", () => {
      form.hidden = !form.hidden;
      text.hidden = !form.hidden;
      input.value = publisher.name;
      if (!form.hidden) input.select();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.hidden = true;
      text.hidden = false;
      void act("PATCH", publisher.id, { name: input.value.trim() });
      rename.focus();
    });
    pressTwice(
      withdraw,
      () => ({ plain: studioWords().keys.withdraw, sure: studioWords().keys.sure }),
      () => void act("DELETE", publisher.id),
    );

    return {
      element,
      update(next) {
        publisher = next;
        const { keys } = studioWords();
        const { name, madeAt, isUnseen, publishing } = publisher;
        title.textContent = name;
        const made = keys.madeAt(madeAt.slice(0, 10));
        state.textContent = `${publishing === null ? keys.waiting : keys.publishing} · ${made}`;
        state.dataset["publishing"] = String(publishing !== null);
        labelButton(reveal, keys.reveal, keys.revealName(name));
        reveal.hidden = !isUnseen;
        labelButton(rename, keys.rename, keys.renameName(name));
        input.setAttribute("aria-label", keys.newName(name));
        save.textContent = keys.save;
        if (withdraw.dataset["sure"] === undefined) withdraw.textContent = keys.withdraw;
        withdraw.setAttribute("aria-label", withdraw.dataset["sure"] === undefined ? keys.withdrawName(name) : keys.sure);
      },
    };
  }

  function say(): void {
    const { keys } = studioWords();
    elements.heading.textContent = keys.heading;
    elements.hint.textContent = keys.hint;
    elements.nameLabel.textContent = keys.name;
    elements.make.textContent = keys.make;
    elements.shown.hidden = shown === null;
    if (shown !== null) {
      elements.shownText.textContent = keys.made(shown.name);
      elements.shownKey.textContent = shown.key;
      elements.copy.textContent = keys.copy;
    }
    showText(elements.none, publishers.length === 0 ? keys.none : null);
    showRows(publishers);
  }

  elements.form.addEventListener("submit", (event) => {
    event.preventDefault();
    void show(PATH, { name: elements.name.value.trim() });
  });
  elements.copy.addEventListener("click", async () => {
    if (shown === null || !await copyText(shown.key)) return;
    elements.copy.textContent = studioWords().keys.copied;
    setTimeout(say, COPIED_MS);
  });
  return { look, say };
}
