/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";
import { button, decodedHeight, isPressed, press, waitForPicture, wake } from "./page_help.ts";
import { openPage, openStock, type Watch } from "./watch.ts";

// The limits here say "it works", on a machine that does other things too; `deno task bench` says how well.
(hasChromium() ? describe : describe.skip)("the watch page in Chromium", () => {
  let server: Tercet, chromium: Chromium;

  beforeAll(async () => {
    server = await startTercet({ args: ["--source", `lavfi:${barcodeGraph({ size: "960x540" })}`, "--ladder", LIGHT_LADDER] });
    chromium = await openChromium();
  });
  afterAll(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
  });

  it("shows ten seconds of live picture, and says how far behind it is", async () => {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await pause(10_000);
    const seen = await watch.read();
    const said = await watch.page.textContent("#latency");
    await watch.close();
    assert.ok(seen.firstFrameMs !== null && seen.firstFrameMs < 3000, `first frame after ${seen.firstFrameMs} ms`);
    assert.ok(seen.decodedFrames > 220, `${seen.decodedFrames} pictures decoded`);
    assert.ok(seen.latencyMs !== null && seen.latencyMs.p50 < 1500, JSON.stringify(seen.latencyMs));
    assert.deepEqual(seen.errors, []);
    assert.match(said ?? "", /\d\.\d s behind live$/);
  });

  it("stock hls.js shows ten seconds too", async () => {
    const watch = await openStock(`${server.baseUrl}/live.m3u8`, {}, chromium);
    await pause(10_000);
    const seen = await watch.read();
    await watch.close();
    assert.ok(seen.decodedFrames > 220, `${seen.decodedFrames} pictures decoded`);
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

  it("shows what is chosen by its buttons, and says so, without a stall", async () => {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await waitForPicture(watch);
    await waitForLine(watch, /^(HQ|MQ|LQ) · automatic$/);
    const { stalls } = await watch.read();
    for (const [name, height] of [["LQ", 180], ["HQ", 270], ["MQ", 240]] as const) {
      await press(watch, name);
      assert.equal(await isPressed(watch, name), true);
      assert.equal(await isPressed(watch, "Auto"), false);
      await waitFor(`${height} lines`, 5000, async () => await decodedHeight(watch) === height);
      await waitForLine(watch, new RegExp(`^${name} · your choice$`));
    }
    await wake(watch);
    await button(watch, "HQ").focus();
    await watch.page.keyboard.press("Shift+Tab");
    await watch.page.keyboard.press("Enter");
    assert.equal(await isPressed(watch, "Auto"), true);
    await waitForLine(watch, / · automatic$/);
    const seen = await watch.read();
    await watch.close();
    assert.equal(seen.stalls, stalls);
    assert.deepEqual(seen.errors, []);
  });

  it("while gaming the quality buttons are off and say why; at home the old quality is back", async () => {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await waitForPicture(watch);
    await press(watch, "LQ");
    await press(watch, "Gaming");
    assert.equal(await isPressed(watch, "Gaming"), true);
    for (const name of ["Auto", "HQ", "MQ", "LQ"]) {
      assert.equal(await button(watch, name).isDisabled(), true);
      assert.equal(await button(watch, name).getAttribute("title"), "The motion in the picture chooses");
    }
    await waitForLine(watch, /^(HQ · a lot moves|MQ · a little moves|LQ · nothing moves)$/);
    await wake(watch);
    await button(watch, "HQ").click({ force: true });
    assert.match(await watch.page.textContent("#notice") ?? "", /Press Home/);
    await press(watch, "Home");
    assert.equal(await isPressed(watch, "LQ"), true);
    await waitForLine(watch, /^LQ · your choice$/);
    assert.equal(await decodedHeight(watch), 180);
    await watch.close();
  });

  it("a press that is not heard is taken back, and it is said why", async () => {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await waitForPicture(watch);
    await watch.page.route("**/api/viewers/*", (route) => route.request().method() === "PATCH" ? route.abort() : route.continue());
    await press(watch, "LQ");
    await waitFor("Auto again", 2000, () => isPressed(watch, "Auto"));
    assert.match(await watch.page.textContent("#notice") ?? "", /did not answer/);
    await watch.close();
  });

  it("a reload keeps the choice, and so does a server that has forgotten the viewer", async () => {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await waitForPicture(watch);
    await press(watch, "LQ");
    await waitForLine(watch, /^LQ · your choice$/);
    await watch.page.reload();
    await waitForLine(watch, /^LQ · your choice$/);
    // What a page holds whose viewer's key is not the server's any more. It is kept when the page goes, so it is changed after that.
    await watch.page.addInitScript(() => sessionStorage.setItem("tercet.viewer", "forgotten"));
    await watch.page.reload();
    await waitForPicture(watch);
    await waitForLine(watch, /^LQ · your choice$/);
    assert.equal(await isPressed(watch, "LQ"), true);
    await press(watch, "HQ");
    await waitFor("270 lines", 5000, async () => await decodedHeight(watch) === 270);
    await watch.close();
  });

  it("tells with its playlist requests, and only there, how it fares", async () => {
    const watch = await openPage("about:blank", chromium);
    const said: Record<string, (string | undefined)[]> = { playlist: [], media: [] };
    watch.page.on("request", (request) => {
      const kind = /\/v\/.*\.m3u8/.test(request.url()) ? "playlist" : /\/media\//.test(request.url()) ? "media" : null;
      if (kind !== null) said[kind]!.push(request.headers()["cmcd-request"]);
    });
    await watch.page.goto(`${server.baseUrl}/`);
    await waitForPicture(watch);
    const viewer = await viewerOf(watch);
    await watch.close();
    assert.ok(said["playlist"]!.every((each) => /^bl=\d+(,mtp=\d+)?$/.test(each ?? "")), JSON.stringify(said["playlist"]));
    assert.ok(said["media"]!.every((each) => each === undefined));
    const { experience } = await (await fetch(`${server.baseUrl}/api/viewers/${viewer}`)).json();
    assert.ok(experience.throughputBitsPerSecond > 0, JSON.stringify(experience));
  });

  for (const width of [320, 640, 1280]) {
    it(`all buttons are within reach on a screen ${width} px wide`, async () => {
      const watch = await openPage(`${server.baseUrl}/`, chromium);
      await watch.page.setViewportSize({ width, height: 640 });
      await waitForPicture(watch);
      await press(watch, "Gaming");
      for (const name of ["Pause", "Mute", "Auto", "HQ", "MQ", "LQ", "Home", "Gaming", "Full screen"]) {
        const box = await button(watch, name).boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= width && box.y + box.height <= 640, `${name} at ${JSON.stringify(box)}`);
        const isOnTop = await button(watch, name).evaluate((element) => {
          const { left, top, width, height } = element.getBoundingClientRect();
          return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
        });
        assert.ok(isOnTop, `${name} is covered`);
      }
      await watch.close();
    });
  }

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

async function waitForLine(watch: Watch, line: RegExp): Promise<void> {
  let seen: string | null = null;
  await waitFor(`the line ${line}`, 8000, async () => line.test(seen = await watch.page.textContent("#choice-line") ?? ""), 50).catch(
    (error) => {
      throw new Error(`${error.message}; it says "${seen}"`);
    },
  );
}

/** The viewer in the address of the next playlist that the page asks for. */
async function viewerOf(watch: Watch): Promise<string> {
  const request = await watch.page.waitForRequest(/\/v\/[^/]+\/[^/]+\.m3u8/, { timeout: 5000 });
  return request.url().match(/\/v\/([^/]+)\//)![1]!;
}
