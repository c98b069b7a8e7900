/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "playwright-core";
import { waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { openStudio, type Studio } from "../fixtures/studio.ts";
import { makeCode } from "../../media/studio/codes.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";

const RED = "lavfi:color=red:size=960x540:rate=30,realtime";
const BLUE = "lavfi:color=blue:size=960x540:rate=30,realtime";
const ARGS = ["--host", "127.0.0.1", "--source", "test", "--source", RED, "--source", BLUE, "--ladder", LIGHT_LADDER];
const PATIENCE_MS = 15_000;

(hasChromium() ? describe : describe.skip)("the studio's scene, in Chromium", () => {
  let server: Tercet, studio: Studio, chromium: Chromium, page: Page;

  beforeAll(async () => {
    server = await startTercet({ args: ARGS });
    studio = await openStudio(server);
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    chromium = await openChromium({ ignoresOrigins: false, viewport: { width: 1440, height: 900 } });
    page = await chromium.newPage();
    await page.goto(`${server.baseUrl}/studio#code=${makeCode(key, Date.now())}`);
    await source("color=blue").waitFor({ timeout: PATIENCE_MS });
  });
  afterAll(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const source = (name: string) => page.locator("#source-list li").filter({ hasText: name });
  const button = (name: string | RegExp) => page.getByRole("button", { name });
  const middle = () => readDot(page, 0.5, 0.5);
  const bottomRight = () => readDot(page, 0.86, 0.86);

  it("mutes a source and sets its loudness, which the meters of the mix show", async () => {
    const length = () => page.locator("#mix .meter-bar").evaluate((bar) => bar.getBoundingClientRect().width);
    await waitFor("a sound on the meter", PATIENCE_MS, async () => await length() > 10, 100);
    assert.equal(await pressAndRead(button("Mute: Test picture")), "true");
    await waitFor("silence in the mix", PATIENCE_MS, async () => (await studio.levels()).mix.peak < 0.001, 100);
    await waitFor("silence on the meter", PATIENCE_MS, async () => await length() < 1, 100);
    assert.equal(await pressAndRead(button("Mute: Test picture")), "false");
    await page.getByRole("slider", { name: "Loudness of Test picture" }).press("End");
    await waitFor("twice the loudness", PATIENCE_MS, async () => (await findGain()) === 2, 100);
  });

  it("shows small what is open, and of the others their kind", async () => {
    await waitFor("a small picture of what is on air", PATIENCE_MS, () => isPictured("Test picture"), 100);
    assert.equal(await isPictured("color=red"), false);
    assert.equal(await source("color=red").locator(".source-kind").innerText(), "Test graph");
    assert.equal(await source("Test picture").locator(".source-age").isVisible(), false);
  });

  it("shows an inset, keeps it under another source, moves it, and lets it go when it is shown itself", async () => {
    assert.equal(await pressAndRead(button("Inset: color=blue")), "true");
    await waitFor("a blue inset", PATIENCE_MS, async () => (await bottomRight()) === "blue", 100);
    await waitFor("the inset in the list", PATIENCE_MS, () => isPictured("color=blue"), 100);
    await page.getByRole("checkbox", { name: "Fade over, 0.3 s" }).check();
    const asked = page.waitForRequest((request) => request.method() === "PUT" && request.url().endsWith("/scene"));
    await source("color=red").locator(".source-show").click();
    assert.equal((await asked).postDataJSON().fadeSeconds, 0.3);
    await waitFor("red with a blue inset", PATIENCE_MS, async () => (await middle()) === "red" && (await bottomRight()) === "blue", 100);
    assert.equal(await pressAndRead(button("Top left")), "true");
    assert.equal(await pressAndRead(button("1/2")), "true");
    await waitFor("the inset top left", PATIENCE_MS, async () => {
      const { inset } = await studio.scene();
      return inset?.corner === "top_left" && inset.size === "1/2";
    }, 100);
    await waitFor("nothing bottom right", PATIENCE_MS, async () => (await bottomRight()) === "red", 100);
    await source("color=blue").locator(".source-show").click();
    await waitFor("blue alone", PATIENCE_MS, async () => (await bottomRight()) === "blue", 100);
    assert.equal((await studio.scene()).inset, null);
  });

  it("lays a filter over the show, and takes the mark back where the server refuses, with its words", async () => {
    assert.equal(await pressAndRead(button("Grey")), "true");
    await waitFor("no colour", PATIENCE_MS, async () => (await middle()) === "other", 100);
    await page.route(
      "**/api/studio/filter",
      (route) =>
        route.request().method() === "GET"
          ? route.continue()
          : route.fulfill({ status: 400, contentType: "application/problem+json", body: '{"kind":"bad_body","detail":"not tonight"}' }),
    );
    assert.equal(await pressAndRead(button("Blur")), "true");
    await page.getByText("That did not work: not tonight").waitFor({ timeout: PATIENCE_MS });
    assert.deepEqual(await Promise.all(["Blur", "Grey"].map((name) => button(name).getAttribute("aria-pressed"))), ["false", "true"]);
    await page.unroute("**/api/studio/filter");
    await button("None").click();
    await waitFor("blue again", PATIENCE_MS, async () => (await middle()) === "blue", 100);
  });

  it("writes a line of words over the show, moves it, and takes it away", async () => {
    const ask = () => page.evaluate(async () => (await (await fetch("api/studio/text")).json()).text);
    await page.getByRole("textbox", { name: "What it says" }).fill("Anna, live");
    assert.equal(await pressAndRead(button("Words")), "true");
    await waitFor("the words", PATIENCE_MS, async () => (await ask())?.words === "Anna, live", 100);
    await page.getByRole("combobox", { name: "Corner of the text" }).selectOption("Top right");
    await waitFor("the words top right", PATIENCE_MS, async () => (await ask())?.corner === "top_right", 100);
    assert.equal(await pressAndRead(button("Countdown")), "true");
    await waitFor("a countdown", PATIENCE_MS, async () => (await ask())?.kind === "countdown", 100);
    assert.equal(await pressAndRead(button("No text")), "true");
    await waitFor("no text", PATIENCE_MS, async () => (await ask()) === null, 100);
  });

  it("lays a logo over the show, moves it and takes it away, and says why a file is none", async () => {
    const ask = () => page.evaluate(async () => (await (await fetch("api/studio/logo")).json()).logo);
    const file = page.locator("#logo-file");
    await file.setInputFiles({ name: "no.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.getByText(/^That did not work: .*PNG/).waitFor({ timeout: PATIENCE_MS });
    assert.equal(await button("Remove the logo").isVisible(), false);
    const png = await page.evaluate(() => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 40;
      canvas.getContext("2d")!.fillRect(0, 0, 40, 40);
      return canvas.toDataURL("image/png").split(",")[1]!;
    });
    await file.setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") });
    await waitFor("a logo on the right", PATIENCE_MS, async () => (await ask())?.x > 100, 100);
    await page.getByRole("combobox", { name: "Corner of the logo" }).selectOption("Bottom left");
    await waitFor("the logo on the left", PATIENCE_MS, async () => (await ask())?.x < 100, 100);
    await button("Remove the logo").click();
    await waitFor("no logo", PATIENCE_MS, async () => (await ask()) === null, 100);
  });

  it("is in order for axe with an inset and a muted source, and reaches over no edge of a telephone", async () => {
    await button("Inset: Test picture").click();
    await button("Mute: Test picture").click();
    for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ["dark", "light"] as const) {
        // Colours that are on their way from dark to light have too little contrast.
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        const { violations } = await new AxeBuilder({ page }).analyze();
        assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`), []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${viewport.width} px`);
      }
    }
  });

  function isPictured(name: string): Promise<boolean> {
    return source(name).locator(".source-preview").evaluate((image: HTMLImageElement) => !image.hidden && image.naturalWidth === 160);
  }

  async function findGain(): Promise<number> {
    const { sources } = await page.evaluate(async () => await (await fetch("api/studio/sources")).json());
    return sources[0].gain;
  }
});

/** Whether a button says that it is pressed, in the very moment after it was: nobody waits for the server to see that. */
function pressAndRead(button: Locator): Promise<string | null> {
  return button.evaluate((element: HTMLButtonElement) => {
    element.click();
    return element.getAttribute("aria-pressed");
  });
}

/** The colour at a place of the picture, in parts of its width and height. */
function readDot(page: Page, x: number, y: number): Promise<"red" | "blue" | "other"> {
  return page.evaluate(([x, y]) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d")!;
    const video = document.querySelector("video")!;
    context.drawImage(video, video.videoWidth * x!, video.videoHeight * y!, 1, 1, 0, 0, 1, 1);
    const [red = 0, , blue = 0] = context.getImageData(0, 0, 1, 1).data;
    return red > 150 && blue < 100 ? "red" : blue > 150 && red < 100 ? "blue" : "other";
  }, [x, y]);
}
