import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import type { FlvItem } from "../../../media/flv/frame.ts";
import { createFlvReader } from "../../../media/flv/reader.ts";
import {
  AUDIO_CONFIG_TAG,
  AUDIO_SPECIFIC_CONFIG,
  AVCC,
  cutAt,
  FLV_HEADER,
  flvStream,
  flvTag,
  joined,
  nalUnits,
  pictureTag,
  soundTag,
  type TagWish,
  VIDEO_CONFIG_TAG,
} from "./flv_bytes.ts";

const IDR = nalUnits([0x67, 1, 2], [0x68, 3], [0x65, 4, 5, 6], [0x65, 7]);
const INTER = nalUnits([0x41, 8, 9], [0x41, 10]);

function readAll(chunks: readonly Uint8Array[], limits?: { maxTagBytes: number }): FlvItem[] {
  const reader = createFlvReader(limits);
  const items = chunks.flatMap((chunk) => reader.push(chunk));
  reader.end();
  return items;
}

describe("FLV reader", () => {
  it("hands out configurations and frames in order and skips script data and the end of the sequence", () => {
    const stream = flvStream([
      { type: 18, body: [2, 0, 10] },
      VIDEO_CONFIG_TAG,
      AUDIO_CONFIG_TAG,
      pictureTag(1000, IDR, true),
      soundTag(979, [0x21, 0x4c]),
      pictureTag(1033, INTER, false),
      { type: 9, timeMs: 1067, body: [0x17, 2, 0, 0, 0] },
    ]);
    assert.deepEqual(readAll([stream]), [
      { kind: "video_config", data: AVCC },
      { kind: "audio_config", data: AUDIO_SPECIFIC_CONFIG },
      { kind: "video", timeMs: 1000, isKey: true, data: IDR },
      { kind: "audio", timeMs: 979, data: Uint8Array.of(0x21, 0x4c) },
      { kind: "video", timeMs: 1033, isKey: false, data: INTER },
    ]);
  });

  it("reads times of 31 bits", () => {
    for (const timeMs of [0, 0xffffff, 0x1000000, 0x7fffffff]) {
      const items = readAll([flvStream([VIDEO_CONFIG_TAG, pictureTag(timeMs, IDR, true)])]);
      assert.deepEqual(items[1], { kind: "video", timeMs, isKey: true, data: IDR });
    }
  });

  it("reads a stream of nothing, and one of a header alone, as no items", () => {
    assert.deepEqual(readAll([]), []);
    assert.deepEqual(readAll([new Uint8Array(0), FLV_HEADER, new Uint8Array(0)]), []);
  });

  it("hands out a view of the chunk where a tag lies whole in it, and memory of the tag's size where it does not", () => {
    const stream = flvStream([VIDEO_CONFIG_TAG, pictureTag(0, IDR, true)]);
    const whole = createFlvReader().push(stream)[1] as FlvItem;
    assert.equal(whole.data.buffer, stream.buffer);

    const [before, after] = cutAt(stream, [stream.length - 20]) as [Uint8Array, Uint8Array];
    const reader = createFlvReader();
    reader.push(before);
    const spanning = reader.push(after)[0] as FlvItem;
    assert.deepEqual(spanning, whole);
    assert.equal(spanning.data.buffer.byteLength, 5 + IDR.length + 4);
  });

  it("gives the same items however the bytes are cut", () => {
    const nal = fc.uint8Array({ minLength: 0, maxLength: 40 });
    const time = fc.integer({ min: 0, max: 0x7fffffff });
    const tag: fc.Arbitrary<TagWish> = fc.oneof(
      fc.tuple(time, nal).map(([timeMs, rest]) => pictureTag(timeMs, nalUnits([0x67, 1], [0x65, ...rest]), true)),
      fc.tuple(time, nal, nal).map(([timeMs, a, b]) => pictureTag(timeMs, nalUnits([0x41, ...a], [0x01, ...b]), false)),
      fc.tuple(time, fc.uint8Array({ minLength: 1, maxLength: 60 })).map(([timeMs, data]) => soundTag(timeMs, data)),
      nal.map((body) => ({ type: 18, body })),
    );
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 12 }), fc.array(fc.nat(5000), { maxLength: 60 }), (tags, places) => {
        const stream = flvStream([VIDEO_CONFIG_TAG, AUDIO_CONFIG_TAG, ...tags]);
        const expected = readAll([stream]);
        assert.equal(expected.length, 2 + tags.filter((tag) => tag.type !== 18).length);
        assert.deepEqual(readAll(cutAt(stream, places)), expected);
        assert.deepEqual(readAll(Array.from(stream, (byte) => Uint8Array.of(byte))), expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe("FLV reader, broken streams", () => {
  const config = [VIDEO_CONFIG_TAG, AUDIO_CONFIG_TAG];
  const cases: readonly [name: string, bytes: Uint8Array, error: RegExp, errorClass: typeof SyntaxError | typeof RangeError][] = [
    ["another signature", Uint8Array.from(FLV_HEADER, (b, i) => i === 1 ? 0x58 : b), /begins with 0x46585601/, SyntaxError],
    ["another version", Uint8Array.from(FLV_HEADER, (b, i) => i === 3 ? 2 : b), /begins with 0x464c5602/, SyntaxError],
    ["a header of another length", Uint8Array.from(FLV_HEADER, (b, i) => i === 8 ? 10 : b), /DataOffset is 10/, SyntaxError],
    ["a size before the first tag", Uint8Array.from(FLV_HEADER, (b, i) => i === 12 ? 7 : b), /PreviousTagSize0 is 7/, SyntaxError],
    ["a text file", new TextEncoder().encode("#!/bin/sh\nexit 0\n"), /begins with 0x23212f62/, SyntaxError],
    ["an unknown tag", flvStream([{ type: 11, body: [1] }]), /type is 11/, SyntaxError],
    ["an encrypted tag", flvStream([{ type: 0x29, body: [1] }]), /type is 41/, SyntaxError],
    ["a stream id", flvStream([{ type: 18, body: [1], streamId: 5 }]), /StreamID is 5/, SyntaxError],
    ["a negative time", flvStream([{ type: 18, body: [1], timeMs: -1 }]), /time of -1 ms/, RangeError],
    [
      "a wrong size behind a tag",
      flvStream([{ type: 18, body: [1], previousTagSize: 13 }]),
      /PreviousTagSize is 13 after a tag of 12/,
      SyntaxError,
    ],
    [
      "a tag above the ceiling",
      flvStream([{ type: 18, body: new Uint8Array(2001) }]),
      /2001 bytes are more than the 2000 allowed/,
      RangeError,
    ],
    ["a picture tag of nothing", flvStream([{ type: 9, body: [] }]), /its tag has 0 bytes/, SyntaxError],
    ["H.263", flvStream([{ type: 9, body: [0x12, 0, 0, 0, 0, 0] }]), /codec is 2, not 7/, SyntaxError],
    ["HEVC in an enhanced tag", flvStream([{ type: 9, body: [0x90, 0x68, 0x76, 0x63, 0x31] }]), /codec is "hvc1"/, SyntaxError],
    ["an info frame", flvStream([...config, { type: 9, body: [0x57, 1, 0, 0, 0, 0] }]), /FrameType is 5/, SyntaxError],
    ["an unknown kind of picture packet", flvStream([{ type: 9, body: [0x17, 3, 0, 0, 0] }]), /AVCPacketType is 3/, SyntaxError],
    ["a short avcC", flvStream([{ type: 9, body: [0x17, 0, 0, 0, 0, 1, 2] }]), /avcC: 2 bytes/, SyntaxError],
    [
      "NAL lengths of 2 bytes",
      flvStream([{ type: 9, body: [0x17, 0, 0, 0, 0, 1, 100, 0, 31, 0xfd, 0xe1, 0] }]),
      /lengths of 2 bytes/,
      RangeError,
    ],
    ["a picture before its configuration", flvStream([pictureTag(7, IDR, true)]), /at 7 ms: no avcC/, SyntaxError],
    ["a picture that is shown later", flvStream([...config, pictureTag(9, INTER, false, 33)]), /composition time is 33 ms/, RangeError],
    ["a picture that is shown earlier", flvStream([...config, pictureTag(9, INTER, false, -33)]), /composition time is -33 ms/, RangeError],
    ["an empty picture", flvStream([...config, pictureTag(9, [], false)]), /at 9 ms: the frame is empty/, SyntaxError],
    [
      "a NAL unit that is too long",
      flvStream([...config, pictureTag(9, [0, 0, 0, 4, 0x41, 1, 2], false)]),
      /3 bytes left of a NAL unit of 4/,
      SyntaxError,
    ],
    [
      "a NAL length with its top bit set",
      flvStream([...config, pictureTag(9, [255, 255, 255, 255, 1], false)]),
      /of 4294967295/,
      SyntaxError,
    ],
    [
      "bytes behind the last NAL unit",
      flvStream([...config, pictureTag(9, [...INTER, 0, 0], false)]),
      /2 bytes left of a NAL length/,
      SyntaxError,
    ],
    ["an empty NAL unit", flvStream([...config, pictureTag(9, [0, 0, 0, 0, ...INTER], false)]), /NAL unit is empty/, SyntaxError],
    ["a forbidden bit", flvStream([...config, pictureTag(9, nalUnits([0xc1, 1]), false)]), /forbidden bit/, SyntaxError],
    ["a key frame that is none", flvStream([...config, pictureTag(9, INTER, true)]), /says key true, its NAL units say false/, SyntaxError],
    ["an IDR that is not marked", flvStream([...config, pictureTag(9, IDR, false)]), /says key false, its NAL units say true/, SyntaxError],
    ["MP3", flvStream([{ type: 8, body: [0x2f, 1, 2] }]), /codec is 2, not 10/, SyntaxError],
    ["a sound tag of nothing", flvStream([{ type: 8, body: [0xaf] }]), /its tag has 1 bytes/, SyntaxError],
    ["an unknown kind of sound packet", flvStream([{ type: 8, body: [0xaf, 2, 0] }]), /AACPacketType is 2/, SyntaxError],
    ["a short AudioSpecificConfig", flvStream([{ type: 8, body: [0xaf, 0, 1] }]), /AudioSpecificConfig: 1 bytes/, SyntaxError],
    ["sound before its configuration", flvStream([soundTag(3, [1])]), /at 3 ms: no AudioSpecificConfig/, SyntaxError],
    ["an empty sound frame", flvStream([...config, soundTag(3, [])]), /at 3 ms: the frame is empty/, SyntaxError],
  ];
  for (const [name, bytes, error, errorClass] of cases) {
    it(`refuses ${name}, whole or byte by byte, and says so again when asked again`, () => {
      for (const chunks of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
        const reader = createFlvReader({ maxTagBytes: 2000 });
        const isExpected = (thrown: unknown) => thrown instanceof errorClass && error.test(thrown.message);
        assert.throws(() => chunks.forEach((chunk) => reader.push(chunk)), isExpected);
        assert.throws(() => reader.push(FLV_HEADER), isExpected);
        assert.throws(() => reader.end(), isExpected);
      }
    });
  }

  it("refuses an end anywhere but between tags", () => {
    const tags = [...config, pictureTag(0, IDR, true)].map(flvTag);
    const stream = joined([FLV_HEADER, ...tags]);
    const ends = new Set([0, ...[0, 1, 2, 3].map((count) => joined([FLV_HEADER, ...tags.slice(0, count)]).length)]);
    for (let end = 0; end <= stream.length; end++) {
      const reader = createFlvReader();
      reader.push(stream.slice(0, end));
      if (ends.has(end)) reader.end();
      else assert.throws(() => reader.end(), SyntaxError, `after ${end} bytes`);
    }
  });

  it("survives any damage: it hands out whole items or throws, and never takes more memory than its ceiling", () => {
    const maxTagBytes = 2000;
    const intact = flvStream([
      { type: 18, body: new Uint8Array(30) },
      ...config,
      ...[0, 1, 2, 3].flatMap((i) => [pictureTag(i * 33, i % 2 === 0 ? IDR : INTER, i % 2 === 0), soundTag(i * 21, [1, 2, 3, i])]),
    ]);
    const damage = fc.oneof(
      fc.record({ kind: fc.constant("flip" as const), at: fc.nat(intact.length * 8) }),
      fc.record({ kind: fc.constant("truncate" as const), at: fc.nat(intact.length) }),
      fc.record({ kind: fc.constant("insert" as const), at: fc.nat(intact.length), bytes: fc.uint8Array({ maxLength: 20 }) }),
      fc.record({ kind: fc.constant("remove" as const), at: fc.nat(intact.length), count: fc.nat(20) }),
    );
    const run = fc.property(
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(intact.length), { maxLength: 10 }),
      (damages, places) => {
        let bytes = intact.slice();
        for (const d of damages) {
          if (d.kind === "flip" && d.at >> 3 < bytes.length) bytes[d.at >> 3]! ^= 1 << (d.at & 7);
          if (d.kind === "truncate") bytes = bytes.slice(0, d.at);
          if (d.kind === "insert") bytes = Uint8Array.from([...bytes.subarray(0, d.at), ...d.bytes, ...bytes.subarray(d.at)]);
          if (d.kind === "remove") bytes = Uint8Array.from([...bytes.subarray(0, d.at), ...bytes.subarray(d.at + d.count)]);
        }
        const chunks = cutAt(bytes, places);
        const allocations = allocatedDuring(() => {
          try {
            readAll(chunks, { maxTagBytes }).forEach(assertWhole);
          } catch (error) {
            if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
            assert.match(error.message, /^Cannot (read|end) /);
          }
        });
        assert.ok(allocations.every((size) => size <= maxTagBytes + 4), `allocated ${allocations}`);
      },
    );
    fc.assert(run, { numRuns: 3000 });
  });
});

function assertWhole(item: FlvItem): void {
  assert.ok(item.data.length > 0);
  if (item.kind !== "video") return;
  const view = new DataView(item.data.buffer, item.data.byteOffset, item.data.byteLength);
  let at = 0;
  while (at < view.byteLength) at += 4 + view.getUint32(at);
  assert.equal(at, view.byteLength);
}

/** The sizes of the byte arrays that are made while `action` runs (views are not counted). */
function allocatedDuring(action: () => void): number[] {
  const sizes: number[] = [];
  const real = globalThis.Uint8Array;
  globalThis.Uint8Array = new Proxy(real, {
    construct(target, args, newTarget) {
      if (typeof args[0] === "number") sizes.push(args[0]);
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    action();
  } finally {
    globalThis.Uint8Array = real;
  }
  return sizes;
}
