/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { addressForOthers } from "./page_help.ts";
import { hasFirefox } from "./firefox.ts";
import { findBox, openFirefoxSeat, press, type Seat, wake } from "./seat.ts";
import { readButton, readText, readVideo, waitForBehind, waitForMoving } from "./seat_looks.ts";

// What the player does is asked of both browsers alike in both_browsers_test.ts; here is the rest of the page.
(hasFirefox() ? describe : describe.skip)("the watch page in Firefox", () => {
  let server: Tercet, seat: Seat;

  beforeAll(async () => {
    server = await startTercet({ args: ["--source", `lavfi:${barcodeGraph({ size: "960x540" })}`, "--ladder", LIGHT_LADDER] });
    seat = await openFirefoxSeat(`${server.baseUrl}/`);
    await waitForMoving(seat);
  });
  afterAll(async () => {
    await seat?.close();
    await server?.[Symbol.asyncDispose]();
  });

  it("plays within 2 s of live, and says how far behind it is", async () => {
    const behindMs = await waitForBehind(seat, "less than 2 s behind", (ms) => ms < 2000, 15_000);
    const said = Number(/^(\d+\.\d) s behind live$/.exec(await readText(seat, "#latency") ?? "")?.[1]);
    // From the picture's place in the show on; the encoder's time comes on top.
    assert.ok(behindMs / 1000 > said - 0.2 && behindMs / 1000 < said + 1, `says ${said} s, is ${behindMs} ms behind`);
  });

  it("shows the rendition of the button that is pressed", async () => {
    for (const [name, height] of [["HQ", 270], ["MQ", 240]] as const) {
      await press(seat, name);
      await waitFor(`${height} lines`, 6000, async () => (await readVideo(seat)).height === height);
      await waitFor("the line", 3000, async () => await readText(seat, "#choice-line") === `${name} · your choice`);
    }
  });

  it("each filter changes the picture that is seen, and is kept over a reload", async () => {
    await press(seat, "Pause");
    await waitFor("the pause", 2000, async () => (await readVideo(seat)).isPaused);
    const before = await lookStill();
    const seen = new Set([before]);
    for (const name of ["Grey", "Sepia", "High contrast", "Mirror", "Blur", "Night"]) {
      await choose(name);
      const now = await waitFor(`${name}, unlike the others`, 3000, async () => {
        const picture = await lookStill();
        return !seen.has(picture) && picture;
      });
      seen.add(now);
    }
    await choose("None");
    await waitFor("the picture as it was", 3000, async () => await lookStill() === before);
    await press(seat, "Play");
    // A headless Firefox has WebGL only where there is a driver for it; without, the picture stays as it is.
    const hasWebGl = await seat.evaluate(() => document.createElement("canvas").getContext("webgl") !== null);
    for (const [name, canvas] of [["Edge glow", "#effect"], ["Pixel", ".coarse"]] as const) {
      await choose(name);
      if (name === "Edge glow" && !hasWebGl) {
        await waitForMoving(seat);
        assert.equal(await seat.evaluate(() => document.querySelector("#effect")!.checkVisibility()), false);
        continue;
      }
      await waitFor(
        `the canvas of ${name}`,
        3000,
        () => seat.evaluate((canvas) => !!document.querySelector(canvas)?.checkVisibility(), canvas),
      );
      const first = await look();
      await waitFor(`another picture of ${name}`, 3000, async () => await look() !== first, 200);
    }
    await seat.reload();
    await waitForMoving(seat);
    assert.equal(
      await seat.evaluate(() => document.querySelector(".coarse")?.checkVisibility()),
      true,
      "the filter is gone after a reload",
    );
    assert.equal((await readVideo(seat)).height, 240, "the pin is gone after a reload");
    await choose("None");
    assert.equal(await seat.evaluate(() => document.querySelector(".coarse, #effect:not([hidden])")), null);
  });

  it("shows figures and graphs for nerds, which move", async () => {
    await press(seat, "Settings");
    await press(seat, "Stats for nerds");
    await waitFor("four graphs", 5000, () => seat.evaluate(() => document.querySelectorAll("#stats canvas").length === 4));
    const figures = () => seat.evaluate(() => [...document.querySelectorAll("#stats dd")].map(({ textContent }) => textContent).join("\n"));
    const figuresLike =
      /^MQ · your choice \(426×240\)\n\d\.\d\d s\n\d\.\d\d s\n[\d.]+×\n\d+ of \d+\n[\d.]+ Mbit\/s\n[\d.]+ of [\d.]+ Mbit\/s\n\d+$/;
    let first = "";
    await waitFor("all figures", 5000, async () => figuresLike.test(first = await figures()), 200).catch((error) => {
      throw new Error(`${error.message}: ${first}`);
    });
    await waitFor("other figures", 3000, async () => await figures() !== first, 200);
    await press(seat, "Close");
    await waitFor("no figures", 2000, async () => await readText(seat, "#stats") === null);
  });

  it("turns light and dark and speaks Chinese at a press, keeps both, and speaks English again", async () => {
    const ground = () => seat.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await press(seat, "Settings");
    await press(seat, "Dark");
    const dark = await ground();
    await press(seat, "Light");
    const light = await waitFor("another ground", 3000, async () => {
      const now = await ground();
      return now !== dark && now;
    });
    await press(seat, "繁體中文");
    await seat.key("Escape");
    await seat.reload();
    await waitForMoving(seat);
    assert.equal(await ground(), light);
    assert.equal(await seat.evaluate(() => document.documentElement.lang), "zh-TW");
    await waitFor("the badge in Chinese", 5000, async () => await readText(seat, "#badge") === "直播");
    await press(seat, "設定");
    await press(seat, "English");
    await press(seat, "System");
    await seat.key("Escape");
    await waitFor("the badge in English", 5000, async () => await readText(seat, "#badge") === "LIVE");
  });

  it("shares its addresses, which can be copied, and a QR code", async () => {
    await press(seat, "Share");
    await waitFor("the QR code", 3000, () => seat.evaluate(() => document.querySelector(".share-qr svg path")?.checkVisibility() ?? false));
    const [page, vlc, embed] = await seat.evaluate(() =>
      [...document.querySelectorAll<HTMLInputElement>(".share-row input")].map((each) => each.value)
    );
    const others = addressForOthers(server.port);
    assert.deepEqual([page, vlc], [others, `${others}live.m3u8`]);
    assert.match(embed ?? "", /^<iframe src="http.*\/embed" /);
    await press(seat, "Copy: This page");
    await waitFor("the word that it is copied", 3000, async () => /Copied/.test(await readText(seat, ".share-rows") ?? ""));
    await seat.key("Escape");
  });

  it("thanks a donor with all that there is: on the button, before everybody, with confetti, in the chat", async () => {
    await press(seat, "Donate");
    await press(seat, "$5");
    await waitFor("the thanks", 3000, async () => /Donate Success!!/.test(await readText(seat, "#donate button") ?? ""));
    await waitFor("the banner", 2000, async () => /Somebody donated \$5\. Thank you!/.test(await readText(seat, ".thanks") ?? ""));
    await waitFor("confetti", 3000, () => seat.evaluate(() => document.querySelector("canvas.confetti") !== null));
    const text = `from Firefox ${Date.now()}`;
    const { x, y, width, height } = await findBox(seat, ".chat-message");
    await seat.clickAt(x + width / 2, y + height / 2);
    for (const letter of text) await seat.key(letter);
    await seat.key("Enter");
    const lastLine = () => seat.evaluate(() => [...document.querySelectorAll<HTMLElement>(".chat-line")].at(-1)?.innerText ?? "");
    const isSaid = async () => new RegExp(`^♥.*: ${text}$`).test(await lastLine());
    await waitFor("the message with the donor's badge", 3000, isSaid);
    await seat.reload();
    await waitFor("the message again", 8000, isSaid);
    await waitForMoving(seat);
  });

  it("is the same viewer with the same picture after a look at the page without controls", async () => {
    const viewer = seat.viewers.at(-1);
    await seat.evaluate(() => void setTimeout(() => location.assign("embed")));
    await waitFor("the picture alone", 8000, () => isAt("/embed"));
    await waitForMoving(seat);
    await seat.evaluate(() => void setTimeout(() => history.back()));
    await waitFor("the page", 8000, () => isAt("/"));
    await waitForMoving(seat);
    assert.equal(seat.viewers.at(-1), viewer);
    assert.equal((await readVideo(seat)).height, 240);
  });

  it("says nothing on the console", () => assert.deepEqual(seat.complaints, []));

  it("goes on by itself as the same viewer, in the same quality, when the server was killed and started again", async () => {
    const viewer = seat.viewers.at(-1);
    await seat.evaluate(() => Object.assign(globalThis, { isOld: true }));
    await server.kill("SIGKILL");
    await server.restart();
    await waitForMoving(seat, 8000);
    assert.equal(seat.viewers.at(-1), viewer);
    assert.equal((await readVideo(seat)).height, 240);
    assert.equal(await readButton(seat, "MQ", "aria-pressed"), "true");
    assert.equal(await seat.evaluate(() => "isOld" in globalThis), true, "the page was loaded again");
  });

  it("where sound needs a press, plays without it and offers it", async () => {
    const silent = await openFirefoxSeat(`${server.baseUrl}/`, { mayAutoplay: false });
    try {
      // Not by asking the page: whatever the driver asks may count as a viewer's press, and would allow sound.
      await pause(3000);
      assert.equal((await readVideo(silent)).isMuted, true);
      await press(silent, "Tap for sound");
      await waitFor("sound", 2000, async () => !(await readVideo(silent)).isMuted);
      assert.equal(await readText(silent, "#tap-for-sound"), null);
      await waitForMoving(silent);
    } finally {
      await silent.close();
    }
  });

  function isAt(path: string): Promise<boolean> {
    return seat.evaluate(() => location.pathname).then((pathname) => pathname === path, () => false);
  }

  async function choose(filter: string): Promise<void> {
    await press(seat, "Settings");
    await press(seat, filter);
    await seat.key("Escape");
    await waitFor("no settings", 2000, async () => await readText(seat, "#settings") === null);
  }

  /** The middle of the picture as it is on the screen. */
  async function look(): Promise<string> {
    const { x, y, width, height } = await findBox(seat, "#picture");
    return await seat.look({ x: x + width / 2 - 150, y: y + height / 2 - 60, width: 240, height: 80 });
  }

  /** The same, when nothing moves any more. */
  async function lookStill(): Promise<string> {
    await wake(seat);
    let before = "";
    return await waitFor("a picture that stands", 3000, async () => {
      const now = await look();
      if (now === before) return now;
      before = now;
      return false;
    }, 100);
  }
});
