import assert from "node:assert/strict";
import { afterAll, describe } from "@std/testing/bdd";
import { serveMjpeg } from "../fixtures/faults/mjpeg_server.ts";
import { beeping, lavfi, numbered, X264 } from "../fixtures/numbered.ts";
import { beepsOf, longestStill, numbersOf, watchSources } from "../fixtures/watch_source.ts";
import { type Clips, makeClips, SIZE } from "./clips.ts";
import { assertInSync, assertNoCard, assertWhole, firstShown, patience, watchFor } from "./expect.ts";
import { together } from "./together.ts";

describe("sources that come late, slowly or with holes", () => {
  let clips: Clips;
  afterAll(() => clips.remove());

  together(() => void (clips = makeClips()), {
    "MJPEG over HTTP is shown as it comes, at any rate, and held over a pause (rows 3, 3b)": async () => {
      const folder = `${clips.folder}/jpegs`;
      await Deno.mkdir(folder);
      await clips.make("jpegs/%03d.jpg", ...lavfi(numbered({ ...SIZE, rate: 30 })), "-frames:v", "140", "-q:v", "3");
      const pictures = await Promise.all(
        Array.from({ length: 140 }, (_, n) => Deno.readFile(`${folder}/${`${n + 1}`.padStart(3, "0")}.jpg`)),
      );
      await Promise.all([{ rate: 6, pauseAtMs: 5000 }, { rate: 11 }, { rate: 30 }].map(async ({ rate, pauseAtMs }) => {
        const server = serveMjpeg({ pictures, everyMs: 1000 / rate, pauseMs: 1500, ...(pauseAtMs && { pauseAtMs }) });
        const watch = await watchSources([server.url]);
        const first = await watch.untilShown(5000);
        const behind: number[] = [];
        while (watch.nowMs < 10_000) {
          await watch.until(watch.nowMs + 200);
          const number = watch.ticks.at(-1)!.number;
          if (watch.nowMs > first.ms + 1000 && number !== null) {
            behind.push((server.sent - 1 - number + 2 * pictures.length) % pictures.length);
          }
        }
        await watch.stop();
        await server.close();
        assertNoCard(watch, `${rate} a second`);
        const mostMs = 1000 / rate + 200 * patience();
        const usual = behind.toSorted((a, b) => a - b)[Math.floor(behind.length * 0.6)]! * 1000 / rate;
        assert.ok(usual <= mostMs, `${rate} a second: ${behind} pictures behind`);
        assert.ok(behind.at(-1)! * 1000 / rate <= mostMs, `${rate} a second at the end: ${behind} pictures behind`);
      }));
    },

    "sound that comes late, once or never does not hold the picture up, and stands in its place (row 1)": async () => {
      const late = async (name: string, seconds: number, delay: number, soundSeconds: number) =>
        `file:${await clips.make(
          name,
          ...lavfi(`${numbered({ ...SIZE, rate: 30 })},trim=duration=${seconds}`),
          ...["-itsoffset", `${delay}`],
          ...lavfi(`${beeping()}:d=${soundSeconds}`),
          ...X264,
          ...["-c:a", "aac"],
        )}`;
      const four = await late("late4.mkv", 9, 4, 5);
      const twelve = await late("late12.mkv", 16, 12, 4);
      const once = await late("once.mkv", 12, 300, 0.02);
      const silent = `file:${await clips.make(
        "silent.mp4",
        ...lavfi(`${numbered({ ...SIZE, rate: 30 })},trim=duration=8`),
        ...lavfi("anullsrc=d=8"),
        ...X264,
      )}`;
      const [a, b, c, d] = await Promise.all([watchFor(8, four), watchFor(15.5, twelve), watchFor(7, once), watchFor(6, silent)]);
      for (const [watch, what] of [[a, "4 s"], [b, "12 s"], [c, "once"], [d, "silent"]] as const) {
        assertNoCard(watch, what);
        assert.ok(longestStill(watch.ticks, firstShown(watch)!.ms) < 150 * patience(), `${what} stands still`);
      }
      assertInSync(a, "4 s late", { least: 3 });
      assertInSync(b, "12 s late", { least: 2 });
      const firstBeep = beepsOf(b.sound())[0]! - firstShown(b)!.ms;
      assert.ok(Math.abs(firstBeep - 12_000) < 60, `The sound that is 12 s late began after ${firstBeep} ms`);
    },

    "a gap in the picture, and a picture much shorter than its sound, are held (row 2)": async () => {
      const gap = `file:${await clips.flashing("gap.mp4", {
        seconds: 9,
        more: ["-vf", "select='lt(t,2)+gt(t,6.5)'", "-fps_mode", "vfr"],
      })}`;
      const short = `file:${await clips.flashing("short.mp4", { seconds: 2.5, soundSeconds: 7 })}`;
      const slides = `file:${await clips.make("slides.gif", ...lavfi(numbered({ ...SIZE, rate: 1 / 3 })), "-frames:v", "3")}`;
      const fifth = `file:${await clips.flashing("fifth.mp4", { seconds: 15, rate: 0.2 })}`;
      const [a, b, c, d] = await Promise.all([watchFor(13, gap), watchFor(13, short), watchFor(14, slides), watchFor(13, fifth)]);
      for (const [watch, what] of [[a, "gap"], [b, "short"], [c, "slides"], [d, "0.2 a second"]] as const) assertNoCard(watch, what);
      // Pictures 60 to 195 are not in it: a whole pass has 134.
      const numbers = numbersOf(a.ticks).map((number) => number < 60 ? number : number - 136);
      assert.ok(numbers.every((number) => number >= 0 && number < 134), `gap: ${numbers}`);
      assertWhole(a, 134, "gap", Infinity, numbers);
      assert.ok(longestStill(a.ticks, firstShown(a)!.ms) > 4000, "gap: it was not held");
      assert.ok(beepsOf(a.sound()).length >= 12, `gap: beeps at ${beepsOf(a.sound())}`);
      assertInSync(a, "gap", { least: 6 });
      assertWhole(b, 75, "short");
      assert.ok(beepsOf(b.sound()).length >= 12, `short: beeps at ${beepsOf(b.sound())}`);
      assert.deepEqual(numbersOf(c.ticks).slice(0, 5), [0, 1, 2, 0, 1]);
      assert.deepEqual(numbersOf(d.ticks), [0, 1, 2]);
    },

    "fewer than two pictures a second, stored and live (row 2c)": async () => {
      const stored = await Promise.all([1, 0.7, 2].map((rate) => clips.flashing(`slow${rate}.mp4`, { seconds: 11, rate })));
      const sources = [
        ...stored.map((path) => `file:${path}`),
        ...[0.8, 1.5].map((rate) => `lavfi:${numbered({ ...SIZE, rate })},realtime[out0];${beeping()},arealtime[out1]`),
      ];
      await Promise.all(sources.map(async (source) => {
        const watch = await watchFor(10, source);
        assertNoCard(watch, source.slice(-40));
        const numbers = numbersOf(watch.ticks);
        assert.ok(
          numbers.every((number, index) => index === 0 || number === numbers[index - 1]! + 1 || number === 0),
          `${source}: ${numbers}`,
        );
        assert.ok(
          beepsOf(watch.sound()).length >= Math.floor((10_000 - firstShown(watch)!.ms) / 1000) - 1,
          `${source}: beeps at ${beepsOf(watch.sound())}`,
        );
      }));
    },
  });
});
