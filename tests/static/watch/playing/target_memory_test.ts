import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { FRESH_TARGET, lowerTarget, noteBuffered, raiseTarget, type TargetMemory } from "../../../../static/watch/playing/target_memory.ts";

const HOLD_BACK_SECONDS = 0.6;

describe("target memory", () => {
  it("a stall raises the target, many stalls by a second at most", () => {
    assert.equal(raiseTarget(FRESH_TARGET, 0).extraSeconds, 0.4);
    let memory = FRESH_TARGET;
    for (let i = 0; i < 9; i++) memory = raiseTarget(memory, i * 3000);
    assert.equal(memory.extraSeconds, 1);
  });

  it("a stall that is told twice raises it once", () => {
    const memory = raiseTarget(FRESH_TARGET, 1000);
    assert.equal(raiseTarget(memory, 1200), memory);
    assert.equal(noteBuffered(memory, 0, 4000), memory);
  });

  it("media that comes when nothing is left is a stall, though nobody has told of one", () => {
    assert.equal(noteBuffered(FRESH_TARGET, 0.01, 1000).extraSeconds, 0.4);
    assert.equal(noteBuffered(FRESH_TARGET, 0.03, 1000), FRESH_TARGET);
  });

  it("30 calm seconds with enough in hand bring all of it back", () => {
    const memory = see(raiseTarget(FRESH_TARGET, 1000), [[7000, 0.75], [20_000, 0.9]]);
    assert.equal(lowerTarget(memory, HOLD_BACK_SECONDS, 30_999), memory);
    const lowered = lowerTarget(memory, HOLD_BACK_SECONDS, 31_000);
    assert.equal(lowered.extraSeconds, 0);
    assert.equal(lowerTarget(lowered, HOLD_BACK_SECONDS, 99_000), lowered);
  });

  it("as far behind as the latest media needed it stays, with the hold-back in hand", () => {
    // A calm network leaves 0.35 s of the hold-back: 0.45 s with an extra of 0.4 s is 0.3 s late.
    let memory = see(raiseTarget(FRESH_TARGET, 0), [[7000, 0.7], [20_000, 0.45], [21_000, 0.8]]);
    memory = lowerTarget(memory, HOLD_BACK_SECONDS, 30_000);
    assert.equal(memory.extraSeconds, 0.3);
    // The same trouble again.
    memory = lowerTarget(see(memory, [[40_000, 0.35]]), HOLD_BACK_SECONDS, 60_000);
    assert.equal(memory.extraSeconds, 0.3);
    // Worse, but nothing has stalled.
    memory = lowerTarget(see(memory, [[70_000, 0.1]]), HOLD_BACK_SECONDS, 90_000);
    assert.equal(memory.extraSeconds, 0.3);
    memory = lowerTarget(see(memory, [[100_000, 0.6]]), HOLD_BACK_SECONDS, 120_000);
    assert.equal(memory.extraSeconds, 0);
  });

  it("shorter parts leave less of their shorter hold-back", () => {
    const memory = see(raiseTarget(FRESH_TARGET, 0), [[7000, 0.55]]);
    assert.equal(lowerTarget(memory, 0.3, 30_000).extraSeconds, 0);
    assert.equal(lowerTarget(see(memory, [[8000, 0.35]]), 0.3, 30_000).extraSeconds, 0.2);
  });

  it("the filling up after a stall is not held against the network", () => {
    const memory = see(raiseTarget(FRESH_TARGET, 0), [[100, 0], [300, 0.1], [4000, 0.15], [8000, 0.7]]);
    assert.equal(lowerTarget(memory, HOLD_BACK_SECONDS, 30_000).extraSeconds, 0);
  });

  it("a stall in the calm begins the watch anew", () => {
    const memory = raiseTarget(raiseTarget(FRESH_TARGET, 0), 29_000);
    assert.equal(memory.extraSeconds, 0.8);
    assert.equal(lowerTarget(memory, HOLD_BACK_SECONDS, 58_999), memory);
  });
});

function see(memory: TargetMemory, readings: readonly (readonly [atMs: number, bufferedSeconds: number])[]): TargetMemory {
  return readings.reduce((known, [atMs, bufferedSeconds]) => noteBuffered(known, bufferedSeconds, atMs), memory);
}
