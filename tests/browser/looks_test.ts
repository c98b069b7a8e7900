/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";

/** The page is looked at, not the picture. */
const SMALL = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 320, height: 640 };
/** Of the screen's height and area, as browsers reckon it; 0.1 is what they call good. */
const MOST_SHIFT = 0.01;

(hasChromium() ? describe : describe.skip)("how the page looks, in Chromium", () => {
  let server: Tercet, chromium: Chromium;

  beforeAll(async () => {
    server = await startTercet({ args: SMALL });
    chromium = await openChromium({ ignoresOrigins: false });
  });
  afterAll(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
  });

  for (const viewport of [PHONE, WIDE]) {
    it(`nothing jumps on a screen ${viewport.width} px wide: first picture, a message, a pinned quality, gaming and back`, async () => {
      const page = await chromium.newPage();
      await page.setViewportSize(viewport);
      await page.addInitScript(recordShifts);
      await page.goto(server.baseUrl, { waitUntil: "commit" });
      await waitForPicture(page);
      await page.getByRole("textbox", { name: "Message", exact: true }).fill("good evening");
      await page.keyboard.press("Enter");
      await page.locator(".chat-line[data-sent=true]").last().waitFor({ timeout: 5000 });
      const pinned = await page.evaluate(() => document.querySelector("video")!.videoHeight) === 90 ? "MQ" : "LQ";
      await press(page, pinned);
      await page.locator("#shown", { hasText: pinned }).waitFor({ timeout: 8000 });
      await press(page, "Gaming");
      await page.getByRole("meter").waitFor({ timeout: 5000 });
      await waitFor("what the motion chose", 5000, async () => /moves$/.test(await page.textContent("#choice-line") ?? ""), 100);
      await press(page, "Home");
      await page.getByRole("meter").waitFor({ state: "hidden", timeout: 5000 });
      const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: Shift[] }).shifts);
      const sum = shifts.reduce((total, { value }) => total + value, 0);
      assert.ok(sum <= MOST_SHIFT, `${sum.toFixed(4)}: ${JSON.stringify(shifts)}`);
      await page.close();
    });
  }

  it("while paused it is said how far behind live that leads, more with every second", async () => {
    const page = await open(chromium, server);
    await waitFor("two seconds of it", 10_000, () => page.evaluate(() => document.querySelector("video")!.currentTime > 2), 50);
    await page.keyboard.press(" ");
    const behind = async () => Number(/^([\d.]+) s behind live$/.exec(await page.textContent("#latency:not([hidden])") ?? "")?.[1] ?? NaN);
    await page.locator("#stage[data-paused=true] #latency:not([hidden])").waitFor({ timeout: 3000 });
    const first = await behind();
    await waitFor("a second more", 4000, async () => await behind() > first + 1, 100);
    await page.close();
  });

  it("a press beside a dialog closes it, a press on its edge does not, and what it is about is read out first", async () => {
    const page = await open(chromium, server);
    for (const name of ["Settings", "Donate", "Share", "Keyboard shortcuts"]) {
      if (name === "Keyboard shortcuts") await page.keyboard.press("?");
      else await press(page, name);
      const dialog = page.getByRole("dialog", { name, exact: true });
      await dialog.waitFor({ timeout: 3000 });
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), name);
      const box = (await dialog.boundingBox())!;
      await page.mouse.click(box.x + 5, box.y + box.height / 2);
      assert.equal(await dialog.isVisible(), true, name);
      await page.mouse.click(box.x - 5, box.y + box.height / 2);
      await dialog.waitFor({ state: "hidden", timeout: 3000 });
    }
    await page.close();
  });

  it("the picture alone, in another site's frame, shows that a press has paused it", async () => {
    const page = await chromium.newPage();
    await page.goto(`${server.baseUrl}/embed`, { waitUntil: "commit" });
    await waitForPicture(page);
    const sign = page.locator("#toggle svg");
    assert.equal(await sign.isVisible(), false);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await sign.waitFor({ timeout: 3000 });
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await sign.waitFor({ state: "hidden", timeout: 3000 });
    await page.close();
  });

  it("on a screen for fingers whatever can be pressed is 44 px high, on the page and in its dialogs", async () => {
    const touch = await openChromium({ ignoresOrigins: false, isTouch: true, viewport: PHONE });
    try {
      const page = await open(touch, server);
      assert.deepEqual(await page.evaluate(findSmall), [], "the page");
      for (const name of ["Settings", "Donate", "Share"]) {
        await page.getByRole("button", { name, exact: true }).click();
        await page.getByRole("dialog", { name, exact: true }).waitFor();
        assert.deepEqual(await page.evaluate(findSmall), [], name);
        await page.keyboard.press("Escape");
      }
    } finally {
      await touch.close();
    }
  });
});

interface Shift {
  readonly value: number;
  readonly what: string;
}

/** https://wicg.github.io/layout-instability/ */
interface Instability {
  readonly value: number;
  readonly sources: readonly { readonly node: Node | null; readonly previousRect: DOMRect; readonly currentRect: DOMRect }[];
}

/** Runs in the page, before it: every layout shift, also those right after a press, which browsers forgive. */
function recordShifts(): void {
  const shifts: Shift[] = [];
  Object.assign(globalThis, { shifts });
  new PerformanceObserver((list) => {
    for (const { startTime, value, sources } of list.getEntries() as (PerformanceEntry & Instability)[]) {
      const moved = sources.map(({ node, previousRect: from, currentRect: to }) => {
        const what = node instanceof Element ? `${node.tagName}.${node.className}` : node?.textContent;
        return `${what} from ${from.x},${from.y} to ${to.x},${to.y}`;
      });
      shifts.push({ value, what: `at ${Math.round(startTime)} ms ${moved.join("; ")}` });
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** Runs in the page: what can be pressed and is too small for a finger. */
function findSmall(): string[] {
  return [...document.querySelectorAll<HTMLElement>("button, .field")].filter((each) => each.checkVisibility()).flatMap((each) => {
    const { width, height } = each.getBoundingClientRect();
    // The badge reaches beyond what is seen of it.
    const beyond = 2 * Math.max(0, -parseFloat(getComputedStyle(each, "::after").top) || 0);
    const isIcon = each.matches(".button, .panel-close");
    return height + beyond < 44 || (isIcon && width < 44) ? [`${each.ariaLabel ?? each.textContent}: ${width} x ${height}`] : [];
  });
}

async function open(chromium: Chromium, server: Tercet): Promise<Page> {
  const page = await chromium.newPage();
  await page.goto(server.baseUrl, { waitUntil: "commit" });
  await waitForPicture(page);
  return page;
}

async function waitForPicture(page: Page): Promise<void> {
  await waitFor("a moving picture", 15_000, () => page.evaluate(() => (document.querySelector("video")?.currentTime ?? 0) > 0.5), 50);
}

/** The controls may have gone. */
async function press(page: Page, name: string): Promise<void> {
  await page.mouse.move(100, 100);
  await page.mouse.move(110, 110);
  await page.getByRole("button", { name, exact: true, includeHidden: true }).click();
}
