import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { FRESH_TARGET, lowerTarget, raiseTarget } from "../../static/target_memory.ts";

describe("target memory", () => {
  it("a stall raises the target, many stalls by a second at most", () => {
    assert.equal(raiseTarget(FRESH_TARGET, 0).extraSeconds, 0.4);
    let memory = FRESH_TARGET;
    for (let i = 0; i < 9; i++) memory = raiseTarget(memory, i);
    assert.equal(memory.extraSeconds, 1);
  });

  it("ten calm seconds bring it down by 0.2 s, until nothing is left", () => {
    let memory = raiseTarget(FRESH_TARGET, 1000);
    assert.equal(lowerTarget(memory, 10_999), memory);
    memory = lowerTarget(memory, 11_000);
    assert.equal(memory.extraSeconds, 0.2);
    assert.equal(lowerTarget(memory, 20_000), memory);
    memory = lowerTarget(memory, 21_000);
    assert.equal(memory.extraSeconds, 0);
    assert.equal(lowerTarget(memory, 99_000), memory);
  });

  it("a stall in the calm begins the wait anew", () => {
    const memory = raiseTarget(raiseTarget(FRESH_TARGET, 0), 9000);
    assert.equal(lowerTarget(memory, 18_999), memory);
  });
});
