/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { Frame, Page } from "playwright-core";
import { makeCode } from "../../media/studio/codes.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { openStudio } from "../fixtures/studio.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";

const ARGS = ["--off-air", "--host", "127.0.0.1", "--source", "test", "--ladder", LIGHT_LADDER];
const PATIENCE_MS = 20_000;
const TITLE = "Evening talk";

/** The watch page with its socket, the same where none opens, the embedded picture, and that in a frame of no origin. */
interface Viewers {
  readonly page: Page;
  readonly plain: Page;
  readonly embed: Frame;
  readonly sandboxed: Frame;
}

(hasChromium() ? describe : describe.skip)("a show's life, in Chromium: the studio presses, the pages follow without a reload", () => {
  let server: Tercet, chromium: Chromium, studio: Page, viewers: Viewers, site: Deno.HttpServer<Deno.NetAddr>;

  beforeAll(async () => {
    server = await startTercet({ args: ARGS, readyWithinMs: 0 });
    await waitFor("a server", PATIENCE_MS, () => fetch(`${server.baseUrl}/healthz`).then(({ ok }) => ok, () => false), 100);
    // Who has just come is not told before the streamer says so.
    await (await openStudio(server)).putShow({ title: "Evening", description: "About bread" });
    chromium = await openChromium({ ignoresOrigins: false, viewport: { width: 1280, height: 800 } });
    site = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
      const frames = ["", `sandbox="allow-scripts"`].map((how) =>
        `<iframe ${how} src="${server.baseUrl}/embed" allow="autoplay"></iframe>`
      );
      return new Response(`<!doctype html><title>Other</title>${frames.join("")}`, { headers: { "content-type": "text/html" } });
    });
    viewers = await openViewers();
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    studio = await chromium.newPage();
    await studio.goto(`${server.baseUrl}/studio#code=${makeCode(key, Date.now())}`);
    await press("Start the show").waitFor({ timeout: PATIENCE_MS });
  });
  afterAll(async () => {
    await chromium?.close();
    await site?.shutdown();
    await server?.[Symbol.asyncDispose]();
  });

  async function openViewers(): Promise<Viewers> {
    const page = await chromium.newPage();
    await page.goto(server.baseUrl);
    const plain = await chromium.newPage();
    await plain.addInitScript(() => {
      globalThis.WebSocket = class {
        constructor() {
          throw new Error("none gets through");
        }
      } as unknown as typeof WebSocket;
    });
    await plain.goto(server.baseUrl);
    const framing = await chromium.newPage();
    await framing.goto(`http://localhost:${site.addr.port}/`);
    await waitFor("two frames", PATIENCE_MS, () => framing.frames().filter((frame) => frame.url().endsWith("/embed")).length === 2, 50);
    const [embed, sandboxed] = framing.frames().filter((frame) => frame.url().endsWith("/embed"));
    const all = { page, plain, embed: embed!, sandboxed: sandboxed! };
    for (const each of Object.values(all)) await each.evaluate(() => void ((globalThis as { mark?: string }).mark = "same"));
    return all;
  }

  const press = (name: string | RegExp) => studio.getByRole("group", { name: "The show" }).getByRole("button", { name });
  const each = (act: (viewer: Page | Frame, name: string) => Promise<unknown>) =>
    Promise.all(Object.entries(viewers).map(([name, viewer]) => act(viewer, name)));

  async function allSay(text: string): Promise<void> {
    await each((viewer, name) =>
      viewer.getByText(text, { exact: true }).waitFor({ timeout: PATIENCE_MS }).catch(() => assert.fail(`${name} does not say: ${text}`))
    );
  }

  async function allPlay(): Promise<void> {
    await each(async (viewer, name) => {
      const time = () => viewer.evaluate(() => document.querySelector("video")!.currentTime);
      let before = await time();
      await waitFor(`a picture that moves: ${name}`, PATIENCE_MS, async () => {
        const now = await time();
        const isMoving = now > before && before > 0;
        before = now;
        return isMoving;
      }, 250);
      assert.equal(await viewer.locator("#standby").isVisible(), false, name);
      assert.equal(await viewer.evaluate(() => (globalThis as { mark?: string }).mark), "same", `${name} was loaded again`);
    });
  }

  /** Whatever can be seen of the show is as it was pressed, in the very moment after: nobody waits for the server to see that. */
  async function pressAndSay(name: string): Promise<string | null> {
    return await press(name).evaluate((button: HTMLButtonElement) => {
      button.click();
      return document.querySelector("#show-state")!.textContent;
    });
  }

  async function isAccessible(page: Page): Promise<void> {
    const { violations } = await new AxeBuilder({ page: page as never }).analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`), []);
  }

  it("waits: says what is announced, counts down, and asks for nothing meanwhile", async () => {
    await allSay("The show has not begun");
    await each((viewer) => viewer.getByText("About bread").waitFor({ timeout: PATIENCE_MS }));
    await studio.getByLabel("When the next show begins (optional)").fill(localTime(Date.now() + 3 * 3_600_000));
    await studio.getByRole("button", { name: "Save" }).click();
    await each(async (viewer, name) => {
      const left = viewer.locator(".standby-left");
      await left.waitFor({ timeout: PATIENCE_MS });
      assert.match(await left.textContent() ?? "", /^2:5\d:\d\d$/, name);
    });
    const asked: string[] = [];
    viewers.page.on("request", (request) => request.url().includes(".m3u8") && asked.push(request.url()));
    const { page } = viewers;
    const before = await page.locator(".standby-left").textContent();
    await waitFor("a countdown that goes on", 5000, async () => await page.locator(".standby-left").textContent() !== before, 50);
    await isAccessible(page);
    await isAccessible(studio);
    assert.deepEqual(asked, []);
    assert.equal(await page.locator("#badge").isVisible(), false);
  });

  it("begins by a press in the studio: every page plays by itself", async () => {
    assert.equal(await pressAndSay("Start the show"), "On air");
    await allPlay();
    await studio.locator("#state", { hasText: "On air" }).waitFor({ timeout: PATIENCE_MS });
  });

  it("is called something else while it is on", async () => {
    await studio.getByLabel("Title", { exact: true }).fill(TITLE);
    await studio.getByRole("button", { name: "Save" }).click();
    await Promise.all(
      [viewers.page, viewers.plain].map((page) => waitFor("the title", 8000, async () => await page.title() === TITLE, 100)),
    );
    assert.equal(await viewers.page.getByRole("heading", { level: 1 }).textContent(), TITLE);
    const html = await (await fetch(server.baseUrl)).text();
    assert.ok(html.includes(`<meta property="og:title" content="${TITLE}">`), html.slice(0, 800));
    assert.ok(html.includes(`<meta property="og:description" content="About bread">`), html.slice(0, 800));
  });

  it("pauses with a countdown and goes on: the card stands, and the picture never stops", async () => {
    await studio.getByLabel("Back in minutes (optional)").fill("5");
    assert.equal(await pressAndSay("Pause"), "Paused: the card stands");
    await Promise.all([viewers.page, viewers.plain].map((page) => page.getByText(/^BACK IN 4:\d\d$/).waitFor({ timeout: PATIENCE_MS })));
    await allPlay();
    assert.equal(await pressAndSay("Go on"), "On air");
    await viewers.page.getByText("LIVE", { exact: true }).waitFor({ timeout: PATIENCE_MS });
  });

  it("asks once more before it ends, and can be called back while the closing card stands", async () => {
    await press("End the show").click();
    assert.equal((await (await openStudio(server)).readShow()).state, "on_air");
    assert.equal(await pressAndSay("Really end it?"), "The closing card stands, then the show ends");
    assert.equal(await pressAndSay("Do not end"), "On air");
    await waitFor("the server to know", 5000, async () => (await (await openStudio(server)).readShow()).state === "on_air", 100);
  });

  it("ends: every page says so and rests, and the next show is there by itself", async () => {
    await press("End the show").click();
    await press("Really end it?").click();
    await allSay("The show has ended");
    await studio.locator("#picture-note", { hasText: "Off the air" }).waitFor({ timeout: PATIENCE_MS });
    await isAccessible(viewers.page);
    await pause(1000);
    await press("Start the show").click();
    await allPlay();
    assert.ok(!await viewers.page.evaluate(() => document.querySelector("video")!.paused), "nobody has paused it");
  });
});

function localTime(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
