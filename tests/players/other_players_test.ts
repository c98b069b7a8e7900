import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { PROGRAMS } from "./programs.ts";
import { playInVlc } from "./vlc.ts";

const SECONDS = 10;
/** A third of what there is, on a machine that is busy. */
const LEAST_PICTURES = 30 * SECONDS / 3;

// All of them, for half a minute: deno task bench other_players; VLC's first pictures: deno task bench vlc_first.
describe("players that nobody tuned anything for", () => {
  it("ffplay and GStreamer's playbin3 play", async () => {
    await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER] });
    for (const name of ["ffplay", "GStreamer playbin3"]) {
      const played = await PROGRAMS[name]!(`${server.baseUrl}/live.m3u8`, SECONDS);
      assert.equal(played.exitedWith, null, `${name} ended: ${played.lastWords}`);
      assert.ok(played.pictures > LEAST_PICTURES, `${name} showed ${played.pictures} pictures: ${played.lastWords}`);
    }
  });

  it("VLC shows a source without sound as soon as one with sound", async () => {
    const graph = barcodeGraph({ size: "960x540" });
    await using server = await startTercet({ args: ["--source", `lavfi:${graph}`, "--ladder", LIGHT_LADDER] });
    const seen = await playInVlc(`${server.baseUrl}/live.m3u8`, SECONDS);
    // Where the silence stood behind its picture it took 16 s.
    assert.ok((seen.firstPictureMs ?? Infinity) < 6000, `VLC's first picture came after ${seen.firstPictureMs} ms`);
    assert.ok(seen.pictures > LEAST_PICTURES, `VLC showed ${seen.pictures} pictures`);
  });
});
