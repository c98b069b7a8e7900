/// <reference lib="dom" />
import type { ChatAnswer, ChatMessage } from "../../routes/chat/schemas.ts";
import { make } from "../shared/controls/make.ts";
import { words } from "../shared/words/words.ts";
import { readEverySecond } from "./reading.ts";

// The chat over a picture in OBS. Each line goes after half a minute, or after ?seconds=; with 0 it stays.

const MOST_LINES = 20;
const FADE_MS = 1000;
const place = document.getElementById("lines") as HTMLElement;
const wished = new URLSearchParams(location.search).get("seconds") ?? "";
const seenMs = (/^\d{1,4}$/.test(wished) ? Number(wished) : 30) * 1000;
const lines = new Map<number, HTMLElement>();
let last: number | null = null;

readEverySecond<ChatAnswer>({
  place,
  heading: () => words().chat.title,
  path: () => last === null ? "chat" : `chat?after=${last}`,
  show({ messages, deleted, clearedThrough, last: newest }) {
    for (const number of lines.keys()) if (number <= clearedThrough || deleted.includes(number)) drop(number);
    for (const message of messages) if (last !== null || !isOld(message)) add(message);
    last = newest;
  },
});

/** What was said before this page was opened is not said again. */
function isOld({ at }: ChatMessage): boolean {
  return seenMs > 0 && Date.now() - Date.parse(at) > seenMs;
}

function add({ number, name, text, hue }: ChatMessage): void {
  if (lines.has(number)) return;
  const line = make("p", { class: "line" });
  const who = make("bdi", { class: "who" }, name);
  who.style.setProperty("--hue", String(hue));
  line.append(who, " ", make("bdi", {}, text));
  lines.set(number, line);
  place.append(line);
  if (lines.size > MOST_LINES) drop(lines.keys().next().value!);
  if (seenMs === 0) return;
  setTimeout(() => line.dataset["old"] = "", seenMs);
  setTimeout(() => drop(number), seenMs + FADE_MS);
}

function drop(number: number): void {
  lines.get(number)?.remove();
  lines.delete(number);
}
