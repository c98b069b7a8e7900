import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { createOwed } from "../../../media/encoder/owed.ts";
import type { RunEnd } from "../../../media/encoder/run_end.ts";
import type { EncoderRun } from "../../../media/encoder/run_life.ts";
import { type EncoderState, superviseEncoder } from "../../../media/encoder/supervisor.ts";

const END: RunEnd = { kind: "lost", code: null, signal: "SIGKILL", reason: "gone", lastLines: [], aliveMs: 1 };

interface Back {
  readonly position: number;
}

/** One life of a fake encoder: it gives back what it was given, in order, when the test says so. */
function createFakeRun(id: string, firstPosition: number, onBack: (back: Back) => void) {
  const given: number[] = [];
  const failed: string[] = [];
  let backs = 0;
  let isFinished = false;
  let isOver = false;
  const { promise: ended, resolve } = Promise.withResolvers<RunEnd>();
  function end(end: Partial<RunEnd> = {}): void {
    isOver = true;
    resolve({ ...END, ...end });
  }
  const run: EncoderRun<string> = {
    id,
    pid: 1000 + Number(id.slice(1)),
    give(position, item) {
      assert.ok(!isFinished, `${id} is given ${position} after its end`);
      assert.ok(position > (given.at(-1) ?? -1), `${id} is given ${position} after ${given.at(-1)}`);
      assert.equal(item, `item ${position}`);
      given.push(position);
    },
    finish: () => isFinished = true,
    ended,
    fail(kind, reason) {
      failed.push(reason);
      end({ kind, reason });
    },
    stop() {
      end({ kind: "stopped" });
      return Promise.resolve();
    },
  };
  return {
    run,
    id,
    firstPosition,
    given,
    failed,
    end,
    get isFinished() {
      return isFinished;
    },
    get isOver() {
      return isOver;
    },
    /** Gives back so many, or all; an encoder whose input was closed then ends. */
    back(count = Infinity): void {
      while (count-- > 0 && backs < given.length && !isOver) onBack({ position: given[backs++]! });
      if (isFinished && backs === given.length && !isOver) end({ kind: "finished", code: 0, signal: null });
    },
  };
}

/** An encoder with fake lives and a fake clock. */
function open(o: { warmUp?: number; most?: number } = {}) {
  const { warmUp = 0, most = 30 } = o;
  const fakes: ReturnType<typeof createFakeRun>[] = [];
  const pending: { readonly firstPosition: number; finish(outcome?: RunEnd): void }[] = [];
  const outputs: { position: number; run: string }[] = [];
  const states: string[] = [];
  const delays: number[] = [];
  let timers: { callback: () => void; atMs: number }[] = [];
  let nowMs = 0;
  let startsSlowly = false;
  const supervisor = superviseEncoder<string, Back>({
    owed: createOwed<string>({ most, mostBytes: 1e9, keepBehind: warmUp, bytesOf: () => 1, onDropped: () => {} }),
    warmUp,
    startRun(firstPosition, onBack) {
      const { promise, resolve } = Promise.withResolvers<EncoderRun<string> | RunEnd>();
      pending.push({
        firstPosition,
        finish(outcome) {
          if (outcome) return resolve(outcome);
          fakes.push(createFakeRun(`r${fakes.length}`, firstPosition, onBack));
          resolve(fakes.at(-1)!.run);
        },
      });
      if (!startsSlowly) pending.pop()!.finish();
      return promise;
    },
    onBack: ({ position }, run) => outputs.push({ position, run }),
    onState(state: EncoderState) {
      states.push(state.kind);
      if (state.kind === "backing_off") delays.push(state.delayMs);
    },
    setTimer(callback, delayMs) {
      const timer = { callback, atMs: nowMs + delayMs };
      timers.push(timer);
      return () => timers = timers.filter((one) => one !== timer);
    },
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  /** Time passes, and whatever waits for nothing but promises goes on. */
  async function pass(ms: number): Promise<void> {
    for (const endMs = nowMs + ms;;) {
      await settle();
      const due = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) return void (nowMs = endMs);
      timers = timers.filter((one) => one !== due);
      nowMs = Math.max(nowMs, due.atMs);
      due.callback();
    }
  }
  return {
    supervisor,
    fakes,
    pending,
    outputs,
    states,
    delays,
    pass,
    settle,
    give: (...positions: number[]) => positions.map((position) => supervisor.give(position, `item ${position}`)),
    startSlowly: (wish = true) => void (startsSlowly = wish),
    positions: () => outputs.map(({ position }) => position),
    timers: () => timers.length,
  };
}

describe("the encoder's supervisor", () => {
  it("begins a life with the first item, and hands on what comes back", async () => {
    const { supervisor, fakes, outputs, states, settle, give } = open();
    assert.deepEqual([supervisor.state.kind, supervisor.pid, supervisor.newest], ["idle", null, null]);
    give(7, 8);
    await settle();
    give(9);
    assert.deepEqual([fakes.length, fakes[0]!.firstPosition, fakes[0]!.given], [1, 7, [7, 8, 9]]);
    assert.deepEqual([supervisor.pid, supervisor.newest, supervisor.owed.first, supervisor.owed.count], [1000, 9, 7, 3]);
    fakes[0]!.back(2);
    assert.deepEqual(outputs, [{ position: 7, run: "r0" }, { position: 8, run: "r0" }]);
    assert.deepEqual([supervisor.owed.first, states], [9, ["starting", "running"]]);
  });

  it("gives a new life at once what the dead one owed, in order, and what came meanwhile", async () => {
    const { fakes, states, delays, positions, pass, settle, give } = open();
    give(1, 2, 3, 5);
    await settle();
    fakes[0]!.back(2);
    fakes[0]!.end();
    await settle();
    give(6);
    await pass(0);
    give(8);
    assert.deepEqual([fakes[1]!.firstPosition, fakes[1]!.given], [3, [3, 5, 6, 8]]);
    fakes[1]!.back();
    assert.deepEqual([positions(), delays], [[1, 2, 3, 5, 6, 8], [0]]);
    assert.deepEqual(states, ["starting", "running", "backing_off", "starting", "running"]);
  });

  it("waits for something to encode where a life has died and nothing is owed", async () => {
    const { fakes, supervisor, settle, pass, give } = open();
    give(1);
    await settle();
    fakes[0]!.back();
    fakes[0]!.end();
    await pass(1000);
    assert.deepEqual([supervisor.state.kind, fakes.length], ["idle", 1]);
    give(2);
    await settle();
    assert.deepEqual(fakes[1]!.given, [2]);
  });

  it("lets a new life hear what came before its own, and hands nobody that again", async () => {
    const { fakes, positions, pass, settle, give } = open({ warmUp: 3 });
    give(1, 2, 3, 4, 5, 6);
    await settle();
    fakes[0]!.back(5);
    fakes[0]!.end();
    await pass(0);
    give(7);
    assert.deepEqual([fakes[1]!.firstPosition, fakes[1]!.given], [3, [3, 4, 5, 6, 7]]);
    fakes[1]!.back();
    assert.deepEqual(positions(), [1, 2, 3, 4, 5, 6, 7]);
  });

  it("ends a life from which nothing came back for half a second, and goes on with another", async () => {
    const { fakes, positions, pass, settle, give } = open();
    give(1, 2);
    await settle();
    fakes[0]!.back(1);
    await pass(400);
    assert.deepEqual(fakes[0]!.failed, []);
    await pass(200);
    assert.equal(fakes[0]!.failed[0], "Nothing came back from the encoder for 0.5 s");
    fakes[1]!.back();
    assert.deepEqual([positions(), fakes.length], [[1, 2], 2]);
  });

  it("lets a life go on that always owes something and always gives something back", async () => {
    const { fakes, pass, settle, give } = open();
    give(0, 1);
    await settle();
    for (let position = 2; position < 100; position++) {
      await pass(200);
      fakes[0]!.back(1);
      give(position);
    }
    assert.deepEqual([fakes[0]!.failed, fakes.length], [[], 1]);
  });

  it("gives a fresh life three seconds", async () => {
    const { fakes, pass, settle, give } = open();
    give(1);
    await settle();
    await pass(2800);
    assert.deepEqual(fakes[0]!.failed, []);
    await pass(300);
    assert.match(fakes[0]!.failed[0]!, /for 3.0 s/);
  });

  it("blames no life that owes nothing for being silent", async () => {
    const { fakes, pass, settle, give } = open();
    give(1);
    await settle();
    fakes[0]!.back();
    await pass(60_000);
    give(2);
    await pass(400);
    assert.deepEqual([fakes[0]!.failed, fakes.length], [[], 1]);
  });

  it("waits longer from failure to failure, at most ten seconds, and begins anew after one that delivered", async () => {
    const { fakes, pending, delays, states, settle, pass, give, startSlowly } = open({ most: 500 });
    startSlowly();
    give(1);
    for (let failure = 0; failure < 10; failure++) {
      await settle();
      pending.pop()!.finish({ ...END, kind: "cannot_start", reason: "no libx264" });
      await settle();
      give(failure + 2);
      await pass(delays.at(-1)!);
    }
    assert.deepEqual(delays, [0, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
    startSlowly(false);
    pending.pop()!.finish();
    await settle();
    assert.equal(fakes[0]!.given.length, 11);
    fakes[0]!.back(1);
    fakes[0]!.end();
    await pass(0);
    assert.deepEqual([delays.at(-1), states.slice(-3)], [0, ["running", "backing_off", "starting"]]);
  });

  it("takes no more than may be owed", async () => {
    const { supervisor, fakes, settle, give } = open({ most: 3 });
    assert.deepEqual(give(1, 2, 3, 4), [true, true, true, false]);
    assert.equal(supervisor.newest, 3);
    await settle();
    fakes[0]!.back(1);
    assert.deepEqual([give(5), fakes[0]!.given], [[true], [1, 2, 3, 5]]);
  });

  it("forgets what somebody else has filled", async () => {
    const { supervisor, fakes, positions, pass, settle, give } = open();
    give(1, 2, 3);
    await settle();
    supervisor.settle(2);
    fakes[0]!.end();
    await pass(0);
    assert.deepEqual(fakes[1]!.given, [3]);
    fakes[1]!.back();
    assert.deepEqual(positions(), [3]);
  });

  it("begins a life with the very item that it was promised, whatever is filled while it starts", async () => {
    const { supervisor, fakes, pending, settle, give, startSlowly } = open();
    startSlowly();
    give(10, 11, 12, 13);
    supervisor.settle(11);
    pending.pop()!.finish();
    await settle();
    assert.deepEqual([fakes[0]!.firstPosition, fakes[0]!.given], [10, [10, 11, 12, 13]]);
    supervisor.settle(11);
    assert.equal(supervisor.owed.first, 12);
  });

  describe("where another life was wished", () => {
    async function replaced() {
      const show = open();
      show.give(27, 28);
      await show.settle();
      show.fakes[0]!.back(1);
      show.supervisor.replaceAt(30);
      show.give(29, 30, 31);
      await show.settle();
      return show;
    }

    it("begins it there; the one before gives back what is its own and ends", async () => {
      const { supervisor, fakes, outputs, positions, settle, give } = await replaced();
      assert.deepEqual(fakes.map(({ given, isFinished }) => [given, isFinished]), [[[27, 28, 29], true], [[30, 31], false]]);
      fakes[1]!.back(1);
      assert.deepEqual(positions(), [27], "not before its turn");
      fakes[0]!.back();
      await settle();
      assert.deepEqual(positions(), [27, 28, 29, 30]);
      give(32);
      fakes[1]!.back();
      assert.deepEqual(outputs.map(({ run }) => run).join(" "), "r0 r0 r0 r1 r1 r1");
      assert.deepEqual([supervisor.state.kind, supervisor.pid], ["running", 1001]);
    });

    it("ends the one before also where its last positions were left out", async () => {
      const { fakes, supervisor, settle, give } = open();
      give(27);
      await settle();
      supervisor.replaceAt(30);
      give(31);
      await settle();
      assert.deepEqual(fakes.map(({ given, isFinished }) => [given, isFinished]), [[[27], true], [[31], false]]);
    });

    it("begins it there although no life runs at that time", async () => {
      const { fakes, supervisor, settle, give } = open();
      give(27);
      await settle();
      fakes[0]!.back();
      fakes[0]!.end();
      await settle();
      supervisor.replaceAt(30);
      give(28, 29, 30);
      await settle();
      assert.deepEqual(fakes.slice(1).map(({ given }) => given), [[28, 29], [30]]);
    });

    it("begins both again where the one before dies", async () => {
      const { fakes, positions, pass, give } = await replaced();
      fakes[1]!.back(1);
      fakes[0]!.end();
      await pass(0);
      give(32);
      assert.ok(fakes[1]!.isOver);
      assert.deepEqual(fakes.slice(2).map(({ firstPosition, given }) => [firstPosition, given]), [[28, [28, 29]], [30, [30, 31, 32]]]);
      fakes[2]!.back();
      await pass(0);
      fakes[3]!.back();
      assert.deepEqual(positions(), [27, 28, 29, 30, 31, 32]);
    });

    it("begins it there again where the one after dies", async () => {
      const { fakes, positions, pass, give } = await replaced();
      fakes[1]!.end();
      await pass(0);
      give(32);
      const open = () => fakes.filter(({ isOver }) => !isOver);
      for (let round = 0; round < 3; round++) {
        for (const fake of open()) fake.back();
        await pass(0);
      }
      assert.deepEqual(positions(), [27, 28, 29, 30, 31, 32]);
      const after = fakes.filter(({ given }) => given.some((position) => position >= 30));
      assert.ok(after.every(({ given }) => given[0]! >= 30), JSON.stringify(fakes.map(({ given }) => given)));
    });

    it("leaves no life behind that was still being started when the one before died", async () => {
      const { fakes, supervisor, pending, positions, settle, pass, give, startSlowly } = open();
      give(28, 29);
      await settle();
      supervisor.replaceAt(30);
      startSlowly();
      give(30);
      await settle();
      startSlowly(false);
      fakes[0]!.end();
      await pass(0);
      pending.pop()!.finish(); // the one that nobody waits for any more
      await settle();
      const orphan = fakes.at(-1)!;
      assert.deepEqual([orphan.given, orphan.isOver], [[], true]);
      for (let round = 0; round < 2; round++) {
        for (const fake of fakes) fake.back();
        await pass(0);
      }
      assert.deepEqual(positions(), [28, 29, 30]);
    });

    it("does so twice, one behind the other", async () => {
      const { fakes, supervisor, outputs, settle, pass, give } = open();
      give(28);
      await settle();
      supervisor.replaceAt(30);
      give(29, 30);
      await settle();
      supervisor.replaceAt(60);
      give(31, 60, 61);
      await settle();
      fakes[0]!.end();
      await pass(0);
      for (let round = 0; round < 4; round++) {
        for (const fake of fakes) fake.back();
        await pass(0);
      }
      assert.deepEqual(outputs.map(({ position }) => position), [28, 29, 30, 31, 60, 61]);
      for (const { given } of fakes) assert.equal(new Set(given.map((position) => Math.floor(position / 30))).size, 1, `${given}`);
    });
  });

  it("stops its lives, takes nothing more, and twice is harmless", async () => {
    const { fakes, supervisor, states, settle, give, timers } = open();
    give(1, 2);
    await settle();
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    assert.ok(fakes[0]!.isOver);
    assert.deepEqual([give(3), supervisor.owed.count, timers(), states.at(-1)], [[false], 0, 0, "stopped"]);
  });

  it("stops while it backs off", async () => {
    const { fakes, supervisor, settle, pass, give, timers } = open();
    give(1);
    await settle();
    fakes[0]!.end();
    await settle();
    await supervisor.stop();
    await pass(20_000);
    assert.deepEqual([fakes.length, timers()], [1, 0]);
  });

  it("has stopped only when a life that was being started has", async () => {
    const { fakes, supervisor, pending, settle, give, startSlowly } = open();
    startSlowly();
    give(1);
    let hasStopped = false;
    const stopped = supervisor.stop().then(() => hasStopped = true);
    await settle();
    assert.equal(hasStopped, false);
    pending.pop()!.finish();
    await stopped;
    assert.deepEqual([fakes[0]!.isOver, fakes[0]!.given], [true, []]);
  });

  type Step =
    | { readonly do: "give" | "back" | "die" | "start" | "cannot_start" | "replace"; readonly n: number }
    | { readonly do: "pass" | "settle"; readonly n: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant("give" as const), n: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant("back" as const), n: fc.nat(5) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("start" as const, "pass" as const), n: fc.nat(300) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("die" as const), n: fc.nat(3) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom("cannot_start" as const, "replace" as const, "settle" as const), n: fc.nat(9) }),
    },
  );

  for (const warmUp of [0, 3]) {
    it(`gives back each owed position once, in order and by the right life, whatever dies when (${warmUp} to warm up)`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const { fakes, supervisor, pending, outputs, positions, settle, pass, startSlowly } = open({ warmUp });
          startSlowly();
          const accepted: number[] = [];
          const replacements: number[] = [];
          let next = 0;
          let filled = -1;
          const alive = () => fakes.filter(({ isOver }) => !isOver);
          for (const { do: what, n } of steps) {
            if (what === "give") {
              next += n;
              if (supervisor.give(next, `item ${next}`)) accepted.push(next);
            } else if (what === "back") alive()[n % Math.max(1, alive().length)]?.back(n);
            else if (what === "die") alive()[n % Math.max(1, alive().length)]?.end();
            else if (what === "start") pending.shift()?.finish();
            else if (what === "cannot_start") pending.shift()?.finish({ ...END, kind: "cannot_start" });
            else if (what === "pass") await pass(n);
            else if (what === "replace") {
              const at = next + 1 + n;
              if (at > (replacements.at(-1) ?? 0)) {
                replacements.push(at);
                supervisor.replaceAt(at);
              }
            } else if (next - n > filled) supervisor.settle(filled = Math.min(next, next - n));
            await settle();
          }
          // All is well from now on.
          for (let round = 0; round < 40; round++) {
            while (pending.length > 0) pending.shift()!.finish();
            await pass(round < 3 ? 10_000 : 90);
            for (const fake of alive()) fake.back();
          }
          await settle();
          const got = positions();
          assert.deepEqual(got, [...new Set(got)].sort((a, b) => a - b), "once and in order");
          for (const position of accepted) assert.ok(position <= filled || got.includes(position), `${position} never came`);
          const side = (position: number) => replacements.filter((at) => at <= position).length;
          for (const { position, run } of outputs) {
            const { firstPosition, given } = fakes[Number(run.slice(1))]!;
            const own = given.find((one) =>
              one >= firstPosition && got.includes(one) && outputs.some((o) => o.position === one && o.run === run)
            )!;
            assert.equal(side(own), side(position), `${position} comes from the life that began with ${own}, replaced at ${replacements}`);
          }
          for (const { firstPosition, given } of fakes) if (given.length > 0) assert.equal(given[0], firstPosition);
          assert.ok(alive().length <= 1, `${alive().length} lives are left`);
          assert.equal(supervisor.owed.count, 0);
          await supervisor.stop();
        }),
        { numRuns: 300 },
      );
    });
  }
});
