/// <reference lib="dom" />
import type { ModeratorAnswer } from "../../../routes/studio/moderators.ts";
import { copyText } from "../../shared/controls/copy_text.ts";
import { make } from "../../shared/controls/make.ts";
import { showText, writeText } from "../../shared/controls/show.ts";
import { language } from "../../shared/words/words.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { labelButton } from "../label_button.ts";
import { pressTwice } from "../press_twice.ts";
import { createRows, type Row } from "../rows.ts";
import { sayClock } from "../say_clock.ts";
import { studioWords } from "../words/words.ts";

export interface ModeratorsElements {
  readonly heading: HTMLElement;
  readonly hint: HTMLElement;
  readonly form: HTMLFormElement;
  readonly nameLabel: HTMLElement;
  readonly name: HTMLInputElement;
  readonly spanLabel: HTMLElement;
  readonly span: HTMLSelectElement;
  readonly make: HTMLButtonElement;
  readonly none: HTMLElement;
  readonly list: HTMLElement;
}

const PATH = "api/studio/moderators";
const COPIED_MS = 1500;
const HOUR_SECONDS = 3600;
const SPANS = { evening: 6 * HOUR_SECONDS, day: 24 * HOUR_SECONDS, week: 7 * 24 * HOUR_SECONDS, month: 30 * 24 * HOUR_SECONDS } as const;
type Span = keyof typeof SPANS;

/** Links that let people keep order in the chat until they end. */
export function createModerators(o: {
  readonly elements: ModeratorsElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
}): { look(): Promise<void>; say(): void } {
  const { elements, api } = o;
  let moderators: readonly ModeratorAnswer[] = [];
  const options = (Object.keys(SPANS) as Span[]).map((span) => [span, make("option", { value: span })] as const);
  elements.span.append(...options.map(([, option]) => option));
  const showRows = createRows<ModeratorAnswer>(elements.list, { keyOf: ({ id }) => id, makeRow });

  async function look(): Promise<void> {
    const outcome = await api.get<{ moderators: readonly ModeratorAnswer[] }>(PATH);
    if (outcome.kind !== "answer") return;
    ({ moderators } = outcome.value);
    say();
  }

  function makeRow(first: ModeratorAnswer): Row<ModeratorAnswer> {
    const element = make("li", { class: "key" });
    const text = make("div", { class: "grow" });
    const name = make("strong", { class: "key-name" }, first.name);
    const end = make("span", { class: "key-state" });
    const copy = make("button", { class: "quiet", type: "button" });
    const withdraw = make("button", { class: "quiet danger", type: "button" });
    let isCopied = false;
    text.append(name, end);
    element.append(text, copy, withdraw);
    copy.addEventListener("click", async () => {
      if (!await copyText(first.link)) return;
      isCopied = true;
      say();
      setTimeout(() => {
        isCopied = false;
        say();
      }, COPIED_MS);
    });
    pressTwice(withdraw, () => ({ plain: studioWords().keys.withdraw, sure: studioWords().keys.sure }), async () => {
      o.say(explain(await api.send("DELETE", `${PATH}/${encodeURIComponent(first.id)}`)));
      await look();
    });
    return {
      element,
      update({ endsAt }) {
        const { moderators: said, keys } = studioWords();
        writeText(end, said.until(`${new Date(endsAt).toLocaleDateString(language())} ${sayClock(endsAt)}`));
        labelButton(copy, isCopied ? keys.copied : said.copy, said.copyName(first.name));
        const isSure = withdraw.dataset["sure"] !== undefined;
        if (!isSure) writeText(withdraw, keys.withdraw);
        withdraw.setAttribute("aria-label", isSure ? keys.sure : said.withdrawName(first.name));
      },
    };
  }

  function say(): void {
    const { moderators: said } = studioWords();
    writeText(elements.heading, said.heading);
    writeText(elements.hint, said.hint);
    writeText(elements.nameLabel, said.name);
    writeText(elements.spanLabel, said.span);
    writeText(elements.make, said.make);
    for (const [span, option] of options) writeText(option, said.spans[span]);
    showText(elements.none, moderators.length === 0 ? said.none : null);
    showRows(moderators);
  }

  elements.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const seconds = SPANS[elements.span.value as Span];
    const outcome = await api.send<ModeratorAnswer>("POST", PATH, { name: elements.name.value.trim(), seconds });
    o.say(explain(outcome, studioWords().moderators.problems));
    if (outcome.kind === "answer") elements.name.value = "";
    await look();
  });
  return { look, say };
}
