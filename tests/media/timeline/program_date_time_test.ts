import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createProgramDateTime, MOST_STEP_MS } from "../../../media/timeline/program_date_time.ts";

const RATE = 30;
const FIRST = 53_700_000_000;
const mediaMs = (tick: number) => tick / RATE * 1000;

/** A show of segments of a second, while the wall clock is `offMs` ahead of what was told when it began. */
function walk(offMs: number, segments: number) {
  const told = createProgramDateTime(RATE, 0);
  const lines: string[] = [];
  const dates: number[] = [];
  for (let segment = 0; segment < segments; segment++) {
    const tick = FIRST + segment * RATE;
    dates.push(told.of(tick));
    const line = told.follow(tick, mediaMs(tick) + offMs);
    if (line !== null) lines.push(line);
  }
  return { told, lines, offs: dates.map((date, segment) => date - mediaMs(FIRST + segment * RATE)) };
}

describe("PROGRAM-DATE-TIME", () => {
  it("is media time plus what was told", () => {
    const told = createProgramDateTime(RATE, 1500);
    assert.deepEqual([told.of(FIRST + 15) - mediaMs(FIRST), told.offsetMs], [2000, 1500]);
  });

  for (const seconds of [30, -30, 60, -60]) {
    it(`walks ${seconds} s, 20 ms a segment, without a word, more softly at the end, and stays there`, () => {
      const { offs, lines } = walk(seconds * 1000, 3300);
      assert.deepEqual(lines, []);
      const missing = offs.map((off) => (seconds * 1000 - off) * Math.sign(seconds));
      for (const [segment, ms] of missing.entries()) {
        const stepMs = (missing[segment - 1] ?? ms) - ms;
        assert.ok(stepMs >= -1e-3 && stepMs <= MOST_STEP_MS + 1e-3, `a step of ${stepMs} ms at segment ${segment}`);
        if (ms > 500 && segment > 0) assert.ok(Math.abs(stepMs - MOST_STEP_MS) < 1e-3, `a step of ${stepMs} ms at segment ${segment}`);
        assert.ok(ms > -1e-3, "never beyond");
      }
      assert.ok(missing.at(-1)! < 1, `${missing.at(-1)} ms are missing`);
    });
  }

  const steps: [string, number, RegExp][] = [
    ["an hour back", -3_600_000, /set back by 3600 s/],
    ["eight hours forward", 8 * 3_600_000, /set forward by 28800 s/],
    ["61 s", 61_000, /forward by 61 s/],
  ];
  for (const [name, offMs, line] of steps) {
    it(`is stepped ${name} at once, and says so once`, () => {
      const { offs, lines } = walk(offMs, 5);
      assert.deepEqual(offs.map(Math.round), [0, offMs, offMs, offMs, offMs]);
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, line);
    });
  }

  it("follows a wall clock that drifts, and never by more than a step", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -15, max: 15 }), { maxLength: 200 }), (drifts) => {
      const told = createProgramDateTime(RATE, 0);
      let offMs = 0;
      for (const [segment, drift] of drifts.entries()) {
        offMs += drift;
        const tick = FIRST + segment * RATE;
        const before = told.offsetMs;
        assert.equal(told.follow(tick, mediaMs(tick) + offMs), null);
        assert.ok(Math.abs(told.offsetMs - before) <= MOST_STEP_MS);
        assert.ok(Math.abs(told.offsetMs - offMs) < 16 * 15 + 1, `${told.offsetMs - offMs} ms off`);
      }
    }));
  });

  it("is hardly moved by a clock that is hardly off: a show's dates stand as evenly as its segments", () => {
    const { offs } = walk(3, 20);
    for (const [segment, off] of offs.entries()) assert.ok(Math.abs(off - (offs[segment - 1] ?? off)) < 0.2);
  });
});
