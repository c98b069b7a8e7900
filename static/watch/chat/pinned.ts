/// <reference lib="dom" />
import type { ChatMessage } from "../../../routes/chat/schemas.ts";
import { make } from "../../shared/controls/make.ts";
import { words } from "../../shared/words/words.ts";
import { buildText } from "./lines.ts";

/** The message that stands above all others; hidden where there is none. */
export function createPinned(): { readonly element: HTMLElement; show(message: ChatMessage | null, links: boolean): void } {
  const element = make("p", { class: "chat-pinned", hidden: "" });
  const label = make("span", { class: "chat-pinned-label" });
  let shown = "";
  return {
    element,
    show(message, links) {
      element.hidden = message === null;
      if (message === null) return;
      label.textContent = words().chat.pinned;
      const key = `${message.number} ${links}`;
      if (key === shown) return;
      shown = key;
      const who = make("bdi", { class: "chat-who" }, message.name);
      who.style.setProperty("--hue", String(message.hue));
      element.replaceChildren(label, " ", who, ": ", buildText(message.text, links));
    },
  };
}
