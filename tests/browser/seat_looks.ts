/// <reference lib="dom" />
import { pause, waitFor } from "../fixtures/condition.ts";
import type { Seat } from "./seat.ts";

/** The picture is this far behind its source at the edge, at most, on a machine that does other things too. */
export const LIVE_MS = 2200;

/** The page's window as a seat's script leaves it. */
type Clocked = Window & { shownMs(): number | null };

/** When the picture on screen was made, by its burnt-in clock, in ms since 1970; null where it cannot be read. */
export function readShownMs(seat: Seat): Promise<number | null> {
  return seat.evaluate(() => (globalThis as unknown as Clocked).shownMs());
}

/** How far behind its source the picture is, in ms. */
export function readBehindMs(seat: Seat): Promise<number | null> {
  return seat.evaluate(() => {
    const shownMs = (globalThis as unknown as Clocked).shownMs();
    return shownMs === null ? null : Date.now() - shownMs;
  });
}

export async function waitForBehind(seat: Seat, what: string, isThere: (behindMs: number) => boolean, limitMs = 10_000): Promise<number> {
  let seen: number | null = null;
  await waitFor(what, limitMs, async () => (seen = await readBehindMs(seat)) !== null && isThere(seen), 100).catch((error) => {
    throw new Error(`${error.message}; the picture is ${seen} ms behind`);
  });
  return seen!;
}

/** Waits until the picture has moved for a second. */
export async function waitForMoving(seat: Seat, limitMs = 15_000): Promise<void> {
  let first: number | null = null;
  await waitFor("a moving picture", limitMs, async () => {
    const shownMs = await readShownMs(seat).catch(() => null);
    if (first === null || (shownMs !== null && shownMs < first)) first = shownMs;
    return first !== null && shownMs !== null && shownMs > first + 1000;
  }, 100);
}

/** What an attribute of the button of that name says; null where there is no such button or no such attribute. */
export function readButton(seat: Seat, name: string, attribute: string): Promise<string | null> {
  return seat.evaluate(
    ([name, attribute]) =>
      [...document.querySelectorAll("button")].find((each) => (each.getAttribute("aria-label") ?? each.textContent?.trim()) === name)
        ?.getAttribute(attribute) ?? null,
    [name, attribute] as const,
  );
}

/** What is to be read in the element; null where it is left out. The controls, which come and go with the mouse, count as there. */
export function readText(seat: Seat, selector: string): Promise<string | null> {
  return seat.evaluate((selector) => {
    const element = document.querySelector(selector);
    return element !== null && element.checkVisibility() ? element.textContent : null;
  }, selector);
}

/** The video element, as anybody can see it. */
export function readVideo(seat: Seat) {
  return seat.evaluate(() => {
    const { videoHeight, paused, muted, volume, playbackRate } = document.querySelector("video")!;
    return { height: videoHeight, isPaused: paused, isMuted: muted, volume, rate: playbackRate };
  });
}

/** To the live edge, by the key. */
export async function goToEdge(seat: Seat): Promise<void> {
  await seat.key("l");
  await waitForBehind(seat, "the edge", (ms) => ms < LIVE_MS);
}

/** How fast the burnt-in clock runs, 1 for an ordinary speed. */
export async function measureSpeed(seat: Seat, overMs: number): Promise<number> {
  const read = () =>
    waitFor("a readable clock", 2000, () =>
      seat.evaluate(() => {
        const shownMs = (globalThis as unknown as Clocked).shownMs();
        return shownMs === null ? null : [shownMs, Date.now()] as const;
      }));
  const [fromShownMs, fromMs] = await read();
  await pause(overMs);
  const [toShownMs, toMs] = await read();
  return (toShownMs - fromShownMs) / (toMs - fromMs);
}

/** How far behind its source the picture is in the middle of so many readings, a tenth of a second apart. */
export async function readUsualBehindMs(seat: Seat, count: number): Promise<number> {
  const readings: number[] = [];
  await waitFor("readings", 5000, async () => {
    const reading = await readBehindMs(seat);
    return reading !== null && readings.push(reading) >= count;
  }, 100);
  return readings.sort((a, b) => a - b)[Math.floor(count / 2)]!;
}

export async function isBadgeRed(seat: Seat): Promise<boolean> {
  const [red, green, blue] = await readBadgeColour(seat);
  return red! > 190 && green! < 40 && blue! < 70;
}

export async function isBadgeGrey(seat: Seat): Promise<boolean> {
  const [red, green, blue] = await readBadgeColour(seat);
  return Math.max(red!, green!, blue!) - Math.min(red!, green!, blue!) < 30;
}

function readBadgeColour(seat: Seat): Promise<number[]> {
  return seat.evaluate(() => getComputedStyle(document.querySelector("#badge")!).backgroundColor.match(/\d+/g)!.map(Number));
}
