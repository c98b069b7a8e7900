import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { writeInit } from "../../../media/mp4/init.ts";
import { AUDIO_SPECIFIC_CONFIG, AVCC } from "../flv/flv_bytes.ts";
import { findBoxes, readBoxes } from "./boxes.ts";

const CONTENT = {
  avcC: AVCC,
  audioSpecificConfig: AUDIO_SPECIFIC_CONFIG,
  width: 426,
  height: 240,
  videoTimescale: 30_000,
  soundRate: 48_000,
};
const STBL = "moov/trak/mdia/minf/stbl";

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}

describe("init", () => {
  it("is ftyp and moov with two tracks, without samples, durations or an edit list (rules 75, 76)", () => {
    const init = writeInit(CONTENT);
    assert.deepEqual(readBoxes(init).map((box) => box.type), ["ftyp", "moov"]);
    assert.equal(new TextDecoder().decode(findBoxes(init, "ftyp")[0]!.subarray(0, 4)), "iso6");
    assert.deepEqual(readBoxes(findBoxes(init, "moov")[0]!).map((box) => box.type), ["mvhd", "trak", "trak", "mvex"]);
    for (const trak of findBoxes(init, "moov/trak")) assert.deepEqual(readBoxes(trak).map((box) => box.type), ["tkhd", "mdia"]);
    assert.equal(u32(findBoxes(init, "moov/mvhd")[0]!, 16), 0);
    assert.deepEqual(findBoxes(init, "moov/trak/tkhd").map((tkhd) => [u32(tkhd, 12), u32(tkhd, 20)]), [[1, 0], [2, 0]]);
    assert.deepEqual(findBoxes(init, "moov/trak/mdia/mdhd").map((mdhd) => [u32(mdhd, 12), u32(mdhd, 16)]), [[30_000, 0], [48_000, 0]]);
    for (const table of ["stts", "stsc", "stco"]) {
      assert.deepEqual(findBoxes(init, `${STBL}/${table}`), [new Uint8Array(8), new Uint8Array(8)]);
    }
    assert.deepEqual(findBoxes(init, `${STBL}/stsz`), [new Uint8Array(12), new Uint8Array(12)]);
    assert.deepEqual(findBoxes(init, "moov/mvex/trex").map((trex) => u32(trex, 4)), [1, 2]);
    assert.deepEqual(findBoxes(init, `${STBL}/stsd/avc1/avcC`), [AVCC]);
  });

  it("is the same bytes for the same content, so that runs can share it, and other bytes for other content", () => {
    const init = writeInit(CONTENT);
    assert.deepEqual(writeInit({ ...CONTENT, avcC: AVCC.slice() }), init);
    assert.equal(init.buffer.byteLength, init.length);
    for (const change of [{ avcC: AVCC.with(3, 30) }, { width: 428 }, { height: 242 }, { videoTimescale: 25_000 }]) {
      assert.notDeepEqual(writeInit({ ...CONTENT, ...change }), init);
    }
  });

  it("has room for configuration records of any length", () => {
    const avcC = new Uint8Array(70_000).fill(1);
    const audioSpecificConfig = Uint8Array.from([...AUDIO_SPECIFIC_CONFIG, ...new Uint8Array(300)]);
    const init = writeInit({ ...CONTENT, avcC, audioSpecificConfig });
    assert.deepEqual(findBoxes(init, `${STBL}/stsd/avc1/avcC`), [avcC]);
  });

  it("is refused for sound of another rate than its track counts in", () => {
    assert.throws(() => writeInit({ ...CONTENT, audioSpecificConfig: Uint8Array.of(0x12, 0x10) }), /44100 samples a second, not 48000/);
  });
});
