import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { hasChromium } from "../browser/chromium.ts";
import { openStock } from "../browser/watch.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { makeWallClock } from "../fixtures/wall_clock.ts";
import { startFfmpeg } from "../players/ffmpeg.ts";
import { startVlc } from "../players/vlc.ts";

const KEY = "open sesame";
const ARGS = ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER];
/** Machines that run tests are busy. */
const MOST_GAP_MS = 2500;
/** Three players that open at once may stand meanwhile: that is no matter of the hour. */
const OPENING_MS = 8000;

function isLong({ atMs, forMs }: { readonly atMs: number; readonly forMs: number }): boolean {
  return atMs > OPENING_MS && forMs > MOST_GAP_MS;
}

describe("a room's media addresses", () => {
  it("change with the hour, and where the clock is set by three hours: hls.js, VLC and ffmpeg play on", async () => {
    const wallClock = await makeWallClock();
    const toHourSeconds = 3600 - Math.floor(Date.now() / 1000) % 3600;
    // It is 20 s before the hour.
    const offsetSeconds = toHourSeconds - 20;
    await wallClock.set(offsetSeconds);
    try {
      await using server = await startTercet({ args: ARGS, env: { ...wallClock.env, TERCET_ROOM_KEY: KEY }, isUnconfined: true });
      const url = `${server.baseUrl}/live.m3u8?key=${encodeURIComponent(KEY)}`;
      const wallMs = () => Date.now() + offsetSeconds * 1000;
      const hour = Math.floor(wallMs() / 3_600_000);
      await using vlc = await startVlc(url);
      await using ffmpeg = startFfmpeg(url);
      const stock = hasChromium() ? await openStock(url) : null;
      try {
        await waitFor("a picture in hls.js", 20_000, async () => !stock || (await stock.read()).firstFrameMs !== null, 200);
        assert.equal(Math.floor(wallMs() / 3_600_000), hour, "the hour is still to come");
        await waitFor("the next hour", 40_000, () => Math.floor(wallMs() / 3_600_000) > hour, 200);
        await pause(8000);
        await wallClock.set(offsetSeconds - 3 * 3600);
        await pause(8000);
        const [seen, shown, decoded] = [await stock?.read(), await vlc.stop(), await ffmpeg.stop()];
        assert.deepEqual(seen?.errors.filter((error) => error.includes("FATAL")) ?? [], []);
        assert.deepEqual(seen?.freezes.filter(isLong) ?? [], []);
        assert.equal(shown.exited, null);
        assert.ok((shown.lastPictureAgoMs ?? Infinity) < MOST_GAP_MS, `VLC stands for ${shown.lastPictureAgoMs} ms: ${shown.errors}`);
        assert.deepEqual(shown.freezes.filter(isLong), []);
        assert.equal(decoded.exited, null);
        assert.ok(decoded.longestGapMs < 2 * MOST_GAP_MS, `ffmpeg had no picture for ${decoded.longestGapMs} ms`);
        assert.deepEqual(decoded.errors.filter((error) => /403|404|Forbidden|Not Found/.test(error)), []);
      } finally {
        await stock?.close();
      }
    } finally {
      await wallClock.remove();
    }
  });
});
