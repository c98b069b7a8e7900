/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";
import { openPage, openStock, type Watch } from "./watch.ts";

// The limits here say "it works", on a machine that does other things too; `deno task bench` says how well.
(hasChromium() ? describe : describe.skip)("the watch page in Chromium", () => {
  let server: Tercet, chromium: Chromium;

  beforeAll(async () => {
    server = await startTercet({ args: ["--source", `lavfi:${barcodeGraph()}`] });
    chromium = await openChromium();
  });
  afterAll(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
  });

  it("shows 20 s of live picture, and says how far behind it is", async () => {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await pause(20_000);
    const seen = await watch.read();
    const said = await watch.page.textContent("#latency");
    await watch.close();
    assert.ok(seen.firstFrameMs !== null && seen.firstFrameMs < 3000, `first frame after ${seen.firstFrameMs} ms`);
    assert.ok(seen.decodedFrames > 450, `${seen.decodedFrames} pictures decoded`);
    assert.ok(seen.latencyMs !== null && seen.latencyMs.p50 < 1500, JSON.stringify(seen.latencyMs));
    assert.deepEqual(seen.errors, []);
    assert.match(said ?? "", /\d\.\d s behind live$/);
  });

  it("stock hls.js shows 20 s too", async () => {
    const watch = await openStock(`${server.baseUrl}/live.m3u8`, {}, chromium);
    await pause(20_000);
    const seen = await watch.read();
    await watch.close();
    assert.ok(seen.decodedFrames > 450, `${seen.decodedFrames} pictures decoded`);
    assert.deepEqual(seen.errors, []);
  });

  it("obeys space, M and its buttons", async () => {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await waitForPicture(watch);
    const video = () =>
      watch.page.evaluate(() => ({ isPaused: document.querySelector("video")!.paused, isMuted: document.querySelector("video")!.muted }));
    await watch.page.keyboard.press(" ");
    await waitFor("the pause", 2000, async () => (await video()).isPaused);
    await watch.page.getByRole("button", { name: "Play", exact: true }).click();
    await waitFor("play", 2000, async () => !(await video()).isPaused);
    await watch.page.keyboard.press("m");
    assert.equal((await video()).isMuted, true);
    await watch.page.getByRole("button", { name: "Unmute" }).click();
    assert.equal((await video()).isMuted, false);
    await watch.close();
  });

  it("where sound needs a press, plays without it and offers it", async () => {
    const viewersBrowser = await openChromium({ mayAutoplay: false, ignoresOrigins: false });
    const watch = await openPage(`${server.baseUrl}/`, viewersBrowser);
    // Not by asking the page: whatever playwright asks counts as a viewer's press, and would allow sound.
    await pause(4000);
    await watch.page.getByRole("button", { name: "Tap for sound" }).click();
    assert.equal(await watch.page.evaluate(() => document.querySelector("video")!.muted), false);
    assert.equal(await watch.page.getByRole("button", { name: "Tap for sound" }).isVisible(), false);
    await waitForPicture(watch);
    await watch.close();
    await viewersBrowser.close();
  });

  it("a reload stays the same viewer", async () => {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await waitForPicture(watch);
    const first = await viewerOf(watch);
    await watch.page.reload();
    await waitForPicture(watch);
    assert.equal(await viewerOf(watch), first);
    await watch.close();
  });

  it("has a picture within 3 s of a lost network's return", async () => {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await waitForPicture(watch);
    await chromium.context.setOffline(true);
    await pause(6000);
    await chromium.context.setOffline(false);
    await waitForPicture(watch, 3000);
    await watch.close();
  });

  for (const awayMs of [0, 4000]) {
    it(`goes on by itself, as the same viewer, when the server was killed and ${awayMs === 0 ? "started again at once" : "was away for 4 s"}`, async () => {
      const watch = await openPage(`${server.baseUrl}/`, chromium);
      await waitForPicture(watch);
      const viewer = await viewerOf(watch);
      await pause(3000);
      await server.kill("SIGKILL");
      await pause(awayMs);
      await server.restart();
      await waitForPicture(watch, 8000);
      assert.equal(await viewerOf(watch), viewer);
      await watch.close();
    });
  }
});

/** Waits until pictures are shown from now on: thirty more of them. */
async function waitForPicture(watch: Watch, limitMs = 10_000): Promise<void> {
  let first = -1;
  await waitFor("a moving picture", limitMs, async () => {
    const { frames } = await watch.read().catch(() => ({ frames: 0 }));
    if (first < 0 || frames < first) first = frames;
    return frames >= first + 30;
  }, 100);
}

/** The viewer in the address of the next playlist that the page asks for. */
async function viewerOf(watch: Watch): Promise<string> {
  const request = await watch.page.waitForRequest(/\/v\/[^/]+\/[^/]+\.m3u8/, { timeout: 5000 });
  return request.url().match(/\/v\/([^/]+)\//)![1]!;
}
