/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { type Chromium, openChromium } from "./chromium.ts";
import { type ProbeRecord, probeScript } from "./probe.ts";
import { serveStockPage } from "./stock_page.ts";

/** What one viewer saw. Times in ms: for the page since the navigation began, for stock hls.js since its address was loaded. */
export interface Watched {
  readonly firstFrameMs: number | null;
  /** Glass to glass by the burnt-in clock, over the last two thirds of the time; null without a clock in the picture. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly samples: number } | null;
  readonly stalls: number;
  /** Gaps of more than 300 ms between two shown pictures; one that lasts still at the end counts. */
  readonly freezes: readonly { readonly atMs: number; readonly forMs: number }[];
  readonly frames: number;
  readonly decodedFrames: number;
  readonly droppedFrames: number;
  readonly sizes: readonly { readonly atMs: number; readonly width: number; readonly height: number }[];
  readonly errors: readonly string[];
  /** Every reading as [at, latency], for a caller with questions of its own. */
  readonly readings: readonly (readonly [number, number])[];
}

/** A page that is being watched: act on `page`, then `read` what was seen so far. */
export interface Watch {
  readonly page: Page;
  read(): Promise<Watched>;
  close(): Promise<void>;
}

/** Plays an HLS address in stock hls.js from npm for so long. `config` goes to hls.js as it is. */
export async function watchStock(url: string, seconds: number, config: Record<string, unknown> = {}): Promise<Watched> {
  return await watchFor(await openStock(url, config), seconds);
}

/** Opens Tercet's own page for so long. */
export async function watchPage(url: string, seconds: number): Promise<Watched> {
  return await watchFor(await openPage(url), seconds);
}

/** Like `watchStock`, but goes on until it is closed. Brings its own browser unless one is given, which then stays open. */
export async function openStock(url: string, config: Record<string, unknown> = {}, chromium?: Chromium): Promise<Watch> {
  const server = await serveStockPage(url, config);
  return await open(server.address, chromium, () => server.close());
}

/** Like `watchPage`, but goes on until it is closed. */
export async function openPage(url: string, chromium?: Chromium): Promise<Watch> {
  return await open(url, chromium, () => Promise.resolve());
}

async function open(address: string, shared: Chromium | undefined, cleanUp: () => Promise<void>): Promise<Watch> {
  const chromium = shared ?? await openChromium();
  const page = await chromium.newPage();
  await page.addInitScript({ content: probeScript() });
  const consoleErrors: string[] = [];
  page.on("console", (message) => message.type() === "error" && consoleErrors.push(message.text()));
  page.on("pageerror", (error) => consoleErrors.push(String(error)));
  await page.goto(address, { waitUntil: "commit" });
  return {
    page,
    async read() {
      const seen = await page.evaluate(() => {
        const { probe } = globalThis as unknown as { probe: ProbeRecord };
        const quality = document.querySelector("video")?.getVideoPlaybackQuality();
        return {
          probe,
          nowMs: performance.now() - probe.beganMs,
          decoded: quality?.totalVideoFrames ?? 0,
          dropped: quality?.droppedVideoFrames ?? 0,
        };
      });
      return summarize(seen, consoleErrors);
    },
    async close() {
      await page.close();
      if (!shared) await chromium.close();
      await cleanUp();
    },
  };
}

async function watchFor(watch: Watch, seconds: number): Promise<Watched> {
  try {
    await new Promise((done) => setTimeout(done, seconds * 1000));
    return await watch.read();
  } finally {
    await watch.close();
  }
}

function summarize(
  seen: { probe: ProbeRecord; nowMs: number; decoded: number; dropped: number },
  consoleErrors: readonly string[],
): Watched {
  const { probe, nowMs } = seen;
  const settled = probe.samples.slice(Math.floor(probe.samples.length / 3)).map(([, latencyMs]) => latencyMs).sort((a, b) => a - b);
  const at = (share: number) => settled[Math.min(settled.length - 1, Math.floor(settled.length * share))]!;
  const standsForMs = probe.lastFrameMs === null ? 0 : Math.round(nowMs - probe.lastFrameMs);
  return {
    firstFrameMs: probe.firstFrameMs,
    latencyMs: settled.length === 0 ? null : { p50: at(0.5), p95: at(0.95), samples: settled.length },
    stalls: probe.stalls,
    freezes: standsForMs > 300 ? [...probe.freezes, { atMs: probe.lastFrameMs!, forMs: standsForMs }] : probe.freezes,
    frames: probe.frames,
    decodedFrames: seen.decoded,
    droppedFrames: seen.dropped,
    sizes: probe.sizes,
    errors: [...new Set([...probe.errors, ...consoleErrors])],
    readings: probe.samples,
  };
}
