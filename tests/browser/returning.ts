/// <reference lib="dom" />
import { pause, waitFor } from "../fixtures/condition.ts";
import type { Tercet } from "../fixtures/server.ts";
import { findBox, type Seat } from "./seat.ts";

/** How a page is kept from its picture, and given it back. */
export interface Absence {
  readonly forMs: number;
  begin(): Promise<void> | void;
  /** Comes to its end when everything is there again that was taken. */
  end(): Promise<void> | void;
  /** Whether the page can be written to meanwhile, and others can reach the server. Default true. */
  readonly isTabAlive?: boolean;
  readonly isServerAlive?: boolean;
}

/** How the page came back. Seconds count from the absence's end. */
export interface Return {
  /** Until the first picture of the live edge; null if none came. */
  readonly pictureSeconds: number | null;
  /** Until the chat held everything. */
  readonly chatSeconds: number | null;
  /** Texts that were said, and that the page or the server's list does not hold just once in the end. */
  readonly wrongInChat: readonly string[];
  /** Glass to glass, the middle of the 2 s before the absence, and of the last 2 s that were watched. */
  readonly behindMsBefore: number | null;
  readonly behindMs: number | null;
  /** The longest time in which no new picture came, from the first one to the end of the watching. */
  readonly longestStillMs: number;
  /** Every viewer that the page has been. */
  readonly viewers: readonly string[];
}

/** Times of the wall clock. */
type Reading = [atMs: number, behindMs: number];

/** Written by the page. */
interface Seen {
  readonly readings: Reading[];
}

/** Further behind than this is not the live edge: no picture from before an absence is so young. */
const LIVE_MS = 2500;
const RETURN_LIMIT_MS = 15_000;
const WATCH_ON_MS = 6000;
const SAID_BY_OTHERS = 6;

/** Begins to write down what the page shows, and waits until that is two seconds of the live edge. */
export async function settle(seat: Seat): Promise<void> {
  await seat.evaluate(writeDown);
  await waitFor("two seconds at the live edge", 30_000, async () => {
    const last = await readSince(seat, Date.now() - 2000);
    return last.length >= 10 && last.every(([, behindMs]) => behindMs < LIVE_MS);
  }, 250);
}

/** Runs in the page: reads the clock in the picture ten times a second. */
function writeDown(): void {
  const page = globalThis as unknown as { seen?: Seen; shownMs(): number | null };
  if (page.seen !== undefined) return;
  const seen: Seen = page.seen = { readings: [] };
  setInterval(() => {
    const shownMs = document.querySelector("video")?.paused === false ? page.shownMs() : null;
    if (shownMs !== null) seen.readings.push([Date.now(), Date.now() - shownMs]);
  }, 100);
}

/** Takes the picture away from a page that plays, lets others and (where it can) the page itself chat meanwhile, and tells how it came back. Throws when the page was loaded anew. */
export async function goAway(seat: Seat, server: Tercet, absence: Absence): Promise<Return> {
  const { isTabAlive = true, isServerAlive = true } = absence;
  const name = Math.random().toString(36).slice(2, 8);
  const said: string[] = [];
  const others = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const text = `other ${said.length} of ${name}`;
      await sayAsAnother(server, text);
      said.push(text);
    }
  };
  const leftAtMs = Date.now();
  if (!isServerAlive) await others(SAID_BY_OTHERS / 2);
  await absence.begin();
  if (isTabAlive) {
    const own = `own of ${name}`;
    await say(seat, own);
    said.push(own);
  }
  for (let i = 0; i < SAID_BY_OTHERS; i++) {
    await pause(absence.forMs / SAID_BY_OTHERS);
    if (isServerAlive) await others(1);
  }
  await absence.end();
  const backAtMs = Date.now();
  if (!isServerAlive) await others(SAID_BY_OTHERS / 2);

  const chatAtMs = waitFor("the whole chat", RETURN_LIMIT_MS, async () => {
    const texts = await readChat(seat);
    return said.every((text) => texts.includes(text)) && Date.now();
  }, 50).catch(() => null);
  const pictureAtMs = await waitFor("a picture of the live edge", RETURN_LIMIT_MS, async () => {
    return (await readSince(seat, backAtMs)).find(([, behindMs]) => behindMs < LIVE_MS)?.[0] ?? null;
  }, 50).catch(() => null);
  const completeAtMs = await chatAtMs;
  await pause(Math.max(0, backAtMs + WATCH_ON_MS - Date.now()));

  const endMs = Date.now();
  const readings = await readSince(seat, leftAtMs - 2000);
  const [onPage, kept] = [await readChat(seat), await keptChat(server)];
  const seconds = (atMs: number | null) => atMs === null ? null : (atMs - backAtMs) / 1000;
  return {
    pictureSeconds: seconds(pictureAtMs),
    chatSeconds: seconds(completeAtMs),
    wrongInChat: said.filter((text) => [onPage, kept].some((texts) => texts.filter((each) => each === text).length !== 1)),
    behindMsBefore: middleOf(readings.filter(([atMs]) => atMs <= leftAtMs)),
    behindMs: middleOf(readings.filter(([atMs]) => atMs > endMs - 2000)),
    longestStillMs: longestStill(readings.filter(([atMs]) => atMs >= (pictureAtMs ?? Infinity)), endMs),
    viewers: [...seat.viewers],
  };
}

function middleOf(readings: readonly Reading[]): number | null {
  return readings.map(([, behindMs]) => behindMs).sort((a, b) => a - b)[Math.floor(readings.length / 2)] ?? null;
}

/** Of a picture that is on screen from the first reading on. */
function longestStill(readings: readonly Reading[], endMs: number): number {
  let newestMs = -Infinity, sinceMs = readings[0]?.[0] ?? 0, longestMs = 0;
  for (const [atMs, behindMs] of readings) {
    const madeAtMs = atMs - behindMs;
    if (madeAtMs <= newestMs + 5) continue;
    longestMs = Math.max(longestMs, atMs - sinceMs);
    newestMs = madeAtMs;
    sinceMs = atMs;
  }
  return Math.max(longestMs, endMs - sinceMs);
}

async function readSince(seat: Seat, sinceMs: number): Promise<Reading[]> {
  const readings = await seat.evaluate(
    (sinceMs) => (globalThis as unknown as { seen?: Seen }).seen?.readings.filter(([atMs]) => atMs > sinceMs) ?? null,
    sinceMs,
  );
  if (readings === null) throw new Error("The page was loaded anew");
  return readings;
}

function readChat(seat: Seat): Promise<string[]> {
  return seat.evaluate(() => [...document.querySelectorAll("#chat .chat-text")].map((each) => each.textContent ?? ""));
}

async function keptChat(server: Tercet): Promise<string[]> {
  const { messages } = await (await fetch(`${server.baseUrl}/api/chat`)).json();
  return messages.map(({ text }: { text: string }) => text);
}

/** Types it into the chat's field, key by key, and sends it. */
async function say(seat: Seat, text: string): Promise<void> {
  const { x, y, width, height } = await findBox(seat, ".chat-message");
  await seat.clickAt(x + width / 2, y + height / 2);
  for (const letter of text) await seat.key(letter);
  await seat.key("Enter");
}

let addresses = 0;

/** From an address of its own, so that no limit holds it up. */
async function sayAsAnother(server: Tercet, text: string): Promise<void> {
  const headers = { "x-forwarded-for": `10.1.${addresses >> 8}.${addresses++ & 255}` };
  const { id } = await (await fetch(`${server.baseUrl}/api/viewers`, { method: "POST", body: "{}", headers })).json();
  const body = JSON.stringify({ viewer: id, name: "Other", text });
  const answer = await fetch(`${server.baseUrl}/api/chat`, { method: "POST", body, headers });
  if (answer.status !== 201) throw new Error(`Cannot say "${text}": ${answer.status} ${await answer.text()}`);
}
