import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { createAnnexBReader, splitAnnexB } from "../../../media/ingest/annex_b.ts";
import { readPictureSize } from "../../../media/ingest/picture_size.ts";
import { AVCC } from "../flv/flv_bytes.ts";

const SPS = AVCC.subarray(8, 8 + AVCC[7]!);
const PPS = AVCC.subarray(8 + SPS.length + 3);

const unit = (...bytes: number[]) => [0, 0, 0, 1, ...bytes];

describe("H.264 in Annex B", () => {
  it("becomes avcC and NAL units behind their lengths", () => {
    const reader = createAnnexBReader();
    const first = reader.read(Uint8Array.from([...unit(9, 0x10), ...unit(...SPS), ...unit(...PPS), 0, 0, 1, 0x65, 1, 2, 3]));
    assert.deepEqual([first.isKey, first.data], [true, Uint8Array.of(0, 0, 0, 4, 0x65, 1, 2, 3)]);
    assert.deepEqual(first.record?.subarray(6, 8 + SPS.length), AVCC.subarray(6, 8 + SPS.length));
    assert.deepEqual(readPictureSize({ kind: "picture_header", codec: "h264", record: first.record! }), { width: 426, height: 240 });

    const second = reader.read(Uint8Array.from(unit(0x41, 7)));
    assert.deepEqual([second.record, second.isKey, second.data], [null, false, Uint8Array.of(0, 0, 0, 2, 0x41, 7)]);
    const again = reader.read(Uint8Array.from([...unit(...SPS), ...unit(...PPS), ...unit(0x65, 9)]));
    assert.deepEqual([again.record, again.isKey], [null, true]);
    const other = reader.read(Uint8Array.from([...unit(...SPS.with(3, 40)), ...unit(...PPS), ...unit(0x65, 9)]));
    assert.equal(other.record?.[3], 40);
  });

  it("is split at its start codes alone, whatever it holds", () => {
    // Emulation prevention sees to it that no unit has a start code in it, or zeros at its end.
    const plain = fc.uint8Array({ minLength: 1, maxLength: 40 }).filter((bytes) =>
      bytes.at(-1) !== 0 && !bytes.some((byte, at) => byte <= 1 && bytes[at - 1] === 0 && bytes[at - 2] === 0)
    );
    const coded = fc.array(fc.tuple(plain, fc.boolean(), fc.nat(3)), { maxLength: 6 });
    fc.assert(fc.property(coded, (units) => {
      const stream = units.flatMap(([bytes, isLong, zeros]) => [...(isLong ? [0] : []), 0, 0, 1, ...bytes, ...new Array(zeros).fill(0)]);
      assert.deepEqual(splitAnnexB(Uint8Array.from(stream)).map((each) => [...each]), units.map(([bytes]) => [...bytes]));
    }));
    assert.deepEqual(splitAnnexB(Uint8Array.of(1, 2, 3)), []);
  });
});
