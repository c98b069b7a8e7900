import assert from "node:assert/strict";
import { afterAll, describe } from "@std/testing/bdd";
import { waitFor } from "../fixtures/condition.ts";
import { signalTo } from "../fixtures/proc.ts";
import { beepsOf, longestStill, numbersOf, type Watch, watchSources } from "../fixtures/watch_source.ts";
import { type Clips, makeClips } from "./clips.ts";
import { assertInSync, assertNoCard, assertWhole, changesOf, firstShown, watchFor } from "./expect.ts";
import { together } from "./together.ts";

/** Too large for a clip of some seconds to be played from memory. */
const LARGE = { canvas: { width: 1024, height: 576 } };

function assertNoTrend(offs: readonly number[], what: string): void {
  const third = Math.ceil(offs.length / 3);
  const mean = (some: readonly number[]) => some.reduce((sum, off) => sum + off, 0) / some.length;
  const drift = mean(offs.slice(-third)) - mean(offs.slice(0, third));
  assert.ok(offs.length < 6 || Math.abs(drift) < 15, `${what}: the sound drifts: ${offs.map(Math.round)}`);
}

function assertLoops(watch: Watch, what: string, o: { pictures: number; beepsAPass: number; passSeconds: number }): void {
  assertNoCard(watch, what);
  assertWhole(watch, o.pictures, what);
  const playedMs = watch.ticks.at(-1)!.ms - firstShown(watch)!.ms;
  const passes = Math.floor(playedMs / o.passSeconds / 1000 - 0.3);
  if (o.beepsAPass === 0) return;
  const beeps = beepsOf(watch.sound());
  assert.ok(beeps.length >= passes * o.beepsAPass, `${what}: ${beeps.length} beeps in ${passes} passes: ${beeps.map(Math.round)}`);
  assertNoTrend(assertInSync(watch, what, { least: passes }), what);
}

describe("files that are shown again and again", () => {
  let clips: Clips;
  afterAll(() => clips.remove());

  together(() => void (clips = makeClips()), {
    "every picture of every pass from memory, whose tracks end apart (rows b1, b2)": async () => {
      const files = [
        { name: "short", seconds: 3, soundSeconds: 2.4, beepsAPass: 3, pictures: 90, passSeconds: 3 },
        { name: "long", seconds: 2.2, soundSeconds: 2.9, beepsAPass: 3, pictures: 66, passSeconds: 2.93 },
        { name: "mute", seconds: 2.6, soundSeconds: 0, beepsAPass: 0, pictures: 78, passSeconds: 2.6 },
        { name: "tiny", seconds: 0.4, soundSeconds: 0.4, beepsAPass: 0, pictures: 12, passSeconds: 0.42 },
        { name: "film", seconds: 3.25, soundSeconds: 3.25, rate: 24, beepsAPass: 4, pictures: 78, passSeconds: 3.26 },
      ];
      await Promise.all(files.map(async ({ name, ...file }) => {
        const path = await clips.flashing(`${name}.mp4`, file);
        const watch = await watchFor(14, `file:${path}`);
        assertLoops(watch, name, file);
      }));
    },

    "and those that are too large for it": async () => {
      const files = [
        { name: "shorter", seconds: 4, soundSeconds: 1.5, beepsAPass: 2, pictures: 120, passSeconds: 4 },
        { name: "longer.mkv", seconds: 3.1, soundSeconds: 3.8, beepsAPass: 4, pictures: 93, passSeconds: 3.83 },
        { name: "stream.ts", seconds: 3.3, soundSeconds: 3.3, rate: 25, beepsAPass: 4, pictures: 83, passSeconds: 3.32 },
      ];
      const watches = await Promise.all(files.map(async ({ name, ...file }) => {
        const path = await clips.flashing(name.includes(".") ? name : `${name}.mp4`, file);
        return { name, file, watch: await watchFor(14, `file:${path}`, LARGE) };
      }));
      for (const { name, file, watch } of watches) assertLoops(watch, name, file);
      assert.ok(watches[0]!.watch.pids.size >= 6, "each pass is read anew");
    },

    "a list is shown in order, without what is missing, which is said once": async () => {
      const one = await clips.flashing("one.mp4", { seconds: 1.5, soundSeconds: 1.2 });
      const two = await clips.flashing("two.mp4", { seconds: 2, soundSeconds: 0, rate: 20 });
      const watch = await watchFor(11, `file:${one}|file:${clips.folder}/none.mp4|file:${two}`);
      assertNoCard(watch, "list");
      const numbers = numbersOf(watch.ticks);
      const ends = numbers.filter((number, index) => number > (numbers[index + 1] ?? Infinity));
      assert.deepEqual(ends.slice(0, 4), [44, 39, 44, 39], `the list: ${numbers}`);
      assert.equal(watch.lines.length, 1, watch.lines.join("\n"));
      assert.match(watch.lines[0]!, /leaves out .*No such file/);
    },

    "a file that is deleted is played to its end and held, then the card stands until it is there again": async () => {
      const path = await clips.flashing("deleted.mp4", { seconds: 4 });
      await using watch = await watchSources([`file:${path}`], LARGE);
      await watch.until(1000);
      await Deno.rename(path, `${path}.away`);
      await watch.until(8500);
      await Deno.rename(`${path}.away`, path);
      await watch.until(8600);
      await waitFor("the source", 10_000, () => !watch.ticks.at(-1)!.isCard);
      await watch.until(watch.nowMs + 1500);
      await watch.stop();
      assert.match(
        changesOf(watch.ticks),
        /^card 0, source \d+, card (6[0-9]|7[0-4])\d\d, source (8[5-9]|9\d|1\d\d)\d\d$/,
        watch.lines.join("\n"),
      );
      assert.deepEqual(watch.lines.map((line) => /away|back/.exec(line)?.[0]), ["away", "back"], watch.lines.join("\n"));
      assertWhole(watch, 120, "what was there", 5500);
    },

    "a picture's process that dies is begun again where it was, and the sound goes on": async () => {
      const path = await clips.flashing("killed.mkv", { seconds: 20 });
      await using watch = await watchSources([`file:${path}`], LARGE);
      const first = await watch.untilShown(5000);
      await watch.until(4000);
      const [picturePid] = watch.sources.pids;
      signalTo(picturePid!, "SIGKILL");
      await watch.until(9000);
      await watch.stop();
      assertNoCard(watch, "killed");
      assert.ok(longestStill(watch.ticks, first.ms) < 1500, `stood still for ${longestStill(watch.ticks, first.ms)} ms`);
      // It may come back in the middle of a flash.
      assertInSync(watch, "killed", { least: 3, toMs: 4000 });
      assertInSync(watch, "killed", { least: 2, fromMs: 5500 });
      const seconds = Math.floor((watch.ticks.at(-1)!.ms - first.ms) / 1000);
      assert.ok(Math.abs(beepsOf(watch.sound()).length - seconds) <= 1, `beeps at ${beepsOf(watch.sound()).map(Math.round)}`);
    },

    "what breaks off at once is not tried at each tick": async () => {
      const whole = await clips.flashing("whole.ts", { seconds: 4, soundSeconds: 0 });
      const bytes = await Deno.readFile(whole);
      await Deno.writeFile(`${clips.folder}/stump.ts`, bytes.subarray(0, 188 * 40));
      const watch = await watchFor(5, `file:${clips.folder}/stump.ts`, LARGE);
      assertNoCard(watch, "stump");
      assert.ok(watch.pids.size < 14, `${watch.pids.size} processes in 5 s`);
    },
  });
});
