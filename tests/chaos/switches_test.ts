import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { hasChromium } from "../browser/chromium.ts";
import { openStock } from "../browser/watch.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { openStudio } from "../fixtures/studio.ts";
import { lookAtSwitch, SWITCH_SOURCES } from "../fixtures/switch_sources.ts";
import { listStays } from "./stays.ts";
import { assertNoOtherMap } from "./no_other_map.ts";
import { startTake } from "./take.ts";

const LADDER = "480x270@1200k,426x240@500k,320x180@300k";
/** Of another size, shape, rate and sound each: 4:3 at 25, portrait at 50 without sound, 15 at 8 kHz, a still picture, a graph. */
const CHOSEN = [1, 3, 4, 6, 7];
const ORDER = [3, 4, 7, 6, 1, 7];
const STAY_MS = 2000;

// Fifty of them, with VLC and ffmpeg: deno task bench switches.
describe("switches between sources of every kind", () => {
  it("six of them change no MAP, lose no picture and stop nothing in a stock hls.js", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-sources-" });
    try {
      const texts = await Promise.all(CHOSEN.map((source) => SWITCH_SOURCES[source]!.make(folder)));
      await using server = await startTercet({ args: [...texts.flatMap((text) => ["--source", text]), "--ladder", LADDER] });
      const studio = await openStudio(server);
      const ids = (await studio.sources()).map(({ id }) => id);
      const url = `${server.baseUrl}/live.m3u8`;
      await waitFor("the first source", 10_000, async () => await server.metric("tercet_card_shown") === 0);
      await pause(1500); // what is listed first begins with a whole segment
      const canvas = await server.canvas();
      await using taking = await startTake(url, { canvas, look: (luma) => lookAtSwitch(luma, canvas) });
      const stock = hasChromium() ? await openStock(url) : null;
      try {
        if (stock) await waitFor("a picture in hls.js", 20_000, async () => (await stock.read()).firstFrameMs !== null, 200);
        await pause(STAY_MS);
        for (const source of ORDER) {
          await studio.show(ids[CHOSEN.indexOf(source)]!);
          await pause(STAY_MS);
        }
        const seen = await stock?.read();
        const take = await taking.end();
        const stays = listStays(take);
        assert.deepEqual(stays.map(({ source }) => source), [CHOSEN[0], ...ORDER], server.output());
        assertNoOtherMap(take.recording, server);
        assert.deepEqual(take.recording.faults, []);
        const cards = take.pictures.flatMap(({ seen, startSeconds }) =>
          seen.source === null ? [(startSeconds - stays[0]!.startSeconds).toFixed(2)] : []
        );
        assert.equal(cards.length, 0, `the card stood, or something between, at ${cards}`);
        const offsets = stays.flatMap(({ offsetsMs }) => offsetsMs);
        assert.ok(offsets.length >= 3, `${offsets.length} flashes with a beep`);
        assert.ok(offsets.every((ms) => Math.abs(ms) <= 70), `beeps off their flashes by ${offsets.map(Math.round)} ms`);
        assert.deepEqual(seen?.errors.filter((error) => error.includes("FATAL")) ?? [], []);
        assert.deepEqual(seen?.freezes.filter(({ forMs }) => forMs > 1000) ?? [], []);
      } finally {
        await stock?.close();
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
