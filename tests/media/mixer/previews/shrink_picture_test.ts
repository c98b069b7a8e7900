import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { shrinkPicture, sizeOfPreview } from "../../../../media/mixer/previews/shrink_picture.ts";

describe("a preview", () => {
  const sizes: [width: number, height: number, small: [number, number]][] = [
    [1280, 720, [160, 90]],
    [1920, 1080, [160, 90]],
    [854, 480, [160, 90]],
    [720, 1280, [90, 160]],
    [960, 720, [160, 120]],
    [3840, 2, [160, 2]],
    [120, 90, [120, 90]],
  ];
  for (const [width, height, [smallWidth, smallHeight]] of sizes) {
    it(`of ${width}x${height} is ${smallWidth}x${smallHeight}`, () => {
      assert.deepEqual(sizeOfPreview({ width, height }), { width: smallWidth, height: smallHeight });
    });
  }

  it("has the mean of each box, in all three planes", () => {
    const canvas = { width: 8, height: 4 }, size = { width: 4, height: 2 };
    const luma = [
      ...[0, 2, 10, 10, 50, 50, 255, 255],
      ...[4, 6, 10, 10, 50, 51, 255, 255],
      ...[1, 1, 20, 20, 60, 60, 0, 0],
      ...[1, 2, 20, 20, 60, 60, 0, 1],
    ];
    const u = [100, 102, 110, 112, 104, 106, 114, 116], v = [200, 200, 10, 10, 200, 203, 10, 10];
    const into = new Uint8Array(4 * 2 * 3 / 2);
    shrinkPicture(new Uint8Array([...luma, ...u, ...v]), canvas, into, size);
    assert.deepEqual([...into], [3, 10, 50, 255, 1, 20, 60, 0, 103, 113, 201, 10]);
  });

  it("counts every pixel once where the boxes are not alike", () => {
    const canvas = { width: 854, height: 480 }, size = sizeOfPreview(canvas);
    const picture = new Uint8Array(854 * 480 * 3 / 2), into = new Uint8Array(size.width * size.height * 3 / 2);
    for (let at = 0; at < 854 * 480; at++) picture[at] = Math.floor((at % 854) / 854 * 256);
    shrinkPicture(picture, canvas, into, size);
    const line = into.subarray(0, size.width);
    assert.ok(line.every((value, column) => column === 0 || value > line[column - 1]!), line.join());
    assert.ok(line[0]! < 2 && line[159]! > 253, line.join());
    assert.deepEqual(into.subarray(89 * 160, 90 * 160), line);
    assert.ok(into.subarray(160 * 90).every((value) => value === 0));
  });

  it("of a canvas as small as itself is the picture", () => {
    const canvas = { width: 4, height: 2 }, into = new Uint8Array(12);
    shrinkPicture(Uint8Array.from({ length: 12 }, (_, at) => at * 7), canvas, into, sizeOfPreview(canvas));
    assert.deepEqual([...into], Array.from({ length: 12 }, (_, at) => at * 7));
  });
});
