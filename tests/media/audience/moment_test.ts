import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isGoodMoment } from "../../../media/audience/moment.ts";
import type { Client } from "../../../media/audience/viewer.ts";
import { createGrid } from "../../../media/timeline/grid.ts";

/** The parts in which a player that asks before part 1 may open. */
function goodParts(client: Client, wish: { partSeconds: number; segmentSeconds: number }): number[] {
  const grid = createGrid({ rate: 30, ...wish });
  const segmentSeconds = grid.framesPerSegment / grid.rate;
  const partsPerSecond = grid.rate / grid.framesPerPart;
  const parts = Array.from({ length: Math.ceil(grid.framesPerSegment / grid.framesPerPart) }, (_, part) => part);
  return parts.filter((upcomingPart) => isGoodMoment(client, { upcomingPart, askedAtPart: 1, segmentSeconds, partsPerSecond }));
}

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
    it(`is part ${good.join(", ")} with segments of ${name}`, () => assert.deepEqual(goodParts("vlc", wish), good));
  }
});

describe("the moment at which another player opens", () => {
  it("is when a part has come since it asked, for one that keeps its distance", () => {
    assert.deepEqual(goodParts("other", { partSeconds: 0.2, segmentSeconds: 1 }), [0, 2, 3, 4]);
  });
  it("is any where a segment is a single part", () => {
    const o = { upcomingPart: 0, askedAtPart: 0, segmentSeconds: 1, partsPerSecond: 1 };
    assert.ok(isGoodMoment("other", o));
  });
  for (const client of ["hls.js", "native", "apple", "mpv", "ffmpeg"] as const) {
    it(`is any for ${client}`, () => assert.deepEqual(goodParts(client, { partSeconds: 0.2, segmentSeconds: 1 }), [0, 1, 2, 3, 4]));
  }
});
