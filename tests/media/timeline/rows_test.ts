import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { VideoFrame } from "../../../media/flv/frame.ts";
import { createGrid } from "../../../media/timeline/grid.ts";
import { createRowAligner, elapsedMs } from "../../../media/timeline/rows.ts";

const grid = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });

function picture(index: number, o: { timeMs?: number; isKey?: boolean } = {}): VideoFrame {
  return { kind: "video", timeMs: Math.round(1000 + index * 1000 / 30), isKey: index % 30 === 0, data: new Uint8Array(1), ...o };
}

describe("rows", () => {
  it("completes a row when the last rendition's picture has come, whatever the order", () => {
    const aligner = createRowAligner(grid, 3);
    assert.equal(aligner.push(2, picture(0)), null);
    assert.equal(aligner.push(2, picture(1)), null);
    assert.equal(aligner.push(0, picture(0)), null);
    assert.equal(aligner.push(1, picture(0))?.index, 0);
    assert.equal(aligner.push(0, picture(1)), null);
    assert.equal(aligner.push(1, picture(1))?.index, 1);
  });

  it("refuses a picture more than half a frame from its counted place", () => {
    const aligner = createRowAligner(grid, 1);
    aligner.push(0, picture(0));
    assert.throws(() => aligner.push(0, picture(1, { timeMs: 1000 + 33 + 18 })), /18\.. ms|17\.. ms from its counted place/);
  });

  it("refuses a key frame off the grid and a missing one on it", () => {
    const early = createRowAligner(grid, 1);
    early.push(0, picture(0));
    assert.throws(() => early.push(0, picture(1, { isKey: true })), /a key frame, against the grid/);
    assert.throws(() => createRowAligner(grid, 1).push(0, picture(0, { isKey: false })), /no key frame, against the grid/);
  });

  it("refuses a rendition that runs seconds ahead of another", () => {
    const aligner = createRowAligner(grid, 2);
    assert.throws(() => {
      for (let index = 0; index < 200; index++) aligner.push(0, picture(index));
    }, /pictures ahead/);
  });

  it("counts on where FLV's 31-bit milliseconds wrap", () => {
    assert.equal(elapsedMs(2 ** 31 - 10, 23), 33);
    assert.equal(elapsedMs(23, 2 ** 31 - 10), -33);
  });
});
