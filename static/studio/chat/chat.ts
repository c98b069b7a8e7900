/// <reference lib="dom" />
import type { BanAnswer, ChatAnswer, ChatMessage, ChatRules } from "../../../routes/chat/schemas.ts";
import { make } from "../../shared/controls/make.ts";
import { showText } from "../../shared/controls/show.ts";
import { words } from "../../shared/words/words.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { pressTwice } from "../press_twice.ts";
import { labelButton } from "../label_button.ts";
import { createRows, type Row } from "../rows.ts";
import { sayClock } from "../say_clock.ts";
import { studioWords } from "../words/words.ts";
import { createHeld, type HeldElements } from "./held.ts";

export interface ChatElements extends HeldElements {
  readonly pinned: { readonly line: HTMLElement; readonly text: HTMLElement; readonly unpin: HTMLButtonElement };
  readonly heading: HTMLElement;
  readonly log: HTMLElement;
  readonly empty: HTMLElement;
  readonly form: HTMLFormElement;
  readonly name: HTMLInputElement;
  readonly text: HTMLInputElement;
  readonly send: HTMLButtonElement;
  readonly slowLabel: HTMLElement;
  readonly slow: HTMLSelectElement;
  readonly linksLabel: HTMLElement;
  readonly links: HTMLInputElement;
  readonly clear: HTMLButtonElement;
  readonly bansHeading: HTMLElement;
  readonly bans: HTMLElement;
}

const SLOW_SECONDS = [0, 5, 10, 30, 60];
const TIME_OUT_SECONDS = 600;
const MOST_LINES = 200;
const NEAR_THE_END_PX = 60;
const NAME_KEPT_AS = "tercet.studio.name";
const BANS_EVERY_LOOKS = 4;

/** The chat with a hand on every message. `viewerId` gives the viewer in whose name the streamer speaks, or null where none can be had. */
export function createChat(o: {
  readonly elements: ChatElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
  readonly viewerId: () => Promise<string | null>;
  readonly storage: Storage | null;
}): {
  look(): Promise<void>;
  say(): void;
  /** Lines that wait for a look: asked for whatever part is seen. */
  lookForHeld(): Promise<void>;
  readonly heldCount: number;
  /** Under this name from now on, unless another was kept; null for the streamer. */
  speakAs(moderator: string | null): void;
} {
  const { elements, api } = o;
  let messages: readonly ChatMessage[] = [];
  let bans: readonly BanAnswer[] = [];
  let rules: ChatRules = { slowSeconds: 0, links: true };
  let last: number | null = null;
  let pinned: ChatMessage | null = null;
  let looks = 0;
  const showRows = createRows<ChatMessage>(elements.log, { keyOf: ({ number }) => String(number), makeRow });
  const held = createHeld({ ...o, onAllowed: look });
  const showBans = createRows<BanAnswer>(elements.bans, { keyOf: ({ publicId }) => publicId, makeRow: makeBan });

  async function look(): Promise<void> {
    const outcome = await api.get<ChatAnswer>(last === null ? "api/chat" : `api/chat?after=${last}`);
    if (outcome.kind === "answer") take(outcome.value);
    await held.look();
    if (looks++ % BANS_EVERY_LOOKS === 0) await lookAtBans();
    say();
  }

  async function lookAtBans(): Promise<void> {
    const outcome = await api.get<{ bans: readonly BanAnswer[] }>("api/chat/bans");
    if (outcome.kind === "answer") ({ bans } = outcome.value);
  }

  function take(answer: ChatAnswer): void {
    const gone = new Set(answer.deleted);
    const standing = messages.filter(({ number }) => !gone.has(number) && number > answer.clearedThrough);
    const known = new Set(standing.map(({ number }) => number));
    messages = [...standing, ...answer.messages.filter(({ number }) => !known.has(number))].slice(-MOST_LINES);
    last = answer.last;
    rules = answer.rules;
    pinned = answer.pinned;
  }

  async function act(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: object): Promise<void> {
    o.say(explain(await api.send(method, path, body)));
    await lookAtBans();
    await look();
  }

  function makeRow(message: ChatMessage): Row<ChatMessage> {
    const element = make("li", { class: "message" });
    const said = make("p", { class: "message-said" });
    const who = make("strong", { class: "message-who" }, message.name);
    who.style.setProperty("--hue", String(message.hue));
    const badge = make("span", { class: "message-badge" });
    said.append(who, badge, make("span", {}, message.text));
    const hands = make("div", { class: "message-hands" });
    const remove = make("button", { class: "quiet", type: "button" });
    const pin = make("button", { class: "quiet", type: "button" });
    const timeOut = make("button", { class: "quiet", type: "button" });
    const ban = make("button", { class: "quiet danger", type: "button" });
    remove.addEventListener("click", () => void act("DELETE", `api/chat/messages/${message.number}`));
    const { publicId } = message;
    timeOut.addEventListener("click", () => void act("POST", "api/chat/bans", { publicId, seconds: TIME_OUT_SECONDS }));
    ban.addEventListener("click", () => void act("POST", "api/chat/bans", { publicId }));
    pin.addEventListener("click", () => void act("PUT", "api/chat/pinned", { number: message.number }));
    hands.append(pin, remove, timeOut, ban);
    element.append(said, hands);
    timeOut.hidden = ban.hidden = message.badge === "streamer" || message.badge === "moderator";
    return {
      element,
      update() {
        const { chat } = studioWords();
        badge.textContent = message.badge === null ? "" : chat[message.badge];
        labelButton(pin, chat.pin, chat.pinName(message.name));
        pin.hidden = pinned?.number === message.number;
        labelButton(remove, chat.delete, chat.deleteName(message.name));
        labelButton(timeOut, chat.timeOut, chat.timeOutName(message.name));
        labelButton(ban, chat.ban, chat.banName(message.name));
      },
    };
  }

  function makeBan(first: BanAnswer): Row<BanAnswer> {
    const element = make("li", { class: "line-item" });
    const text = make("span", { class: "grow" });
    const button = make("button", { class: "quiet", type: "button" });
    element.append(text, button);
    button.addEventListener("click", () => void act("DELETE", `api/chat/bans/${encodeURIComponent(first.publicId)}`));
    return {
      element,
      update({ name, publicId, until }) {
        const { chat } = studioWords();
        text.textContent = `${name ?? publicId}, ${until === null ? chat.forGood : chat.until(sayClock(until))}`;
        button.textContent = chat.unban;
      },
    };
  }

  async function speak(): Promise<void> {
    const text = elements.text.value.trim();
    const speaker = elements.name.value.trim();
    if (text === "" || speaker === "") return;
    const viewer = await o.viewerId();
    if (viewer === null) return o.say(studioWords().cannotReach);
    const outcome = await api.send("POST", "api/chat", { viewer, name: speaker, text });
    o.say(explain(outcome));
    if (outcome.kind !== "answer") return;
    elements.text.value = "";
    keepName(o.storage, speaker);
    await look();
  }

  function say(): void {
    const { chat } = studioWords();
    const isAtEnd = elements.log.scrollHeight - elements.log.scrollTop - elements.log.clientHeight < NEAR_THE_END_PX;
    elements.heading.textContent = chat.heading;
    showText(elements.empty, messages.length === 0 ? chat.empty : null);
    elements.log.setAttribute("aria-label", chat.heading);
    elements.pinned.line.hidden = pinned === null;
    if (pinned !== null) elements.pinned.text.textContent = chat.pinned(pinned.name, pinned.text);
    elements.pinned.unpin.textContent = chat.unpin;
    held.say();
    showRows(messages);
    if (isAtEnd) elements.log.scrollTop = elements.log.scrollHeight;
    elements.name.setAttribute("aria-label", words().chat.name);
    elements.text.setAttribute("aria-label", words().chat.message);
    elements.text.placeholder = words().chat.message;
    elements.send.textContent = words().chat.send;
    elements.slowLabel.textContent = chat.slow;
    const seconds = [...new Set([...SLOW_SECONDS, rules.slowSeconds])].sort((a, b) => a - b);
    const options = seconds.map((each) => [String(each), each === 0 ? chat.slowOff : chat.slowSeconds(each)] as const);
    if (elements.slow.dataset["options"] !== options.join()) {
      elements.slow.dataset["options"] = options.join();
      elements.slow.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
    }
    if (document.activeElement !== elements.slow) elements.slow.value = String(rules.slowSeconds);
    elements.linksLabel.textContent = chat.links;
    elements.links.checked = rules.links;
    if (elements.clear.dataset["sure"] === undefined) elements.clear.textContent = chat.clear;
    showText(elements.bansHeading, bans.length === 0 ? null : chat.banned);
    showBans(bans);
  }

  elements.form.addEventListener("submit", (event) => {
    event.preventDefault();
    void speak();
  });
  elements.slow.addEventListener("change", () => void act("PATCH", "api/chat", { slowSeconds: Number(elements.slow.value) }));
  elements.links.addEventListener("change", () => void act("PATCH", "api/chat", { links: elements.links.checked }));
  elements.pinned.unpin.addEventListener("click", () => void act("DELETE", "api/chat/pinned"));
  pressTwice(
    elements.clear,
    () => ({ plain: studioWords().chat.clear, sure: studioWords().chat.clearSure }),
    () => void act("DELETE", "api/chat"),
  );
  return {
    look,
    say,
    lookForHeld: held.look,
    get heldCount() {
      return held.count;
    },
    speakAs(moderator) {
      elements.name.value = o.storage?.getItem(NAME_KEPT_AS) ?? moderator ?? studioWords().chat.ownName;
    },
  };
}

function keepName(storage: Storage | null, text: string): void {
  try {
    storage?.setItem(NAME_KEPT_AS, text);
  } catch {
    // Nothing can be kept here; it is typed anew next time.
  }
}
