/// <reference lib="dom" />
import { readBarcode } from "../fixtures/barcode.ts";
import { waitFor } from "../fixtures/condition.ts";
import { type Chromium, openChromium } from "./chromium.ts";
import { type Firefox, openFirefox } from "./firefox.ts";

/** A part of the page's surface, in CSS pixels. */
export interface Clip {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The watch page in a browser of its own, as a viewer sits before it: mouse, keys and eyes, whatever the browser. */
export interface Seat {
  evaluate<Answer, Argument = undefined>(ask: (argument: Argument) => Answer | Promise<Answer>, argument?: Argument): Promise<Answer>;
  /** Presses a key by its name: "Enter", "l", " ". */
  key(name: string): Promise<void>;
  moveTo(x: number, y: number): Promise<void>;
  clickAt(x: number, y: number): Promise<void>;
  /** What is on the screen there, as a PNG in base64. */
  look(clip: Clip): Promise<string>;
  reload(): Promise<void>;
  /** Gives the page a window of this size, in CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  /** What the page has written to the console as errors, or thrown. */
  readonly complaints: readonly string[];
  /** Whose playlists the page has asked for, the newest last. */
  readonly viewers: readonly string[];
  close(): Promise<void>;
}

export interface SeatOptions {
  /** Plays with sound without a press. Default true. */
  readonly mayAutoplay?: boolean;
  /** A camera and a microphone that need no permission. Default false. */
  readonly hasFakeDevices?: boolean;
  /** Runs in the page before its own code. */
  readonly before?: string;
  /** In Firefox: for its environment, beside ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** In Chromium: names that lead to this machine. */
  readonly names?: readonly string[];
}

/** Opens the page at `url` in a fresh Chromium, which does with it what a viewer's does. */
export async function openChromiumSeat(url: string, options: SeatOptions = {}): Promise<Seat> {
  const chromium: Chromium = await openChromium({ ...options, ignoresOrigins: false });
  const page = await chromium.newPage();
  const overheard = overhear(page);
  await page.addInitScript({ content: CLOCK + (options.before ?? "") });
  await page.goto(url, { waitUntil: "commit" });
  return {
    // deno-lint-ignore no-explicit-any
    evaluate: (ask, argument) => page.evaluate(ask as any, argument),
    key: (name) => page.keyboard.press(name),
    moveTo: (x, y) => page.mouse.move(x, y),
    clickAt: (x, y) => page.mouse.click(x, y),
    look: async (clip) => (await page.screenshot({ clip, animations: "disabled" })).toString("base64"),
    reload: async () => void await page.reload({ waitUntil: "commit" }),
    resize: (width, height) => page.setViewportSize({ width, height }),
    ...overheard,
    close: () => chromium.close(),
  };
}

/** The same in a fresh Firefox. */
export async function openFirefoxSeat(url: string, options: SeatOptions = {}): Promise<Seat> {
  const firefox: Firefox = await openFirefox(options);
  const page = await firefox.newPage();
  const overheard = overhear(page);
  await page.evaluateOnNewDocument(CLOCK + (options.before ?? ""));
  await page.goto(url, { waitUntil: "domcontentloaded" });
  return {
    // deno-lint-ignore no-explicit-any
    evaluate: (ask, argument) => page.evaluate(ask as any, argument) as any,
    // deno-lint-ignore no-explicit-any
    key: (name) => page.keyboard.press(name as any),
    moveTo: (x, y) => page.mouse.move(x, y),
    clickAt: (x, y) => page.mouse.click(x, y),
    look: (clip) => page.screenshot({ clip, encoding: "base64" }),
    reload: async () => void await page.reload({ waitUntil: "domcontentloaded" }),
    resize: (width, height) => page.setViewport({ width, height }),
    ...overheard,
    close: () => firefox.close(),
  };
}

/** What Playwright's pages and Puppeteer's have in common. */
interface Talking {
  // deno-lint-ignore no-explicit-any
  on(event: any, listener: (said: any) => void): unknown;
}

function overhear(page: Talking): Pick<Seat, "complaints" | "viewers"> {
  const complaints: string[] = [];
  const viewers: string[] = [];
  page.on("console", (message: { type(): string; text(): string }) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error: unknown) => complaints.push(String(error)));
  page.on("request", (request: { url(): string }) => {
    const id = /\/v\/([^/]+)\/[^/]+\.m3u8/.exec(request.url())?.[1];
    if (id !== undefined && id !== viewers.at(-1)) viewers.push(id);
  });
  return { complaints, viewers };
}

/** Runs in the page before its own code: `shownMs()` tells by the burnt-in clock when the picture on screen was made, in ms since 1970. */
const CLOCK = `${readBarcode.toString()}
  globalThis.shownMs = (() => {
    const scratch = document.createElement("canvas");
    return () => {
      const video = document.querySelector("video");
      const agoMs = video === null ? null : readBarcode(video, scratch);
      return agoMs === null ? null : Date.now() - agoMs;
    };
  })();`;

/** Clicks the button of that name where it is on the screen, as soon as it stands and nothing covers it. The mouse has brought the controls before. */
export async function press(seat: Seat, name: string): Promise<void> {
  await pressAt(seat, { name }, `a button "${name}"`);
}

/** Clicks a slider that far along, from 0 to 1. */
export async function slide(seat: Seat, selector: string, share: number): Promise<void> {
  await pressAt(seat, { selector, share }, `a slider ${selector}`);
}

/** Moves the mouse over the picture, which brings the controls. */
export async function wake(seat: Seat): Promise<void> {
  await seat.moveTo(100, 100);
  await seat.moveTo(110, 110);
}

interface Spot {
  readonly name?: string;
  readonly selector?: string;
  readonly share?: number;
}

async function pressAt(seat: Seat, spot: Spot, what: string): Promise<void> {
  await wake(seat);
  let before = "";
  const at = await waitFor(`${what} that can be pressed`, 4000, async () => {
    const found = await seat.evaluate(findSpot, spot);
    const place = JSON.stringify(found);
    if (place === before) return found;
    before = place;
    return null;
  }, 50);
  await seat.clickAt(at.x, at.y);
}

/** Runs in the page: the middle of the button, or where to press the slider, where that belongs to it. */
function findSpot({ name, selector = "button", share }: Spot): { x: number; y: number } | null {
  for (const element of document.querySelectorAll(selector)) {
    if (name !== undefined && (element.getAttribute("aria-label") ?? element.textContent?.trim()) !== name) continue;
    const { left, top, width, height } = element.getBoundingClientRect();
    // A slider's thumb stays within it.
    const thumb = share === undefined ? 0 : 14;
    const x = left + thumb / 2 + (width - thumb) * (share ?? 0.5), y = top + height / 2;
    if (width > 0 && element.contains(document.elementFromPoint(x, y))) return { x, y };
  }
  return null;
}

/** Where an element is on the screen. */
export function findBox(seat: Seat, selector: string): Promise<Clip> {
  return seat.evaluate((selector) => {
    const { x, y, width, height } = document.querySelector(selector)!.getBoundingClientRect();
    return { x, y, width, height };
  }, selector);
}
