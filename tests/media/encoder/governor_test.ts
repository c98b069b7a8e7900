import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { countTick, describeStep, ENCODING_STEPS, type Governor, startGovernor } from "../../../media/encoder/governor.ts";

const RATE = 30;

/** A machine by which so many of the ticks of each second are late, for so long. */
function run(governor: Governor, from: { ms: number }, seconds: number, lateOf: (second: number, step: number) => number) {
  const steps: number[] = [];
  let now = governor;
  for (let second = 0; second < seconds; second++) {
    for (let tick = 0; tick < RATE; tick++) {
      now = countTick(now, tick < lateOf(second, now.step), from.ms);
      from.ms += 1000 / RATE;
    }
    steps.push(now.step);
  }
  return { governor: now, steps };
}

describe("the governor", () => {
  it("lets a machine that keeps up alone", () => {
    assert.equal(run(startGovernor(0), { ms: 0 }, 600, () => 2).governor.step, 0);
  });

  it("lets a few bad seconds pass", () => {
    const { governor } = run(startGovernor(0), { ms: 0 }, 60, (second) => second % 10 === 0 ? 14 : 0);
    assert.equal(governor.step, 0);
  });

  it("takes one step down where over five seconds more than a tenth of the ticks are late, and judges anew", () => {
    const { steps } = run(startGovernor(0), { ms: 0 }, 18, () => 4);
    assert.deepEqual([steps.indexOf(1), steps.indexOf(2), steps.indexOf(3)].map((second) => second >= 0), [true, true, true]);
    assert.ok(steps.indexOf(1) >= 4 && steps.indexOf(1) <= 6, `step 1 after ${steps.indexOf(1)} s`);
    assert.ok(steps.indexOf(2) - steps.indexOf(1) >= 5);
  });

  it("takes two where most are late, and never goes below the least that is a show", () => {
    const { steps } = run(startGovernor(0), { ms: 0 }, 60, () => 30);
    assert.deepEqual([...new Set(steps)], [0, 2, 4]);
    assert.equal(steps.at(-1), ENCODING_STEPS.length - 1);
  });

  it("steps up after five calm minutes, one at a time", () => {
    const clock = { ms: 0 };
    const down = run(startGovernor(0), clock, 20, (_, step) => step < 2 ? 30 : 0).governor;
    assert.equal(down.step, 2);
    const { steps } = run(down, clock, 700, () => 0);
    const first = steps.indexOf(1), second = steps.indexOf(0);
    assert.ok(first >= 280 && first <= 301, `the first after ${first} s`);
    assert.ok(second - first >= 299 && second - first <= 301, `the second ${second - first} s later`);
  });

  it("waits 10, 20, then 40 minutes where each step up had to be taken back, never longer", () => {
    const clock = { ms: 0 };
    let governor = run(startGovernor(0), clock, 8, (_, step) => step === 0 ? 4 : 0).governor;
    const upAfter: number[] = [];
    for (let round = 0; round < 5; round++) {
      const sinceMs = clock.ms;
      // Step 0 is too much for this machine, for ever.
      while (governor.step > 0) governor = run(governor, clock, 1, () => 0).governor;
      upAfter.push(Math.round((clock.ms - sinceMs) / 60_000));
      while (governor.step === 0) governor = run(governor, clock, 1, () => 4).governor;
    }
    assert.deepEqual(upAfter, [5, 10, 20, 40, 40]);
  });

  it("forgets a step up that went well for as long as it must be calm", () => {
    const clock = { ms: 0 };
    let governor = run(startGovernor(0), clock, 8, (_, step) => step === 0 ? 4 : 0).governor;
    while (governor.step > 0) governor = run(governor, clock, 1, () => 0).governor;
    governor = run(governor, clock, 400, () => 0).governor;
    governor = run(governor, clock, 8, (_, step) => step === 0 ? 4 : 0).governor;
    assert.deepEqual([governor.step, governor.calmNeededMs], [1, 5 * 60_000]);
  });

  it("never leaves its table, whatever happens", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 400_000 })), { maxLength: 300 }), (ticks) => {
      let governor = startGovernor(0);
      let ms = 0;
      for (const [isLate, later] of ticks) {
        governor = countTick(governor, isLate, ms += later);
        assert.ok(ENCODING_STEPS[governor.step]);
      }
    }));
  });

  it("says each step in words for the streamer", () => {
    assert.deepEqual([1, 2, 3, 4].map((step) => describeStep(step, step - 1).split(": ")[1]!.split(".")[0]), [
      "pictures get a little coarser",
      "pictures get a little coarser",
      "every second picture is left out",
      "HQ gets MQ's size",
    ]);
    assert.match(describeStep(1, 2), /gets better again/);
  });
});
