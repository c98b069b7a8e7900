import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { barLevel, highestLevel, isLevelToBlame } from "../../../../static/watch/playing/level_memory.ts";

describe("level memory", () => {
  it("a level that stalled, and all above it, are left alone for 5 minutes", () => {
    const memory = barLevel(new Map(), 2, 1000);
    assert.equal(highestLevel(memory, 1000), 1);
    assert.equal(highestLevel(memory, 300_999), 1);
    assert.equal(highestLevel(memory, 301_000), -1);
  });

  it("of two barred levels the lower one counts, until it is free again", () => {
    const memory = barLevel(barLevel(new Map(), 1, 0), 2, 100_000);
    assert.equal(highestLevel(memory, 200_000), 0);
    assert.equal(highestLevel(memory, 300_000), 1);
  });

  it("the lowest level is never barred", () => assert.equal(highestLevel(barLevel(new Map(), 0, 0), 1), -1));

  it("a server that is late is not the level's fault, listed parts that did not come are", () => {
    assert.equal(isLevelToBlame({ edgeSeconds: 100.2, bufferedEndSeconds: 100, partSeconds: 0.2 }), false);
    assert.equal(isLevelToBlame({ edgeSeconds: 101, bufferedEndSeconds: 100, partSeconds: 0.2 }), true);
  });
});
