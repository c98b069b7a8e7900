import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createJpegSplitter } from "../../../media/ffmpeg/jpeg_splitter.ts";

/** With a table whose bytes look like an end, a stuffed FF, a restart marker, and FF in front of the end. */
const JPEG = [
  ...[0xff, 0xd8],
  ...[0xff, 0xdb, 0, 6, 1, 0xff, 0xd9, 2],
  ...[0xff, 0xda, 0, 3, 9],
  ...[1, 0xff, 0, 0xd9, 0xff, 0xd0, 5, 0xff],
  ...[0xff, 0xd9],
];

describe("a row of JPEGs", () => {
  for (const size of [1, 2, 3, 7, 100]) {
    it(`is cut where each ends, in pieces of ${size}`, () => {
      const splitter = createJpegSplitter();
      const row = [...JPEG, ...JPEG, ...JPEG.slice(0, 20)];
      const found: Uint8Array[] = [];
      for (let at = 0; at < row.length; at += size) found.push(...splitter.push(new Uint8Array(row.slice(at, at + size))));
      assert.deepEqual(found.map((jpeg) => [...jpeg]), [JPEG, JPEG]);
    });
  }

  it("that is none is refused", () => {
    assert.throws(() => createJpegSplitter().push(new TextEncoder().encode("no JPEG")), /Cannot read a JPEG: 0x6e at 0/);
  });

  it("that never ends is refused", () => {
    const splitter = createJpegSplitter();
    splitter.push(new Uint8Array(JPEG.slice(0, 15)));
    assert.throws(() => splitter.push(new Uint8Array(1 << 20)), /more than/);
  });
});
