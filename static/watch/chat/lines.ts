/// <reference lib="dom" />
import type { Badge, ChatMessage } from "../../../routes/chat/schemas.ts";
import { make } from "../../shared/controls/make.ts";
import { words } from "../../shared/words/words.ts";
import { findLinks } from "./links.ts";
import type { Unsent } from "./outbox.ts";

/** What stands in the chat's log: messages, and beneath them our own that are on their way. */
export interface Shown {
  readonly messages: readonly ChatMessage[];
  readonly unsent: readonly Unsent[];
  readonly links: boolean;
}

const SIGNS: Readonly<Record<Badge, string>> = { streamer: "★", moderator: "◆", donor: "♥" };

/** Keeps the elements in `place` to what is to be shown; a message keeps its element, its own sender's from the moment of sending. Texts are text, whatever stands in them. */
export function createLines(place: HTMLElement): (shown: Shown) => void {
  const elements = new Map<string, HTMLElement>();
  const own = new Set<string>();
  let areLinks = false;

  function elementOf(id: string, build: () => HTMLElement): HTMLElement {
    const known = elements.get(id);
    if (known !== undefined) return known;
    const element = build();
    elements.set(id, element);
    return element;
  }

  return ({ messages, unsent, links }) => {
    if (links !== areLinks) elements.clear();
    areLinks = links;
    for (const { key } of unsent) own.add(key);
    const wanted = new Map<string, HTMLElement>();
    for (const message of messages) {
      const id = own.has(message.key) ? message.key : String(message.number);
      const element = elementOf(id, () => buildLine(message.name, message.text, links));
      confirm(element, message);
      wanted.set(id, element);
    }
    for (const { key, name, text } of unsent) {
      if (!wanted.has(key)) wanted.set(key, elementOf(key, () => buildLine(name, text, links)));
    }
    for (const [id, element] of elements) {
      if (wanted.has(id)) continue;
      element.remove();
      elements.delete(id);
    }
    let next = place.firstElementChild;
    for (const element of wanted.values()) {
      if (element === next) next = next.nextElementSibling;
      else place.insertBefore(element, next);
    }
    while (next !== null) {
      const gone = next;
      next = next.nextElementSibling;
      gone.remove();
    }
  };
}

function buildLine(name: string, text: string, links: boolean): HTMLElement {
  const line = make("div", { class: "chat-line", "data-sent": "false" });
  line.append(make("bdi", { class: "chat-who" }, name), ": ", buildText(text, links));
  return line;
}

/** What somebody has said, with its addresses as links where they may be. */
export function buildText(text: string, links: boolean): HTMLElement {
  const said = make("bdi", { class: "chat-text" });
  if (links) said.append(...findLinks(text).map(({ text, href }) => href === null ? text : make("a", { ...LINK, href }, text)));
  else said.textContent = text;
  return said;
}

/** Nobody learns from where one came, and search engines nothing at all. */
const LINK = { target: "_blank", rel: "noopener noreferrer nofollow ugc" };

function confirm(line: HTMLElement, { number, name, text, at, hue, badge }: ChatMessage): void {
  if (line.dataset["number"] === String(number)) return;
  line.dataset["number"] = String(number);
  line.dataset["sent"] = "true";
  line.title = new Date(at).toLocaleTimeString();
  line.style.setProperty("--hue", String(hue));
  // The server has made single spaces of many, and one spelling of several.
  setText(line.querySelector(".chat-who"), name);
  if (line.querySelector("a") === null) setText(line.querySelector(".chat-text"), text);
  line.querySelector(".chat-badge")?.remove();
  if (badge === null) return;
  const meaning = words().chat.badges[badge];
  line.prepend(make("span", { class: `chat-badge ${badge}`, role: "img", "aria-label": meaning, title: meaning }, SIGNS[badge]));
}

function setText(element: Element | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}
