import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createGrid } from "../../../media/timeline/grid.ts";

describe("grid", () => {
  const cases = [
    { rate: 30, partSeconds: 0.2, segmentSeconds: 1, framesPerPart: 6, framesPerSegment: 30, partTarget: 0.2, targetDuration: 1 },
    { rate: 30, partSeconds: 0.1, segmentSeconds: 1, framesPerPart: 3, framesPerSegment: 30, partTarget: 0.1, targetDuration: 1 },
    { rate: 24, partSeconds: 0.2, segmentSeconds: 2, framesPerPart: 5, framesPerSegment: 48, partTarget: 0.20834, targetDuration: 2 },
    { rate: 60, partSeconds: 0.2, segmentSeconds: 0.5, framesPerPart: 12, framesPerSegment: 30, partTarget: 0.2, targetDuration: 1 },
  ];
  for (const c of cases) {
    it(`cuts ${c.segmentSeconds} s segments and ${c.partSeconds} s parts at ${c.rate} frames a second`, () => {
      const grid = createGrid(c);
      assert.equal(grid.framesPerPart, c.framesPerPart);
      assert.equal(grid.framesPerSegment, c.framesPerSegment);
      assert.equal(grid.partTargetSeconds, c.partTarget);
      assert.equal(grid.targetDurationSeconds, c.targetDuration);
    });
  }
  it("refuses a segment that is not a whole number of frames", () => {
    assert.throws(() => createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 0.95 }), RangeError);
  });
});
