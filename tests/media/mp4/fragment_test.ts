import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { writeFragment } from "../../../media/mp4/fragment.ts";
import { joined } from "../flv/flv_bytes.ts";
import { findBoxes, readBoxes } from "./boxes.ts";

const KEY = { data: Uint8Array.of(1, 2, 3), isKey: true };
const INTER = { data: Uint8Array.of(4, 5), isKey: false };
const NO_SOUND = { startTicks: 0, frameTicks: 1024, frames: [] };

function u32s(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4));
}

describe("fragment", () => {
  it("is one moof and one mdat, with what its boxes say written out", () => {
    const bytes = writeFragment({
      sequence: 7,
      video: { startTicks: 2 ** 40 + 5, frameTicks: 1000, frames: [KEY, INTER] },
      sound: { startTicks: 2 ** 53 - 1, frameTicks: 1024, frames: [Uint8Array.of(6), Uint8Array.of(7, 8)] },
    });
    const [moof, mdat, ...more] = readBoxes(bytes);
    assert.deepEqual([moof!.type, mdat!.type, more], ["moof", "mdat", []]);
    assert.deepEqual([...mdat!.content], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(readBoxes(moof!.content).map((box) => box.type), ["mfhd", "traf", "traf"]);
    assert.deepEqual(u32s(findBoxes(bytes, "moof/mfhd")[0]!), [0, 7]);
    const media = mdat!.start + 8;
    assert.deepEqual(findBoxes(bytes, "moof/traf/tfhd").map(u32s), [[0x020028, 1, 1000, 0x01010000], [0x020028, 2, 1024, 0x02000000]]);
    assert.deepEqual(findBoxes(bytes, "moof/traf/tfdt").map(u32s), [[0x01000000, 256, 5], [0x01000000, 0x1fffff, 0xffffffff]]);
    assert.deepEqual(findBoxes(bytes, "moof/traf/trun").map(u32s), [
      [0x000601, 2, media, 3, 0x02000000, 2, 0x01010000],
      [0x000201, 2, media + 5, 1, 2],
    ]);
  });

  it("says how long each picture stands where they differ, and reads as long as its ticks", () => {
    const bytes = writeFragment({
      sequence: 1,
      video: { startTicks: 60_000, frameTicks: 1000, frames: [{ ...KEY, repeats: 1 }, { ...INTER, repeats: 3 }, INTER] },
      sound: NO_SOUND,
    });
    const [moof, mdat] = readBoxes(bytes);
    const media = mdat!.start + 8;
    assert.deepEqual(findBoxes(bytes, "moof/traf/trun").map(u32s), [
      [0x000701, 3, media, 1000, 3, 0x02000000, 3000, 2, 0x01010000, 1000, 2, 0x01010000],
    ]);
    assert.equal(moof!.content.length + 8, mdat!.start, "the sizes add up");
    assert.equal(bytes.buffer.byteLength, bytes.length);
  });

  it("leaves the lengths away where each picture stands for one tick", () => {
    const frames = [{ ...KEY, repeats: 1 }, INTER];
    const bytes = writeFragment({ sequence: 1, video: { startTicks: 0, frameTicks: 1000, frames }, sound: NO_SOUND });
    assert.equal(u32s(findBoxes(bytes, "moof/traf/trun")[0]!)[0], 0x000601);
  });

  it("has no sound traf where it has no sound", () => {
    const bytes = writeFragment({ sequence: 1, video: { startTicks: 0, frameTicks: 1, frames: [KEY] }, sound: NO_SOUND });
    assert.deepEqual(readBoxes(findBoxes(bytes, "moof")[0]!).map((box) => box.type), ["mfhd", "traf"]);
  });

  it("counts its sequence modulo 2^32", () => {
    const bytes = writeFragment({ sequence: 2 ** 32 * 2 + 3, video: { startTicks: 0, frameTicks: 1, frames: [KEY] }, sound: NO_SOUND });
    assert.deepEqual(u32s(findBoxes(bytes, "moof/mfhd")[0]!), [0, 3]);
  });

  it("holds any frames whole, in order, in memory of exactly its size", () => {
    const frame = fc.uint8Array({ minLength: 1, maxLength: 50 });
    const ticks = fc.maxSafeNat();
    fc.assert(
      fc.property(
        ticks,
        ticks,
        fc.array(fc.tuple(frame, fc.boolean()), { minLength: 1, maxLength: 12 }),
        fc.array(frame, { maxLength: 12 }),
        (
          videoStart,
          soundStart,
          pictures,
          sound,
        ) => {
          const bytes = writeFragment({
            sequence: 1,
            video: { startTicks: videoStart, frameTicks: 1000, frames: pictures.map(([data, isKey]) => ({ data, isKey })) },
            sound: { startTicks: soundStart, frameTicks: 1024, frames: sound },
          });
          assert.equal(bytes.buffer.byteLength, bytes.length);
          assert.deepEqual(findBoxes(bytes, "mdat")[0], joined([...pictures.map(([data]) => data), ...sound]));
          const times = findBoxes(bytes, "moof/traf/tfdt").map((tfdt) =>
            Number(new DataView(tfdt.buffer, tfdt.byteOffset).getBigUint64(4))
          );
          assert.deepEqual(times, sound.length > 0 ? [videoStart, soundStart] : [videoStart]);
          const [videoRun, soundRun] = findBoxes(bytes, "moof/traf/trun").map(u32s);
          let at = videoRun![2]!;
          for (const [i, [data]] of pictures.entries()) {
            assert.deepEqual(bytes.subarray(at, at + videoRun![3 + i * 2]!), data);
            at += data.length;
          }
          if (soundRun) assert.equal(soundRun[2], at);
        },
      ),
    );
  });

  it("is refused without a picture and at times that 53 bits do not hold", () => {
    const video = { startTicks: 0, frameTicks: 1000, frames: [KEY] };
    assert.throws(() => writeFragment({ sequence: 4, video: { ...video, frames: [] }, sound: NO_SOUND }), /fragment 4: it has no picture/);
    for (const startTicks of [-1, 0.5, 2 ** 53, NaN]) {
      assert.throws(() => writeFragment({ sequence: 1, video: { ...video, startTicks }, sound: NO_SOUND }), RangeError);
    }
  });
});
