import assert from "node:assert/strict";
import { afterAll, describe } from "@std/testing/bdd";
import { waitFor } from "../fixtures/condition.ts";
import { beeping, lavfi, numbered } from "../fixtures/numbered.ts";
import { signalTo } from "../fixtures/proc.ts";
import { beepsOf, flashesOf, longestStill, numbersOf, watchSources } from "../fixtures/watch_source.ts";
import { type Clips, makeClips, SIZE } from "./clips.ts";
import { assertInSync, firstShown, patience, watchFor } from "./expect.ts";
import { together } from "./together.ts";

const PORTRAIT = { width: 180, height: 320 };

describe("several sources", () => {
  let clips: Clips;
  afterAll(() => clips.remove());
  together(() => void (clips = makeClips()), {
    "50 fast switches between eight: each tick has a picture, and the sound goes with it": async () => {
      const sources = await Promise.all([
        clips.flashing("a.mp4", { seconds: 6 }),
        clips.flashing("b.mp4", { seconds: 5, soundRate: 44_100, size: { width: 512, height: 288 } }),
        clips.flashing("c.mkv", { seconds: 7, soundRate: 8000, rate: 25 }),
        clips.flashing("d.mp4", { seconds: 6, soundSeconds: 0, size: PORTRAIT }),
        clips.flashing("e.mp4", { seconds: 9, rate: 1 }),
        clips.flashing("f.mkv", { seconds: 6, more: ["-ac", "6"] }),
        clips.make("g.png", ...lavfi(numbered({ ...SIZE, rate: 30 })), "-frames:v", "1", "-update", "1"),
      ]);
      const live = `lavfi:${numbered({ ...SIZE, rate: 30 })},realtime[out0];${beeping()},arealtime[out1]`;
      await using watch = await watchSources([...sources.map((path) => `file:${path}`), live], { shapes: [SIZE, PORTRAIT] });
      const ids = watch.sources.list().map(({ id }) => id);
      await watch.untilShown(5000 * patience());
      const problems: string[] = [];
      for (let turn = 1; turn <= 50; turn++) {
        const problem = await watch.show(ids[(turn * 3) % ids.length]!);
        if (problem !== null) problems.push(problem);
        await watch.until(watch.nowMs + 150 + (turn * 37) % 250);
      }
      await watch.stop();
      // On a machine that is busy elsewhere a process may take longer to start than a wish waits.
      assert.ok(problems.length <= (patience() > 1.5 ? 12 : 0), problems.join("\n"));
      const first = firstShown(watch)!;
      const bad = watch.ticks.filter(({ ms, isCard, number }) => ms >= first.ms && (isCard || number === null));
      assert.equal(bad.length, 0, `no picture at ${bad.map(({ ms }) => Math.round(ms))}; ${watch.lines.join("\n")}`);
      // Nothing is said but that the machine is busy.
      assert.deepEqual(watch.lines.filter((line) => !/behind|as fast as it plays/.test(line)), []);
    },
    "each of them is in sync when it has come back": async () => {
      const a = await clips.flashing("sync_a.mp4", { seconds: 8 });
      const b = await clips.flashing("sync_b.mp4", { seconds: 7, soundRate: 44_100, hertz: 1500 });
      const live = `lavfi:${numbered({ ...SIZE, rate: 30 })},realtime[out0];${beeping()},arealtime[out1]`;
      await using watch = await watchSources([`file:${a}`, `file:${b}`, live]);
      await watch.untilShown(5000 * patience());
      for (let turn = 1; turn <= 7; turn++) {
        await watch.until(watch.nowMs + 2600);
        await waitFor("the switch", 20_000, async () => await watch.show(`${turn % 3 + 1}`) === null);
      }
      await watch.until(watch.nowMs + 2600);
      await watch.stop();
      assertInSync(watch, "switched", { least: flashesOf(watch.ticks).length - 4 });
      assert.ok(beepsOf(watch.sound()).length >= 14);
    },
    "what nobody shows any more is closed after 5 s, and opened again": async () => {
      const a = await clips.flashing("close_a.mp4", { seconds: 3 });
      const live = `lavfi:${numbered({ ...SIZE, rate: 30 })},realtime`;
      await using watch = await watchSources([`file:${a}`, live]);
      await watch.untilShown(5000 * patience());
      assert.equal(await watch.show("2"), null);
      assert.equal(await watch.show("1"), null);
      const leftMs = watch.nowMs;
      await waitFor("its end", 9000, () => watch.sources.list()[1]!.state.kind === "closed");
      const closedAfterMs = watch.nowMs - leftMs;
      assert.ok(closedAfterMs > 4800 && closedAfterMs < 6000, `closed after ${closedAfterMs} ms`);
      assert.equal(await watch.show("2"), null);
      await watch.stop();
    },
    "a source that cannot be opened is not shown, and says why; memory stays where nobody looks": async () => {
      const a = await clips.flashing("idle_a.mp4", { seconds: 3 });
      const live = `lavfi:${numbered({ ...SIZE, rate: 60 })},realtime`;
      await using watch = await watchSources([`file:${a}`, `file:${clips.folder}/none.mp4`, live, `file:${clips.folder}/idle_a.mp4`]);
      await watch.untilShown(5000 * patience());
      assert.match(await watch.show("2") ?? "", /No such file|Nothing came/);
      watch.sources.use(["1", "3", "4"]);
      await watch.until(watch.nowMs + 6000);
      // Nine of each that waits, and the loop of the one on air.
      const loop = 90;
      assert.ok(watch.pool.taken < loop + 4 * 10 + loop, `${watch.pool.taken} pictures are held`);
      await watch.stop();
    },
    "a film whose decoder falls behind is read on where it is due, then in part, and that is said once; the sound is not touched":
      async () => {
        const film = await clips.flashing("slow.mp4", { seconds: 40, soundSeconds: 40 });
        await using watch = await watchSources([`file:${film}`], { canvas: { width: 1024, height: 576 } });
        const first = await watch.untilShown(5000 * patience());
        await watch.until(first.ms + 1500);
        // The picture's process comes first.
        const [one] = watch.sources.pids;
        signalTo(one!, "SIGSTOP");
        const next = await waitFor("another process", 8000, () => watch.sources.pids.find((pid) => !watch.pids.has(pid)) ?? null, 5);
        await watch.until(watch.nowMs + 1500);
        assert.deepEqual(watch.lines, []);
        assert.ok(longestStill(watch.ticks, watch.nowMs - 700) < 500, "it has not gone on");
        signalTo(next, "SIGSTOP");
        await waitFor("a line", 8000, () => watch.lines.length > 0);
        await watch.until(watch.nowMs + 4000);
        await watch.stop();
        assert.deepEqual(watch.lines.map((line) => /only some of its pictures/.test(line)), [true], watch.lines.join("\n"));
        const shown = numbersOf(watch.ticks.filter(({ ms }) => ms > watch.ticks.at(-1)!.ms - 3000));
        // The first stood from before.
        assert.ok(shown.length >= 2 && shown.slice(1).every((number) => number % 30 === 0), `key pictures only: ${shown}`);
        const beeps = beepsOf(watch.sound());
        assert.ok(
          beeps.every((ms, index) => index === 0 || Math.abs(ms - beeps[index - 1]! - 1000) < 30),
          `the sound stumbles: ${beeps.map(Math.round)}`,
        );
      },
    "a graph that is made more slowly than it plays is shown as it comes, and that is said once (row f1)": async () => {
      const watch = await watchFor(8, "lavfi:testsrc2=s=7680x4320:r=60");
      assert.ok(firstShown(watch) && firstShown(watch)!.ms < 3000 * patience(), `first at ${firstShown(watch)?.ms}`);
      assert.equal(watch.ticks.filter(({ isCard, ms }) => isCard && ms > firstShown(watch)!.ms).length, 0);
      assert.ok(watch.lines.length <= 1, watch.lines.join("\n"));
      assert.ok(watch.mostTaken < 15, `${watch.mostTaken} pictures`);
    },
  });
});
