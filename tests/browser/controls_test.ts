/// <reference lib="dom" />
import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";
import { button, press, readBehindMs, waitForPicture, wake } from "./page_help.ts";
import { openPage, type Watch } from "./watch.ts";

/** The picture is this far behind its source at the edge, at most, on a machine that does other things too. */
const LIVE_MS = 2200;

// What the player does is asked of both browsers alike in both_browsers_test.ts.
(hasChromium() ? describe : describe.skip)("the page's controls in Chromium", () => {
  let server: Tercet, chromium: Chromium, watch: Watch;

  beforeAll(async () => {
    server = await startTercet({ args: ["--source", `lavfi:${barcodeGraph({ size: "960x540" })}`, "--ladder", LIGHT_LADDER] });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  // A profile of its own for each test: what one keeps must not be what another finds.
  beforeEach(async () => {
    chromium = await openChromium({ ignoresOrigins: false });
    watch = await openPage(`${server.baseUrl}/`, chromium);
    await waitForPicture(watch);
  });
  afterEach(async () => {
    await watch?.close();
    await chromium?.close();
  });

  it("stands where it is, whatever is scrolled to", async () => {
    const moved = await watch.page.evaluate(() => {
      const page = document.querySelector(".page")!;
      page.scrollTo(50, 50);
      return [page.scrollLeft, page.scrollTop, scrollX, scrollY];
    });
    assert.deepEqual(moved, [0, 0, 0, 0]);
  });

  it("? opens the list of keys, which Escape and ? close", async () => {
    const list = watch.page.getByRole("dialog", { name: "Keyboard shortcuts" });
    for (const key of ["Escape", "?"]) {
      await watch.page.keyboard.press("?");
      await list.waitFor({ timeout: 5000 });
      await watch.page.keyboard.press(key);
      await list.waitFor({ state: "hidden", timeout: 5000 });
    }
  });

  it("each filter changes the picture that is seen, and is kept over a reload", async () => {
    await watch.page.keyboard.press(" ");
    await pause(500);
    const before = await look();
    const seen = new Set([before]);
    for (const name of ["Grey", "Sepia", "High contrast", "Mirror", "Blur", "Night"]) {
      await choose(name);
      const now = await look();
      assert.ok(!seen.has(now), `${name} looks like another`);
      seen.add(now);
    }
    await choose("None");
    assert.equal(await look(), before);
    // Not by its key: the button that opened the settings has the focus.
    await press(watch, "Play");
    await choose("Grey");
    await watch.page.reload();
    await waitForPicture(watch);
    assert.ok(await isGrey(), "the filter is gone after a reload");
  });

  it("blur, pixel and edge glow draw over the video, picture by picture", async () => {
    for (const [name, canvas] of [["Blur", ".smooth"], ["Pixel", ".coarse"], ["Edge glow", "#effect"]] as const) {
      await choose(name);
      await watch.page.locator(canvas).waitFor({ timeout: 3000 });
      const first = await look();
      await waitFor(`another picture of ${name}`, 3000, async () => await look() !== first, 200);
    }
    await choose("None");
    assert.equal(await watch.page.locator("#effect").isVisible(), false);
    assert.equal(await watch.page.locator(".coarse, .smooth").count(), 0);
    assert.deepEqual((await watch.read()).errors, []);
  });

  it("speaks Chinese at a press, keeps that, and speaks English again", async () => {
    await press(watch, "Settings");
    await button(watch, "繁體中文").click();
    await watch.page.keyboard.press("Escape");
    assert.equal(await watch.page.evaluate(() => document.documentElement.lang), "zh-TW");
    await watch.page.reload();
    await waitForPicture(watch);
    await wake(watch);
    await button(watch, "設定").click();
    await watch.page.getByRole("dialog", { name: "設定" }).waitFor();
    await button(watch, "English").click();
    await watch.page.getByRole("dialog", { name: "Settings" }).waitFor();
  });

  it("turns light and dark at a press", async () => {
    const ground = () => watch.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await press(watch, "Settings");
    await button(watch, "Light").click();
    const light = await ground();
    await button(watch, "Dark").click();
    assert.notEqual(await ground(), light);
  });

  it("shows figures and graphs for nerds, which move", async () => {
    await press(watch, "Settings");
    await button(watch, "Stats for nerds").click();
    await waitFor("four graphs", 5000, async () => await watch.page.locator("#stats canvas").count() === 4);
    const figures = () => watch.page.locator("#stats dd").allTextContents();
    const first = await figures();
    assert.match(
      first.join("\n"),
      /^(HQ|MQ|LQ) · .* \(\d+×\d+\)\n\d\.\d\d s\n\d\.\d\d s\n1(\.\d+)?×\n\d+ of \d+\n[\d.]+ Mbit\/s\n[\d.]+ of [\d.]+ Mbit\/s\n\d+$/,
    );
    await waitFor("other figures", 3000, async () => (await figures()).join() !== first.join(), 200);
  });

  it("goes back beyond the live playlist by its time range, stays there, and returns", async () => {
    await waitFor("30 s of show", 40_000, async () => (await reachSeconds()) > 30, 500);
    await wake(watch);
    const range = await watch.page.locator("#position").boundingBox();
    const reach = await reachSeconds();
    await watch.page.mouse.click(range!.x + range!.width * (1 - 25 / reach), range!.y + range!.height / 2);
    await waitForBehind("25 s behind", (ms) => ms > 22_000 && ms < 29_000);
    assert.match(await watch.page.locator("#position").getAttribute("aria-valuetext") ?? "", /^0:2\d behind live$/);
    await pause(4000);
    await waitForBehind("25 s behind still", (ms) => ms > 22_000 && ms < 29_000);
    await watch.page.keyboard.press("l");
    await waitForBehind("the edge", (ms) => ms < LIVE_MS);
    assert.deepEqual((await watch.read()).errors, []);
  });

  it("is in order for axe in every state, wide and narrow, dark and light", async () => {
    for (const [width, height, colorScheme] of [[1280, 720, "dark"], [320, 640, "light"]] as const) {
      await watch.page.setViewportSize({ width, height });
      await watch.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await wake(watch);
      await examine("the player and the chat");
      await press(watch, "Settings");
      await examine("the settings");
      await button(watch, "Stats for nerds").click();
      await examine("the stats");
      await watch.page.locator("#stats .panel-close").click();
      await watch.page.keyboard.press("?");
      await examine("the shortcuts");
      await watch.page.keyboard.press("Escape");
      await press(watch, "Share");
      await watch.page.locator(".share-qr svg").waitFor();
      await examine("what can be shared");
      await watch.page.keyboard.press("Escape");
      await press(watch, "Gaming");
      await examine("gaming");
      // Playwright waits for what is said to be disabled; a viewer does not.
      await button(watch, "HQ").dispatchEvent("click");
      await watch.page.locator("#notice").waitFor();
      await examine("gaming, and why nothing can be chosen");
      await press(watch, "Home");
      await watch.page.getByRole("textbox", { name: "Message", exact: true }).fill("晚安 <b>all</b>");
      await watch.page.keyboard.press("Enter");
      await press(watch, "Donate");
      await examine("the donation");
      await button(watch, "$2").click();
      await watch.page.locator(".thanks").waitFor();
      await watch.page.locator(".chat-line[data-sent=true]").last().waitFor();
      await examine("a message in the chat, and thanks");
      await press(watch, "Hide chat");
      await press(watch, "Pause");
      await examine("paused, without the chat");
      await press(watch, "Show chat");
      await press(watch, "Play");
      await watch.page.evaluate(() => (document.activeElement as HTMLElement).blur());
      await watch.page.keyboard.press("ArrowLeft");
      await watch.page.locator("#stage[data-live=false]").waitFor({ timeout: 3000 });
      await examine("behind live");
      await watch.page.keyboard.press("l");
    }
    await press(watch, "Settings");
    await button(watch, "繁體中文").click();
    await examine("the settings in Chinese");
    await watch.page.keyboard.press("Escape");
    // A source that hangs.
    const encoders = [await server.runPid(), server.soundPid()];
    for (const pid of await server.ffmpegPids()) if (!encoders.includes(pid)) Deno.kill(pid, "SIGSTOP");
    const state = async () => (await (await fetch(`${server.baseUrl}/api/stream`)).json()).state;
    await waitFor("the card", 10_000, async () => await state() === "card");
    await examine("the card, in Chinese");
    await watch.page.goto(`${server.baseUrl}/embed`);
    await watch.page.locator("#toggle[aria-label]").waitFor();
    await examine("the picture alone");
  });

  async function reachSeconds(): Promise<number> {
    return -Number(await watch.page.locator("#position").getAttribute("min"));
  }

  async function waitForBehind(what: string, isThere: (behindMs: number) => boolean, limitMs = 8000): Promise<void> {
    let seen: number | null = null;
    await waitFor(what, limitMs, async () => (seen = await readBehindMs(watch)) !== null && isThere(seen), 100).catch((error) => {
      throw new Error(`${error.message}; the picture is ${seen} ms behind`);
    });
  }

  async function choose(filter: string): Promise<void> {
    await press(watch, "Settings");
    await button(watch, filter).click();
    await watch.page.keyboard.press("Escape");
  }

  /** What is really on the screen: the middle of the picture, as a PNG. */
  async function look(): Promise<string> {
    const box = (await watch.page.locator("#picture").boundingBox())!;
    const clip = { x: box.x + box.width / 2 - 150, y: box.y + box.height / 2 - 60, width: 240, height: 80 };
    return (await watch.page.screenshot({ clip, animations: "disabled" })).toString("base64");
  }

  /** Whether all that is on the screen there is grey. */
  async function isGrey(): Promise<boolean> {
    const picture = await look();
    return await watch.page.evaluate(async (picture) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const context = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      let most = 0;
      for (let i = 0; i < data.length; i += 4) most = Math.max(most, Math.abs(data[i]! - data[i + 1]!), Math.abs(data[i]! - data[i + 2]!));
      return most < 8;
    }, picture);
  }

  async function examine(state: string): Promise<void> {
    const { violations } = await new AxeBuilder({ page: watch.page }).analyze();
    // The time that a boost has left stands on the button, but is no part of its label: what one says to press it is Donate.
    const isTimeLeft = (id: string, html: string) => id === "label-content-name-mismatch" && html.includes("donate-time");
    const serious = violations.filter(({ id, impact, nodes }) =>
      (impact === "serious" || impact === "critical") && !nodes.every(({ html }) => isTimeLeft(id, html))
    );
    const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n")}`);
    assert.deepEqual(found, [], state);
  }
});
