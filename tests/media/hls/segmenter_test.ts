import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Part, SegmentHead } from "../../../media/hls/segment.ts";
import { createSegmenter } from "../../../media/hls/segmenter.ts";
import { createGrid } from "../../../media/timeline/grid.ts";
import { findBoxes } from "../mp4/boxes.ts";

const grid = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const FIRST = 53_700_000_000;

function openSegmenter() {
  const heads: SegmentHead[] = [];
  const parts: Part[] = [];
  let closed = 0;
  const segmenter = createSegmenter({
    grid,
    firstMsn: (frame) => frame / 30,
    initRuns: (source) => [source, source, source],
    dueMs: (frame) => frame / 30 * 1000 + 7,
    onClosed: () => closed++,
    sink: { announce: (head) => heads.push(head), publish: (part) => parts.push(part), close() {} },
  });
  let frame = FIRST;
  return {
    segmenter,
    heads,
    parts,
    closed: () => closed,
    show(pictures: number, o: { startsKey?: boolean } = {}) {
      for (let at = 0; at < pictures; at++) {
        const isKey = o.startsKey === false ? false : at % 30 === 0;
        segmenter.picture(frame++, isKey, [0, 1, 2].map((rendition) => new Uint8Array(10 + rendition)));
      }
    },
  };
}

describe("segmenter", () => {
  it("publishes a part every six pictures and a segment every thirty, and announces the next at once", () => {
    const { segmenter, heads, parts, show } = openSegmenter();
    segmenter.cut("run1");
    show(30);
    assert.deepEqual(parts.map(({ part, isIndependent }) => [part, isIndependent]), [[0, true], [1, false], [2, false], [3, false], [
      4,
      false,
    ]]);
    assert.deepEqual(heads.map(({ msn, mediaTimeSeconds }) => [msn, mediaTimeSeconds]), [[FIRST / 30, FIRST / 30], [
      FIRST / 30 + 1,
      FIRST / 30 + 1,
    ]]);
    assert.equal(heads[0]!.programDateTimeMs, FIRST / 30 * 1000 + 7);
  });

  it("ends the open segment where another source begins, with a part as short as it is", () => {
    const { segmenter, heads, parts, closed, show } = openSegmenter();
    segmenter.cut("run1");
    show(8);
    segmenter.cut("slate");
    assert.deepEqual(parts.map(({ part, durationSeconds }) => [part, Math.round(durationSeconds * 30)]), [[0, 6], [1, 2]]);
    assert.equal(closed(), 1);
    assert.deepEqual(heads.map(({ run, msn }) => [run, msn - FIRST / 30]), [["run1", 0], ["slate", 1]]);
    assert.equal(heads[1]!.mediaTimeSeconds, (FIRST + 8) / 30);
  });

  it("announces the same segment again where its source is gone before its first picture", () => {
    const { segmenter, heads, show } = openSegmenter();
    segmenter.cut("run1");
    show(30);
    segmenter.cut("slate");
    assert.deepEqual(heads.map(({ run, msn }) => [run, msn - FIRST / 30]), [["run1", 0], ["run1", 1], ["slate", 1]]);
  });

  it("puts the sound that is there into a part, and the rest into the next", () => {
    const { segmenter, parts, show } = openSegmenter();
    segmenter.cut("run1");
    const firstSound = 83_906_250_000;
    for (let index = 0; index < 7; index++) segmenter.sound(firstSound + index, new Uint8Array(6));
    show(6);
    for (let index = 7; index < 9; index++) segmenter.sound(firstSound + index, new Uint8Array(6));
    show(6, { startsKey: false });
    const sounds = parts.map((part) => {
      const [trun] = findBoxes(part.bodies[2]!, "moof/traf/trun").slice(1);
      return new DataView(trun!.buffer, trun!.byteOffset).getUint32(4);
    });
    assert.deepEqual(sounds, [7, 2]);
  });

  it("refuses what does not join", () => {
    const { segmenter, show } = openSegmenter();
    segmenter.cut("run1");
    show(3);
    assert.throws(() => segmenter.picture(FIRST + 4, false, [new Uint8Array(1)]), /Cannot join picture/);
    assert.throws(() => segmenter.picture(FIRST + 3, true, [new Uint8Array(1)]), /a key frame at its place 3/);
    segmenter.sound(10, new Uint8Array(1));
    assert.throws(() => segmenter.sound(12, new Uint8Array(1)), /Cannot join sound 12: 11 is next/);
  });
});
