import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createGrid } from "../../media/timeline/grid.ts";
import { isGoodOpening } from "../../routes/vlc_opening.ts";

describe("the moment at which a VLC opens", () => {
  const table = [
    { name: "1 s in parts of 200 ms", partSeconds: 0.2, segmentSeconds: 1, good: [3] },
    { name: "1 s in parts of 100 ms", partSeconds: 0.1, segmentSeconds: 1, good: [6] },
    { name: "1 s in parts of 300 ms", partSeconds: 0.3, segmentSeconds: 1, good: [2] },
    { name: "1 s in one part", partSeconds: 1, segmentSeconds: 1, good: [0] },
    { name: "1.2 s", partSeconds: 0.2, segmentSeconds: 1.2, good: [2] },
    { name: "2 s", partSeconds: 0.2, segmentSeconds: 2, good: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
    { name: "0.5 s", partSeconds: 0.1, segmentSeconds: 0.5, good: [0, 1, 2, 3, 4] },
  ];
  for (const { name, good, ...wish } of table) {
    it(`is part ${good.join(", ")} with segments of ${name}`, () => {
      const grid = createGrid({ rate: 30, ...wish });
      const parts = Array.from({ length: Math.ceil(grid.framesPerSegment / grid.framesPerPart) }, (_, part) => part);
      assert.deepEqual(parts.filter((part) => isGoodOpening(part, grid)), good);
    });
  }
});
