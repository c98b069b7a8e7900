import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { fitCanvas, fitLadder } from "../../../media/encoder/fit_ladder.ts";
import { pickLevel } from "../../../media/encoder/level.ts";
import type { Ladder } from "../../../media/hls/rendition.ts";

const LADDER: Ladder = [
  { name: "hq", width: 1280, height: 720, bitsPerSecond: 2_500_000 },
  { name: "mq", width: 854, height: 480, bitsPerSecond: 1_000_000 },
  { name: "lq", width: 426, height: 240, bitsPerSecond: 400_000 },
];
const EVEN: Ladder = [LADDER[0], { ...LADDER[0], name: "mq", bitsPerSecond: 1e6 }, { ...LADDER[0], name: "lq", bitsPerSecond: 4e5 }];

function sizes(ladder: Ladder, width: number, height: number): string {
  return fitLadder(ladder, { width, height }).map((rendition) => `${rendition.width}x${rendition.height}`).join(" ");
}

describe("a ladder fitted to its source", () => {
  const table: [string, Ladder, number, number, string][] = [
    ["is the set one for a source of its shape", LADDER, 1280, 720, "1280x720 854x480 426x240"],
    ["goes down from a larger source", LADDER, 3840, 2160, "1280x720 854x480 426x240"],
    ["never goes up", LADDER, 640, 480, "640x480 640x480 320x240"],
    ["keeps another shape inside the box", LADDER, 1920, 800, "1280x534 854x356 426x178"],
    ["turns its boxes for a portrait", LADDER, 1080, 1920, "720x1280 480x854 240x426"],
    ["has even sides for an odd source", LADDER, 641, 361, "640x360 640x360 426x240"],
    ["keeps one size where the boxes do", EVEN, 1920, 1080, "1280x720 1280x720 1280x720"],
    ["keeps one size for a small source too", EVEN, 320, 240, "320x240 320x240 320x240"],
  ];
  for (const [name, ladder, width, height, expected] of table) {
    it(name, () => assert.equal(sizes(ladder, width, height), expected));
  }

  it("is even, inside its box and no larger than the source, for any source", () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 8000 }), fc.integer({ min: 2, max: 8000 }), (width, height) => {
      for (const [index, rendition] of fitLadder(LADDER, { width, height }).entries()) {
        const box = [LADDER[index]!.width, LADDER[index]!.height];
        if (height > width) box.reverse();
        assert.ok(rendition.width % 2 === 0 && rendition.height % 2 === 0);
        assert.ok(rendition.width <= Math.min(width, box[0]!) && rendition.height <= Math.min(height, box[1]!));
      }
    }));
  });
});

describe("the ladder of a show", () => {
  const canvas = (...sources: Parameters<typeof fitCanvas>[1]) =>
    fitCanvas(LADDER, sources).map(({ width, height }) => `${width}x${height}`).join(" ");

  it("is fitted to the largest of its sources", () => {
    assert.equal(canvas({ width: 320, height: 240 }, { width: 640, height: 480 }, { width: 400, height: 300 }), "640x480 640x480 320x240");
    assert.equal(canvas({ width: 320, height: 240 }, { width: 1920, height: 1080 }), "1280x720 854x480 426x240");
  });

  it("is the set one where the size of one of them is not known, and without any", () => {
    for (const sources of [[], [null], [{ width: 320, height: 240 }, null]]) assert.deepEqual(fitCanvas(LADDER, sources), LADDER);
  });
});

describe("the level of a ladder", () => {
  const table: [number, number, number, string][] = [
    [426, 240, 30, "2.1"],
    [640, 480, 30, "3.0"],
    [1280, 720, 30, "3.1"],
    [720, 1280, 30, "3.1"],
    [1280, 720, 60, "3.2"],
    [1920, 1080, 30, "4.0"],
    [1920, 1080, 60, "4.2"],
    [3840, 2160, 30, "5.1"],
    [16000, 16, 30, "5.2"],
  ];
  for (const [width, height, rate, level] of table) {
    it(`is ${level} for ${width}x${height} at ${rate}`, () =>
      assert.equal(pickLevel([{ width, height, bitsPerSecond: 400_000 }], rate), level));
  }

  it("is that of its most demanding rendition", () => assert.equal(pickLevel(LADDER, 30), "3.1"));
});
