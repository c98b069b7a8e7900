import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { mendAvcRecord } from "../../../../media/ingest/browser/avc_record.ts";
import { readPictureSize } from "../../../../media/ingest/picture_size.ts";
import { AVCC } from "../../flv/flv_bytes.ts";

/** What Firefox 153 says of its fake camera. */
const FIREFOX = Uint8Array.of(
  ...[1, 0x42, 0xc0, 0x1f, 3, 1, 0, 24, 0x67, 0x67, 0x42, 0xc0, 0x1f, 0xd9, 0, 0x50, 5, 0xba, 0x10, 0, 0, 3, 0, 0x10, 1, 0xe8, 0x48],
  ...[0, 0xf1, 0x83, 0x24, 0x80, 1, 0, 5, 0x68, 0x68, 0xcb, 0x8c, 0xb2],
);

describe("a browser's record of H.264", () => {
  it("that has the first byte of its parameter sets twice has it once, and tells the right size", () => {
    const record = mendAvcRecord(FIREFOX);
    assert.equal(record.length, FIREFOX.length - 2);
    assert.deepEqual(readPictureSize({ kind: "picture_header", codec: "h264", record }), { width: 1280, height: 720 });
    assert.deepEqual([...record.subarray(-7)], [1, 0, 4, 0x68, 0xcb, 0x8c, 0xb2]);
    assert.equal(mendAvcRecord(record), record);
  });

  it("that is right stays as it is", () => {
    const record = Uint8Array.from(AVCC);
    assert.equal(mendAvcRecord(record), record);
  });

  it("that is cut or damaged anywhere is not made worse", () => {
    fc.assert(fc.property(fc.nat(FIREFOX.length), fc.nat(FIREFOX.length - 1), fc.nat(255), (length, at, value) => {
      const record = FIREFOX.slice(0, length);
      if (at < length) record[at] = value;
      assert.ok(mendAvcRecord(record).length <= record.length);
    }));
  });
});
