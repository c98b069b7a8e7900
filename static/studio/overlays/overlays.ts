/// <reference lib="dom" />
import type { OverlayAnswer } from "../../../routes/overlay/schemas.ts";
import { copyText } from "../../shared/controls/copy_text.ts";
import { make } from "../../shared/controls/make.ts";
import { writeText } from "../../shared/controls/show.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { labelButton } from "../label_button.ts";
import { pressTwice } from "../press_twice.ts";
import { studioWords } from "../words/words.ts";

export interface OverlaysElements {
  readonly heading: HTMLElement;
  readonly hint: HTMLElement;
  readonly reveal: HTMLButtonElement;
  readonly renew: HTMLButtonElement;
  readonly list: HTMLElement;
}

export type OverlayName = "chat" | "donations";

const PATH = "api/studio/overlay";
const COPIED_MS = 1500;

/** The addresses of what can lie over OBS's picture. They stand on the page only when somebody wants to see them: it may be on air itself. */
export function createOverlays(o: {
  readonly elements: OverlaysElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
  /** Those that this show has. */
  readonly names: readonly OverlayName[];
}): { say(): void } {
  const { elements, api } = o;
  let token: string | null = null;
  const rows = o.names.map(makeRow);
  elements.list.append(...rows.map(({ element }) => element));

  function makeRow(name: OverlayName) {
    const element = make("li", { class: "key" });
    const title = make("strong", { class: "key-name" });
    const address = make("code", {});
    const text = make("div", { class: "grow key-row" });
    const copy = make("button", { class: "quiet", type: "button" });
    const label = make("div", { class: "grow" });
    label.append(title, text);
    text.append(address);
    element.append(label, copy);
    let isCopied = false;
    copy.addEventListener("click", async () => {
      if (token === null || !await copyText(addressOf(name))) return;
      isCopied = true;
      say();
      setTimeout(() => {
        isCopied = false;
        say();
      }, COPIED_MS);
    });
    return {
      element,
      say() {
        const { overlays, keys } = studioWords();
        writeText(title, overlays.names[name]);
        writeText(address, token === null ? "" : addressOf(name));
        labelButton(copy, isCopied ? keys.copied : keys.copy, overlays.copyName(overlays.names[name]));
      },
    };
  }

  function addressOf(name: OverlayName): string {
    return new URL(`overlay/${name}#${token}`, document.baseURI).href;
  }

  async function read(method: "GET" | "POST"): Promise<void> {
    const outcome = method === "GET" ? await api.get<OverlayAnswer>(PATH) : await api.send<OverlayAnswer>("POST", `${PATH}/renew`, {});
    o.say(explain(outcome));
    if (outcome.kind === "answer") ({ token } = outcome.value);
    say();
  }

  function say(): void {
    const { overlays } = studioWords();
    writeText(elements.heading, overlays.heading);
    writeText(elements.hint, overlays.hint);
    writeText(elements.reveal, token === null ? overlays.reveal : overlays.hide);
    elements.reveal.setAttribute("aria-expanded", String(token !== null));
    elements.renew.hidden = elements.list.hidden = token === null;
    if (elements.renew.dataset["sure"] === undefined) writeText(elements.renew, overlays.renew);
    for (const row of rows) row.say();
  }

  elements.reveal.addEventListener("click", () => {
    if (token === null) return void read("GET");
    token = null;
    say();
  });
  pressTwice(
    elements.renew,
    () => ({ plain: studioWords().overlays.renew, sure: studioWords().overlays.renewSure }),
    () => void read("POST"),
  );
  return { say };
}
