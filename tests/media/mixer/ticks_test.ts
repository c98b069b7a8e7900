import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { MOST_LATE_MS, startTicks } from "../../../media/mixer/ticks.ts";
import { createShowClock } from "../../../media/timeline/clock.ts";

const RATE = 30;
const FIRST = 53_700_000_000;

/** Ticks on a clock of our own, which stands still unless the test moves it. */
function open(rate = RATE) {
  const monotonic = { ms: 1234.5 };
  const slips: number[] = [];
  const clock = createShowClock({ rate, monotonicMs: () => monotonic.ms, onSlip: (ms) => slips.push(ms) });
  clock.begin(FIRST);
  const ticks: { tick: number; lateMs: number }[] = [];
  const rounds: { newest: number; made: number }[] = [];
  let timer: { readonly callback: () => void; readonly atMs: number } | null = null;
  let made = 0;
  const stop = startTicks({
    clock,
    firstTick: FIRST,
    onTick(tick) {
      made++;
      ticks.push({ tick: tick - FIRST, lateMs: clock.nowMs() - clock.dueMs(tick) });
    },
    onDone(newest) {
      rounds.push({ newest: newest - FIRST, made });
      made = 0;
    },
    setTimer(callback, delayMs) {
      assert.ok(Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= 1001, `${delayMs}`);
      timer = { callback, atMs: monotonic.ms + delayMs };
      return () => timer = null;
    },
  });
  /** Time passes; the timer fires as late as `busyMs` says. */
  function pass(ms: number, busyMs = 0): void {
    const endMs = monotonic.ms + ms;
    while (timer && timer.atMs + busyMs <= endMs) {
      const { callback, atMs } = timer;
      timer = null;
      monotonic.ms = Math.max(monotonic.ms, atMs + busyMs);
      callback();
    }
    monotonic.ms = Math.max(monotonic.ms, endMs);
  }
  /** The whole process stands still, and then its timer fires. */
  function freeze(ms: number): void {
    monotonic.ms += ms;
    const { callback } = timer!;
    timer = null;
    callback();
  }
  return { clock, ticks, rounds, slips, stop, pass, freeze, hasTimer: () => timer !== null };
}

/** Each tick once, in order, none before it is due. */
function checkTicks(ticks: readonly { tick: number; lateMs: number }[]): void {
  assert.deepEqual(ticks.map(({ tick }) => tick), ticks.map((_, at) => at));
  for (const { tick, lateMs } of ticks) assert.ok(lateMs > -0.001 && lateMs <= MOST_LATE_MS, `tick ${tick} comes ${lateMs} ms late`);
}

describe("ticks", () => {
  it("come one by one when they are due, within a millisecond", () => {
    const { ticks, rounds, pass } = open();
    pass(10_000);
    checkTicks(ticks);
    assert.equal(ticks.length, 301);
    for (const { lateMs } of ticks) assert.ok(lateMs < 1);
    assert.ok(rounds.every(({ made }) => made === 1));
  });

  it("that a moment of 0.4 s held up all come at once, and the clock does not slip", () => {
    const { ticks, rounds, slips, pass, freeze } = open();
    pass(1000);
    freeze(400);
    pass(1000);
    checkTicks(ticks);
    assert.deepEqual(slips, []);
    assert.ok(rounds.some(({ made }) => made === 12 || made === 13));
    assert.equal(ticks.at(-1)!.tick, 72);
  });

  for (const [name, ms] of [["0.6 s", 600], ["60 s", 60_000], ["an hour", 3_600_000], ["eight hours", 28_800_000]] as const) {
    it(`that were never made in ${name} become slip, once, and media time goes on where it was`, () => {
      const { clock, ticks, rounds, slips, pass, freeze } = open();
      pass(1010);
      const before = ticks.length;
      freeze(ms);
      assert.ok(ticks.length <= before + 1, "at most the one that is due now");
      pass(1001);
      checkTicks(ticks);
      assert.equal(slips.length, 1);
      assert.ok(Math.abs(slips[0]! - ms) < 34 && clock.slipMs === slips[0]);
      assert.ok(ticks.length - before >= 30 && ticks.length - before <= 31, `${ticks.length - before} ticks in the next second`);
      assert.ok(rounds.every(({ made }) => made <= 1));
    });
  }

  it("are never made by more than half a second in one go, and never lost or made twice, however the machine stutters", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 120 }),
        fc.array(fc.tuple(fc.constantFrom("pass", "busy", "freeze"), fc.integer({ min: 0, max: 2000 })), { maxLength: 20 }),
        (rate, moments) => {
          const { ticks, rounds, pass, freeze } = open(rate);
          for (const [kind, ms] of moments) kind === "freeze" ? freeze(ms) : pass(ms, kind === "busy" ? 25 : 0);
          pass(100);
          checkTicks(ticks);
          for (const { made } of rounds) assert.ok(made <= MOST_LATE_MS / 1000 * rate + 1, `${made} ticks in one go`);
        },
      ),
    );
  });

  it("that come late by more than half a second for being too much work become slip too, though the time was asked for", () => {
    const monotonic = { ms: 0 };
    const slips: number[] = [];
    const clock = createShowClock({ rate: RATE, monotonicMs: () => monotonic.ms, onSlip: (ms) => slips.push(ms) });
    clock.begin(0);
    const rounds: number[] = [];
    let made = 0;
    let timer = () => {};
    const stop = startTicks({
      clock,
      firstTick: 0,
      // Each tick takes twice its time, for a while.
      onTick(tick) {
        made++;
        if (tick < 60) monotonic.ms += 2000 / RATE;
        clock.nowMs();
      },
      onDone() {
        rounds.push(made);
        made = 0;
      },
      setTimer(callback, delayMs) {
        timer = () => {
          monotonic.ms += delayMs;
          callback();
        };
        return () => {};
      },
    });
    for (let round = 0; round < 100; round++) timer();
    stop();
    assert.ok(slips.length > 0 && slips.every((ms) => ms > MOST_LATE_MS && ms < 2000), `${slips}`);
    assert.ok(Math.max(...rounds) <= 60);
    assert.equal(rounds.at(-1), 1);
  });

  it("end when they are stopped, also in the middle of a round", () => {
    const { ticks, stop, pass, hasTimer } = open();
    pass(100);
    stop();
    assert.equal(hasTimer(), false);
    const seen: number[] = [];
    const monotonic = { ms: 0 };
    const clock = createShowClock({ rate: 10, monotonicMs: () => monotonic.ms });
    clock.begin(0);
    monotonic.ms = 450;
    let isSet = false;
    let end = () => {};
    end = startTicks({
      clock,
      firstTick: 0,
      onTick: (tick) => tick < 2 ? seen.push(tick) : end(),
      onDone: () => {},
      setTimer: () => {
        isSet = true;
        return () => {};
      },
    });
    assert.deepEqual([ticks.length, seen, isSet], [4, [0, 1], true]);
  });
});
