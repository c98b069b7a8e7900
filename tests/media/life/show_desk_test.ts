import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { type KeptShow, openLifeFile } from "../../../media/life/life_file.ts";
import { createShowDesk } from "../../../media/life/show_desk.ts";
import { CLOSING_MS, isOnAir, type LifeWish, type ShowLife, WAITING } from "../../../media/life/show_life.ts";

const NOW_MS = 1_800_000_000_000;

function openDesk(resumed: ShowLife = WAITING) {
  const done: string[] = [];
  const saved: KeptShow[] = [];
  let nowMs = NOW_MS;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  const desk = createShowDesk({
    resumed,
    said: { title: null, description: "" },
    titleGiven: "Tercet",
    stage: {
      begin: () => void done.push("begin"),
      pause: (backAtMs) => void done.push(`pause ${backAtMs}`),
      goOn: () => void done.push("go on"),
      close: () => void done.push("close"),
      end: () => void done.push("end"),
    },
    save(show) {
      saved.push(show);
      return Promise.resolve();
    },
    setTimer(callback, delayMs) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => timers = timers.filter((each) => each !== timer);
    },
    nowMs: () => nowMs,
  });
  return {
    desk,
    done,
    saved,
    pass(ms: number) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = timers.filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs);
        if (!next) break;
        timers = timers.filter((each) => each !== next);
        nowMs = next.atMs;
        next.callback();
      }
      nowMs = untilMs;
    },
  };
}

describe("the show's desk", () => {
  it("begins what was on, and pauses what was paused", () => {
    assert.deepEqual(openDesk({ kind: "on_air" }).done, ["begin"]);
    assert.deepEqual(openDesk({ kind: "paused", backAtMs: 7 }).done, ["begin", "pause 7"]);
    assert.deepEqual(openDesk({ kind: "ended" }).done, []);
  });

  it("ends a show ten seconds after the press, unless it is thought better of", () => {
    const { desk, done, pass } = openDesk({ kind: "on_air" });
    desk.press({ state: "ended" });
    pass(CLOSING_MS - 1);
    desk.press({ state: "on_air" });
    pass(CLOSING_MS);
    assert.deepEqual(done, ["begin", "close", "go on"]);
    desk.press({ state: "ended" });
    pass(CLOSING_MS);
    assert.deepEqual(done.slice(3), ["close", "end"]);
    assert.equal(desk.about.life.kind, "ended");
  });

  it("starts what is to start by itself, once, and leaves alone what was announced without", () => {
    const { desk, done, pass } = openDesk();
    desk.press({ state: "waiting", startsAtMs: NOW_MS + 60_000, startsByItself: false });
    pass(120_000);
    assert.deepEqual(done, []);
    desk.press({ state: "waiting", startsAtMs: NOW_MS + 180_000, startsByItself: true });
    pass(59_000);
    assert.deepEqual(done, []);
    pass(1500);
    assert.deepEqual([done, desk.about.life.kind], [["begin"], "on_air"]);
  });

  it("over any row of presses begins and ends in turns, and keeps what is true", () => {
    const wish: fc.Arbitrary<LifeWish> = fc.oneof(
      fc.constant({ state: "on_air" } as const),
      fc.constant({ state: "ended" } as const),
      fc.record({ state: fc.constant("paused" as const), backAtMs: fc.option(fc.constant(NOW_MS + 1000)) }),
      fc.record({
        state: fc.constant("waiting" as const),
        startsAtMs: fc.option(fc.integer({ min: NOW_MS, max: NOW_MS + 100_000 })),
        startsByItself: fc.boolean(),
      }),
    );
    fc.assert(fc.property(fc.array(fc.tuple(wish, fc.integer({ min: 0, max: 2 * CLOSING_MS }))), (presses) => {
      const { desk, done, saved, pass } = openDesk();
      for (const [wish, ms] of presses) {
        desk.press(wish);
        pass(ms);
        assert.deepEqual(saved.at(-1)?.life, desk.about.life);
        const turns = done.filter((what) => what === "begin" || what === "end");
        assert.ok(turns.every((what, at) => what === (at % 2 === 0 ? "begin" : "end")), done.join());
        assert.equal(turns.at(-1) === "begin", isOnAir(desk.about.life));
        assert.ok(done.every((what, at) => what !== "end" || done[at - 1] === "close"), "the closing card comes before the end");
      }
    }));
  });
});

describe("show.json", () => {
  const kept: KeptShow = {
    life: { kind: "paused", backAtMs: NOW_MS },
    isStopped: false,
    said: { title: "Evening", description: "" },
    titleGiven: "Tercet",
  };

  it("gives back what was kept, and puts aside what is none", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-life-" });
    try {
      const path = `${folder}/show.json`;
      const open = () => openLifeFile({ path, nowMs: NOW_MS, log: (line) => assert.fail(line) });
      const first = await open();
      assert.deepEqual([first.found, first.problem], [null, null]);
      await first.save({ ...kept, isStopped: true });
      await first.save(kept);
      assert.deepEqual((await open()).found, kept);
      for (const text of ["", "{}", "[]", "null", '{"life":{"kind":"live"}}', JSON.stringify({ ...kept, said: null }), "\0"]) {
        await Deno.writeTextFile(path, text);
        const { found, problem } = await open();
        assert.equal(found, null, text);
        assert.match(problem!, /^Cannot use .*show\.json: .*; it is kept as .*\.damaged-\d+\. The show begins as if it were the first\.$/s);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("says where it cannot be written, and the show goes on", async () => {
    const lines: string[] = [];
    const file = await openLifeFile({ path: "/nowhere/at/all/show.json", nowMs: NOW_MS, log: (line) => lines.push(line) });
    await file.save(kept);
    assert.match(
      lines.join(),
      /^Cannot write \/nowhere\/at\/all\/show\.json: .* A server that is started again may not know whether the show was on\.$/s,
    );
  });
});
