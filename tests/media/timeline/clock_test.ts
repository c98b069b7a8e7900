import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createShowClock } from "../../../media/timeline/clock.ts";

function open(rate = 30) {
  const monotonic = { ms: 987_654.321 };
  const slips: number[] = [];
  const clock = createShowClock({ rate, monotonicMs: () => monotonic.ms, onSlip: (ms) => slips.push(ms) });
  /** Time passes while somebody asks for it now and then. */
  function pass(ms: number, everyMs = 400): void {
    for (const endMs = monotonic.ms + ms; monotonic.ms < endMs;) {
      monotonic.ms = Math.min(endMs, monotonic.ms + everyMs);
      clock.nowMs();
    }
  }
  return { monotonic, clock, slips, pass };
}

describe("the show's clock", () => {
  it("begins at 0 and knows of no tick before the show has begun", () => {
    const { monotonic, clock } = open();
    assert.equal(clock.nowMs(), 0);
    monotonic.ms += 40;
    assert.ok(Math.abs(clock.nowMs() - 40) < 1e-6);
    assert.deepEqual([clock.dueMs(1), clock.dueTick()], [NaN, NaN]);
  });

  it("has its first tick due when the show begins, and each next one 1/rate later", () => {
    const { monotonic, clock } = open();
    monotonic.ms += 250;
    clock.begin(53_700_000_000);
    assert.equal(clock.dueTick(), 53_700_000_000);
    assert.ok(Math.abs(clock.dueMs(53_700_000_030) - 1250) < 1e-6);
    monotonic.ms += 33;
    assert.equal(clock.dueTick(), 53_700_000_000);
    monotonic.ms += 0.34;
    assert.equal(clock.dueTick(), 53_700_000_001);
  });

  it("finds a tick due at its own time, for any rate", () => {
    fc.assert(fc.property(fc.integer({ min: 5, max: 120 }), fc.integer({ min: 1, max: 5000 }), (rate, ticks) => {
      const { clock, pass } = open(rate);
      const first = 1_790_000_000 * rate;
      clock.begin(first);
      pass(clock.dueMs(first + ticks) - 0.01);
      assert.equal(clock.dueTick(), first + ticks - 1);
      pass(0.01);
      assert.equal(clock.dueTick(), first + ticks);
    }));
  });

  it("is exact after a day", () => {
    const { clock, slips, pass } = open();
    clock.begin(53_700_000_000);
    pass(86_400_000);
    assert.deepEqual([clock.dueTick(), slips], [53_700_000_000 + 86_400 * 30, []]);
  });

  it("pauses by what has slipped: no tick's time moves", () => {
    const { clock, slips, pass } = open();
    clock.begin(300);
    pass(1000);
    const dueMs = clock.dueMs(330);
    pass(400);
    clock.slipBy(400);
    assert.deepEqual([clock.slipMs, slips, clock.dueMs(330), clock.dueTick()], [400, [400], dueMs, 330]);
  });

  for (const [name, ms] of [["0.6 s", 600], ["an hour", 3_600_000], ["eight hours", 28_800_000]] as const) {
    it(`makes slip of ${name} in which nobody asked for the time, before anybody sees the time behind it`, () => {
      const { monotonic, clock, slips, pass } = open();
      clock.begin(300);
      pass(1000);
      monotonic.ms += ms;
      assert.ok(Math.abs(clock.nowMs() - 1000) < 1e-5);
      assert.deepEqual([clock.dueTick(), slips.length, clock.slipMs], [330, 1, slips[0]]);
      assert.ok(Math.abs(slips[0]! - ms) < 1e-5);
    });
  }

  it("rests between two shows: what goes by is no slip, and the next one's first tick is due when it begins", () => {
    const { monotonic, clock, slips, pass } = open();
    clock.begin(300);
    pass(1000);
    clock.rest();
    assert.deepEqual([clock.dueMs(301), clock.dueTick()], [NaN, NaN]);
    monotonic.ms += 3_600_000;
    clock.begin(900_000);
    assert.deepEqual([slips, clock.dueTick()], [[], 900_000]);
    assert.ok(Math.abs(clock.dueMs(900_030) - clock.nowMs() - 1000) < 1e-5);
  });

  it("lets nobody ask for as long as he likes before the show has begun", () => {
    const { monotonic, clock, slips } = open();
    monotonic.ms += 60_000;
    assert.ok(Math.abs(clock.nowMs() - 60_000) < 1e-6);
    assert.deepEqual(slips, []);
  });
});
