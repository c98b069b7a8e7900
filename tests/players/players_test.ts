import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { hasChromium } from "../browser/chromium.ts";
import { watchStock } from "../browser/watch.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { playInFfmpeg } from "./ffmpeg.ts";
import { playInMpv } from "./mpv.ts";
import { playInVlc } from "./vlc.ts";

const SECONDS = 20;
/** What a player may need for its start, and a busy machine may cost. */
const LEAST_PICTURES = 30 * SECONDS / 2;

describe("real players decode twenty seconds of one show", () => {
  it("in VLC, mpv, ffmpeg and a stock hls.js, all at the same time", async (t) => {
    await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER] });
    const url = `${server.baseUrl}/live.m3u8`;
    const [vlc, mpv, ffmpeg, stock] = await Promise.all([
      playInVlc(url, SECONDS),
      playInMpv(url, SECONDS),
      playInFfmpeg(url, SECONDS),
      hasChromium() ? watchStock(url, SECONDS) : null,
    ]);
    t.diagnostic?.(JSON.stringify({ vlc, mpv, ffmpeg, stock: stock && { ...stock, readings: stock.readings.length } }));

    assert.equal(vlc.exited, null, `VLC ended: ${vlc.errors}`);
    assert.ok(vlc.pictures > LEAST_PICTURES, `VLC showed ${vlc.pictures} different pictures: ${vlc.errors}`);
    assert.ok((vlc.latencyMs?.p50 ?? Infinity) < 8000, `VLC is ${vlc.latencyMs?.p50} ms behind`);

    assert.equal(mpv.exited, null, `mpv ended: ${mpv.errors}`);
    assert.ok(mpv.differentPictures > LEAST_PICTURES, `mpv decoded ${mpv.differentPictures} different pictures`);
    assert.deepEqual(mpv.errors, []);

    assert.equal(ffmpeg.exited, null, `ffmpeg ended: ${ffmpeg.errors}`);
    assert.ok(ffmpeg.differentPictures > LEAST_PICTURES, `ffmpeg decoded ${ffmpeg.differentPictures} different pictures`);
    assert.ok(ffmpeg.soundFrames > 47 * SECONDS / 2, `ffmpeg decoded ${ffmpeg.soundFrames} frames of sound`);
    // A machine that is too busy leaves pictures out: those before stand longer, and the server counts them.
    const leftOut = await readMetric(server.baseUrl, "tercet_pictures_left_out");
    const steps = ffmpeg.unevenSteps.map((step) => /^video at \d+: \+(\d+)$/.exec(step)?.[1]);
    assert.ok(steps.every((step) => step !== undefined), `no overlap, and no hole in the sound: ${ffmpeg.unevenSteps}`);
    assert.ok(steps.reduce((sum, step) => sum + Number(step), 0) <= leftOut, `${leftOut} were left out: ${ffmpeg.unevenSteps}`);
    assert.deepEqual(ffmpeg.errors, []);

    if (stock) {
      assert.ok(stock.decodedFrames > LEAST_PICTURES, `hls.js had ${stock.decodedFrames} pictures decoded: ${stock.errors}`);
      assert.ok((stock.latencyMs?.p50 ?? Infinity) < 5000, `hls.js is ${stock.latencyMs?.p50} ms behind`);
      assert.deepEqual(stock.errors.filter((error) => error.includes("FATAL")), []);
    }
  });
});

async function readMetric(baseUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}
