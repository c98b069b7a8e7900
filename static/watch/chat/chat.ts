/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";
import type { PageDeps } from "../page_deps.ts";
import { onLanguage, words } from "../../shared/words/words.ts";
import { createAsking } from "./asking.ts";
import { createComposer } from "./composer.ts";
import { createChatDoor } from "./door.ts";
import { createLines } from "./lines.ts";
import { addOwn, type ChatLog, doubt, EMPTY_LOG, hearChat } from "./log.ts";
import { keepName, keepUnsent, recallName, takeUnsent } from "./memory.ts";
import { createPinned } from "./pinned.ts";
import { createOutbox, type SendAnswer } from "./outbox.ts";
import { createScroll } from "./scroll.ts";

/** What the chat needs of the page. */
export type ChatPageDeps = Pick<PageDeps, "base" | "viewerId" | "onEvent" | "onReachable">;

/** Puts the chat into its place, which stays empty where the show has none. */
export function mountChat(place: HTMLElement, deps: ChatPageDeps): void {
  if (document.documentElement.dataset["without"]?.split(" ").includes("chat")) return;
  const names = openStorage(() => localStorage);
  const unsentStorage = openStorage(() => sessionStorage);

  const title = make("h2", { class: "chat-title", id: "chat-title" });
  const list = make("div", { class: "chat-log", role: "log", tabindex: "0" });
  const nothing = make("p", { class: "chat-nothing", hidden: "" });
  const news = make("button", { class: "pill chat-news", type: "button", hidden: "" });
  const body = make("div", { class: "chat-body" });
  const pinned = createPinned();
  body.append(list, nothing, news);

  let log: ChatLog = EMPTY_LOG;
  let newest = 0;
  let wasStuck = false;
  const door = createChatDoor({ ...deps, fetch: (address, init) => fetch(address, init) });
  const showLines = createLines(list);
  const scroll = createScroll(list, (isAway) => news.hidden = !isAway);

  const outbox = createOutbox({
    unsent: takeUnsent(unsentStorage),
    send: (message, giveUp) => door.send(message, giveUp),
    onSaid: (message) => log = addOwn(log, message),
    onHeld() {
      wasStuck = false;
      composer.complain(words().chat.held);
    },
    onRefused(message, refusal) {
      wasStuck = false;
      composer.giveBack(message.text);
      composer.complain(sayRefusal(refusal));
    },
    onChange: () => queueMicrotask(show),
    wait(callback, delayMs) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  });
  const composer = createComposer({
    name: recallName(names),
    onName: (name) => keepName(names, name),
    onSend(name, text) {
      const isTaken = outbox.add({ key: makeKey(), name, text });
      if (isTaken) scroll.toEnd();
      return isTaken;
    },
  });

  function show(): void {
    const { chat } = words();
    const { messages, rules } = log;
    pinned.show(log.pinned, rules.links);
    showLines({ messages, unsent: outbox.unsent, links: rules.links });
    const last = messages[messages.length - 1]?.number ?? 0;
    scroll.changed(last > newest);
    newest = Math.max(newest, last);
    nothing.hidden = log.known === null || messages.length + outbox.unsent.length > 0;
    composer.remark(rules.slowSeconds > 0 ? chat.slowMode(rules.slowSeconds) : null);
    if (outbox.isStuck) composer.complain(chat.waitsForNetwork);
    else if (wasStuck) composer.complain(null);
    wasStuck = outbox.isStuck;
  }

  const ask = createAsking({
    read: (after) => door.read(after),
    log: () => log,
    onLog(changed) {
      log = changed;
      show();
    },
    wait: (ms) => new Promise((done) => setTimeout(done, ms)),
  });

  function catchUp(): void {
    void ask();
    outbox.hurry();
  }

  deps.onEvent((event) => {
    const before = log;
    log = hearChat(log, event);
    if (event.type === "state" && event.viewer !== undefined) catchUp();
    if (log !== before) show();
  });
  deps.onReachable(() => {
    log = doubt(log);
    catchUp();
  });
  news.addEventListener("click", () => scroll.toEnd());
  addEventListener("pagehide", () => keepUnsent(unsentStorage, outbox.unsent));
  addEventListener("pageshow", (event) => event.persisted && takeUnsent(unsentStorage));

  onLanguage(() => {
    const { chat } = words();
    title.textContent = chat.title;
    list.setAttribute("aria-label", chat.log);
    nothing.textContent = chat.empty;
    news.textContent = chat.newMessages;
    show();
  });
  place.setAttribute("aria-labelledby", title.id);
  place.append(title, pinned.element, body, composer.form);
}

function sayRefusal({ problem, retryAfterSeconds }: SendAnswer & { kind: "refused" }): string {
  const { chat } = words();
  switch (problem) {
    case "slow_mode":
      return chat.waitSeconds(retryAfterSeconds ?? 1);
    case "chatting_too_fast":
      return chat.tooFast;
    case "banned":
      return chat.banned;
    case "bad_message":
      return chat.cannotBeSaid;
    default:
      return chat.refused;
  }
}

/** `crypto.randomUUID` is for pages from https and localhost only; a stream at home has neither. */
function makeKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function openStorage(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    return null;
  }
}
