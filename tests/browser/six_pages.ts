/// <reference lib="dom" />
import { barcodeGraph } from "../fixtures/barcode.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import type { Chromium } from "./chromium.ts";
import { button, decodedHeight, press } from "./page_help.ts";
import { openPage, type Watch } from "./watch.ts";

/** The show for six pages: small enough that six players and an encoder fit on a small machine. */
export const SIX_PAGES_ARGS: readonly string[] = [
  "--source",
  `lavfi:${barcodeGraph({ size: "720x406" })}[out0];sine=frequency=440:sample_rate=48000,volume=0.1[out1]`,
  "--ladder",
  "426x240@400k,320x180@300k,256x144@200k",
];
const LINES = { HQ: 240, MQ: 180, LQ: 144 } as const;
/** What each page presses: a pin holds it to its rung, the others to what their own line says. */
const PRESSES = ["HQ", "MQ", "LQ", "Auto", "Gaming", "LQ"] as const;

/** What one of the pages did in a stretch of time. */
export interface SeenPage {
  readonly pressed: typeof PRESSES[number];
  /** Seconds of the show that went by on it: the picture of a page that is not in front is played, and seldom painted. */
  readonly playedSeconds: number;
  readonly stalls: number;
  /** The browser decoded so many pictures. */
  readonly decoded: number;
  readonly latencyMs: number | null;
  readonly firstFrameMs: number | null;
  /** What it says is on screen, and why. */
  readonly line: string;
  /** The decoded height. */
  readonly lines: number;
  /** Each media request's wait for a free connection and for its first byte, in ms. */
  readonly mediaWaitsMs: readonly number[];
  readonly errors: readonly string[];
}

/** Opens six pages of one browser, one after the other: each shows a picture and has been pressed for its own quality or mode. */
export async function openSixPages(chromium: Chromium, baseUrl: string): Promise<Watch[]> {
  const watches: Watch[] = [];
  for (const pressed of PRESSES) {
    const watch = await openPage(`${baseUrl}/`, chromium);
    watches.push(watch);
    await button(watch, pressed).waitFor({ state: "attached" });
    await waitFor(`a first picture for ${pressed}`, 20_000, async () => (await watch.read()).firstFrameMs);
    await press(watch, pressed);
  }
  await Promise.all(
    watches.map((watch, at) =>
      waitFor(`what ${PRESSES[at]} shows`, 15_000, async () => hasItsOwn({ pressed: PRESSES[at]!, ...await readQuality(watch) }), 100)
    ),
  );
  return watches;
}

/** Lets them play for so long, and tells what each did meanwhile. */
export async function watchSixPages(watches: readonly Watch[], seconds: number): Promise<SeenPage[]> {
  for (const { page } of watches) await page.evaluate(observeMedia);
  const before = await Promise.all(watches.map(readAll));
  await pause(seconds * 1000);
  const after = await Promise.all(watches.map(readAll));
  return await Promise.all(watches.map(async (watch, at) => {
    const [earlier, later] = [before[at]!, after[at]!];
    return {
      pressed: PRESSES[at]!,
      playedSeconds: later.mediaSeconds - earlier.mediaSeconds,
      stalls: later.stalls - earlier.stalls,
      decoded: later.decodedFrames - earlier.decodedFrames,
      latencyMs: later.latencyMs?.p50 ?? null,
      firstFrameMs: later.firstFrameMs,
      ...await readQuality(watch),
      mediaWaitsMs: later.mediaWaitsMs,
      errors: later.errors,
    };
  }));
}

/** Whether the page shows what it was pressed for, and says so, and its picture is of that size. */
export function hasItsOwn({ pressed, line, lines }: Pick<SeenPage, "pressed" | "line" | "lines">): boolean {
  const [name, why] = line.split(" · ");
  const isAsked = pressed in LINES ? name === pressed && why === "your choice" : why !== undefined && why !== "your choice";
  return isAsked && lines === LINES[name as keyof typeof LINES];
}

async function readQuality(watch: Watch): Promise<{ line: string; lines: number }> {
  return { line: await watch.page.textContent("#choice-line") ?? "", lines: await decodedHeight(watch) };
}

async function readAll(watch: Watch) {
  const read = await watch.page.evaluate(() => ({
    mediaSeconds: document.querySelector("video")!.currentTime,
    mediaWaitsMs: (globalThis as unknown as { mediaWaitsMs: number[] }).mediaWaitsMs,
  }));
  return { ...await watch.read(), ...read };
}

function observeMedia(): void {
  const mediaWaitsMs: number[] = [];
  Object.assign(globalThis, { mediaWaitsMs });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
      if (entry.name.includes("/media/")) mediaWaitsMs.push(entry.responseStart - entry.fetchStart);
    }
  }).observe({ type: "resource" });
}
