/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Page } from "puppeteer-core";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { type Firefox, hasFirefox, openFirefox } from "./firefox.ts";

(hasFirefox() ? describe : describe.skip)("the watch page in Firefox", () => {
  let server: Tercet, firefox: Firefox, page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await startTercet({ args: ["--source", `lavfi:${barcodeGraph()}`] });
    firefox = await openFirefox();
    page = await firefox.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${server.baseUrl}/`);
    await waitFor("pictures", 15_000, async () => (await seen()).pictures > 10);
  });
  afterAll(async () => {
    await firefox?.close();
    await server?.[Symbol.asyncDispose]();
  });

  it("plays within 2 s of live, and says how far behind it is", async () => {
    await waitFor("less than 2 s behind", 15_000, async () => await behindSeconds() < 2);
    const before = await seen();
    await waitFor("five more seconds of pictures", 8000, async () => (await seen()).pictures > before.pictures + 140);
  });

  it("shows the rendition of the button that is pressed", async () => {
    for (const [name, height] of [["LQ", 240], ["HQ", 720], ["MQ", 480]] as const) {
      await press(name);
      await waitFor(`${height} lines`, 6000, async () => (await seen()).height === height);
      await waitFor("the line", 3000, async () => (await textOf("#choices")).includes(`${name} · your choice`));
    }
  });

  it("lets the motion choose while gaming, and goes back to the pin at home", async () => {
    await press("Gaming");
    await waitFor("the motion's choice", 6000, async () => /moves/.test(await textOf("#choices")));
    await press("Home");
    await waitFor("480 lines again", 6000, async () => (await seen()).height === 480);
  });

  it("stands still while paused, and plays on", async () => {
    await press("Pause");
    const { atSeconds } = await seen();
    await waitFor("the pause", 2000, async () => (await seen()).isPaused);
    await press("Play");
    await waitFor("play", 5000, async () => (await seen()).atSeconds > atSeconds + 1);
  });

  it("goes back by the arrow key, and to the edge at a press on LIVE", async () => {
    await page.keyboard.press("ArrowLeft");
    await waitFor("5 s behind", 8000, async () => {
      const seconds = await behindSeconds();
      return seconds > 4.5 && seconds < 15;
    });
    await page.click("#badge");
    await waitFor("the edge", 8000, async () => await behindSeconds() < 2);
  });

  it("says in the chat what is typed, and keeps it over a reload", async () => {
    const text = `from Firefox ${Date.now()}`;
    await page.locator('::-p-aria([name="Message"][role="textbox"])').fill(text);
    await page.keyboard.press("Enter");
    await waitFor("the message", 3000, async () => (await textOf("#chat")).includes(text));
    await page.reload();
    await waitFor("the message again", 8000, async () => (await textOf("#chat")).includes(text));
    await waitFor("pictures again", 10_000, async () => (await seen()).pictures > 10);
    assert.equal((await seen()).height, 480, "the pin is kept, too");
  });

  it("thanks a donor on the button", async () => {
    await press("Donate");
    await page.locator(".donate-amounts button").click();
    await waitFor("the thanks", 3000, async () => (await textOf("#donate")).includes("Donate Success!!"));
  });

  it("says nothing on the console", () => {
    assert.deepEqual(complaints, []);
  });

  async function seen(): Promise<{ pictures: number; height: number; atSeconds: number; isPaused: boolean }> {
    return await page.$eval("video", (video) => ({
      pictures: video.getVideoPlaybackQuality().totalVideoFrames,
      height: video.videoHeight,
      atSeconds: video.currentTime,
      isPaused: video.paused,
    }));
  }

  async function behindSeconds(): Promise<number> {
    return Number(/^(\d+\.\d) s behind live$/.exec(await textOf("#latency"))?.[1] ?? Infinity);
  }

  async function textOf(selector: string): Promise<string> {
    return await page.$eval(selector, (element) => element.textContent ?? "");
  }

  /** The controls hide after a while without the mouse. */
  async function press(name: string): Promise<void> {
    await page.mouse.move(600, 300 + Math.floor(Math.random() * 50));
    const button = await page.waitForSelector(`::-p-xpath(//button[@aria-label="${name}" or normalize-space(.)="${name}"])`, {
      timeout: 3000,
    });
    await button!.click();
  }
});
