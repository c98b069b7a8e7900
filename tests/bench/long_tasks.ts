/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { type Chromium, openChromium } from "../browser/chromium.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, note, type Row } from "./table.ts";

/** A lively evening: each of them writes every two seconds. */
const CHATTERS = 20;
const EVERY_MS = 2000;
/** From the first picture on, until the page has loaded what it loads later. */
const SETTLE_MS = 3000;

/**
 * Tasks of more than 50 ms on the page's main thread while it plays (PerformanceObserver, `longtask`): alone, with a busy chat, and with stats and graphs
 * open too. Beside it stands a page of one small task every 50 ms: what is long there is this machine's doing.
 */
export function runLongTasks({ quick }: BenchOptions): Promise<Row[]> {
  return measureLongTasks(quick ? 10 : 60);
}

/** So many seconds in each state. */
export async function measureLongTasks(seconds: number): Promise<Row[]> {
  await using server = await startTercet({ args: ["--source", BARCODE_SOURCE] });
  await server.settled();
  const chromium = await openChromium({ ignoresOrigins: false });
  try {
    const empty = await openEmpty(chromium);
    const page = await openWatched(chromium);
    await page.goto(`${server.baseUrl}/`, { waitUntil: "commit" });
    await waitFor("a picture", 20_000, () => page.evaluate(() => document.querySelector("video")!.currentTime > 0).catch(() => false));
    await pause(SETTLE_MS);
    const opening = await read(page);
    const rows: Row[] = [note("long tasks: of the opening, until 3 s after the first picture", say(opening.longMs), "ms")];
    const measure = async (name: string, begin: () => Promise<void>) => {
      const [before, beforeEmpty] = [await read(page), await read(empty)];
      await begin();
      await pause(seconds * 1000);
      const own = (await read(page)).longMs.slice(before.longMs.length),
        noise = (await read(empty)).longMs.slice(beforeEmpty.longMs.length);
      rows.push(atMost(`  ${name}: tasks of 50 ms and more in ${seconds} s`, own.length, "", 0));
      if (own.length > 0) rows.push(note("    they took", say(own), "ms"));
      rows.push(note("    on a page that does next to nothing, meanwhile", say(noise), "ms"));
    };
    let stopChatter = () => {};
    await measure("playing", () => Promise.resolve());
    await measure(`and ${CHATTERS * 1000 / EVERY_MS} chat messages a second`, async () => {
      stopChatter = await chatter(server.baseUrl);
    });
    await measure("and stats with their graphs, from the press on", () => openStats(page));
    stopChatter();
    return rows;
  } finally {
    await chromium.close();
  }
}

async function openWatched(chromium: Chromium): Promise<Page> {
  const page = await chromium.newPage();
  await page.addInitScript(() => {
    const longMs: number[] = [];
    Object.assign(globalThis, { longMs });
    new PerformanceObserver((list) => longMs.push(...list.getEntries().map(({ duration }) => duration)))
      .observe({ type: "longtask", buffered: true });
  });
  return page;
}

async function openEmpty(chromium: Chromium): Promise<Page> {
  const page = await openWatched(chromium);
  await page.goto("data:text/html,<title>empty</title>");
  await page.evaluate(() => {
    setInterval(() => {
      const untilMs = performance.now() + 4;
      while (performance.now() < untilMs);
    }, 50);
  });
  return page;
}

function read(page: Page): Promise<{ longMs: number[] }> {
  return page.evaluate(() => ({ longMs: (globalThis as unknown as { longMs: number[] }).longMs }));
}

/** Talks from as many addresses, so that no limit holds it up. Returns the way to stop it. */
async function chatter(baseUrl: string): Promise<() => void> {
  const post = (at: number, path: string, body: unknown) =>
    fetch(`${baseUrl}${path}`, { method: "POST", body: JSON.stringify(body), headers: { "x-forwarded-for": `10.0.0.${at}` } });
  const viewers = await Promise.all(
    Array.from({ length: CHATTERS }, async (_, at) => (await (await post(at, "/api/viewers", {})).json()).id as string),
  );
  let count = 0;
  const timer = setInterval(() => {
    const at = count++ % CHATTERS;
    post(at, "/api/chat", { viewer: viewers[at], name: `Guest ${at}`, text: `message ${count}, as long as people write 🎉` })
      .then((answer) => answer.body?.cancel(), () => {});
  }, EVERY_MS / CHATTERS);
  return () => clearInterval(timer);
}

async function openStats(page: Page): Promise<void> {
  await page.mouse.move(100, 100);
  await page.mouse.move(110, 110);
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("button", { name: "Stats for nerds", exact: true }).click();
  await page.locator("#stats canvas").nth(3).waitFor();
}

function say(tasksMs: readonly number[]): string {
  return tasksMs.length === 0 ? "none" : tasksMs.slice(0, 12).map((ms) => Math.round(ms)).join(", ");
}
