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
    await waitFor("less than 2 s behind", 15_000, async () => {
      const said = await page.$eval("#latency", (element) => element.textContent ?? "");
      return Number(/^(\d+\.\d) s behind live$/.exec(said)?.[1] ?? Infinity) < 2;
    });
    const before = await seen();
    await waitFor("five more seconds of pictures", 8000, async () => (await seen()).pictures > before.pictures + 140);
  });

  it("shows the rendition of the button that is pressed", async () => {
    for (const [name, height] of [["LQ", 240], ["HQ", 720], ["MQ", 480]] as const) {
      await press(name);
      await waitFor(`${height} lines`, 6000, async () => (await seen()).height === height);
      await waitFor("the line", 3000, async () => (await text("#choices")).includes(`${name} · your choice`));
    }
  });

  it("lets the motion choose while gaming, and goes back to the pin at home", async () => {
    await press("Gaming");
    await waitFor("the motion's choice", 6000, async () => /moves/.test(await text("#choices")));
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

  async function text(selector: string): Promise<string> {
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
