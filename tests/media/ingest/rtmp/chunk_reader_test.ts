import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { createByteInput } from "../../../../media/ingest/rtmp/byte_input.ts";
import { readChunks, type RtmpMessage } from "../../../../media/ingest/rtmp/chunk_reader.ts";
import { writeMessage } from "../../../../media/ingest/rtmp/chunk_writer.ts";
import { cutAt, joined } from "../../flv/flv_bytes.ts";
import { basicHeader, message, u24, u32 } from "./rtmp_bytes.ts";

function readAll(pieces: readonly Uint8Array[], maxMessageBytes = 100_000): RtmpMessage[] {
  const input = createByteInput(16);
  const parser = readChunks(input, { maxMessageBytes });
  const found: RtmpMessage[] = [];
  for (const piece of pieces) {
    input.give(piece);
    for (let next = parser.next().value; next !== null; next = parser.next().value) found.push(next);
  }
  return found;
}

function header(format: number, id: number, ...rest: readonly (number | readonly number[])[]): Uint8Array {
  return Uint8Array.from([...basicHeader(format, id), ...rest.flat()]);
}

describe("the chunk stream", () => {
  it("puts a message together from chunks of 128 bytes, and of the size that is set", () => {
    const body = Uint8Array.from({ length: 300 }, (_, at) => at & 255);
    const stream = joined([
      message({ type: 9, body, timeMs: 40, streamId: 1, chunkStreamId: 6 }),
      message({ type: 1, body: u32(7), chunkStreamId: 2 }),
      message({ type: 8, body, timeMs: 41, streamId: 1, chunkStreamId: 5 }, 7),
    ]);
    assert.deepEqual(readAll([stream]).filter(({ type }) => type !== 1), [
      { type: 9, streamId: 1, timeMs: 40, body },
      { type: 8, streamId: 1, timeMs: 41, body },
    ]);
  });

  it("reads headers of all kinds: a delta is added, and added again by a header of kind 3 that begins a message", () => {
    const stream = joined([
      header(0, 4, u24(1000), u24(1), 8, 1, 0, 0, 0, [11]),
      header(1, 4, u24(20), u24(2), 8, [12, 13]),
      header(2, 4, u24(23), [14, 15]),
      header(3, 4, [16, 17]),
    ]);
    assert.deepEqual(readAll([stream]).map(({ timeMs, body }) => [timeMs, [...body]]), [
      [1000, [11]],
      [1020, [12, 13]],
      [1043, [14, 15]],
      [1066, [16, 17]],
    ]);
  });

  it("adds the whole time where kind 3 follows kind 0 (5.3.1.2.4)", () => {
    const stream = joined([header(0, 4, u24(33), u24(1), 9, u32(0), [1]), header(3, 4, [2])]);
    assert.deepEqual(readAll([stream]).map(({ timeMs }) => timeMs), [33, 66]);
  });

  it("lets a chunk stream begin with a delta", () => {
    assert.deepEqual(readAll([header(1, 5, u24(21), u24(1), 8, [1])]).map(({ timeMs }) => timeMs), [21]);
  });

  it("reads chunk stream ids of one, two and three bytes", () => {
    const ids = [2, 63, 64, 319, 320, 65599];
    const stream = joined(ids.map((id) => message({ type: 8, body: [id & 255], chunkStreamId: id })));
    assert.deepEqual(readAll([stream]).map(({ body }) => body[0]), ids.map((id) => id & 255));
  });

  it("reads times of 32 bits, which each chunk of kind 3 repeats", () => {
    const body = new Uint8Array(300).fill(5);
    for (const timeMs of [0xfffffe, 0xffffff, 0x1000000, 0xffffffff]) {
      assert.deepEqual(readAll([message({ type: 9, body, timeMs })]), [{ type: 9, streamId: 0, timeMs, body }]);
    }
  });

  it("lets a time that has used up its 32 bits begin again", () => {
    const stream = joined([message({ type: 8, body: [1], timeMs: 0xfffffff0 }), header(2, 3, u24(32), [2])]);
    assert.deepEqual(readAll([stream]).map(({ timeMs }) => timeMs), [0xfffffff0, 16]);
  });

  it("keeps messages apart whose chunks alternate", () => {
    const [a, b] = [new Uint8Array(200).fill(1), new Uint8Array(200).fill(2)];
    const stream = joined([
      header(0, 4, u24(1), u24(200), 8, u32(0)),
      a.subarray(0, 128),
      header(0, 6, u24(2), u24(200), 9, u32(0)),
      b.subarray(0, 128),
      header(3, 4),
      a.subarray(128),
      header(3, 6),
      b.subarray(128),
    ]);
    assert.deepEqual(readAll([stream]).map(({ type, body }) => [type, body]), [[8, a], [9, b]]);
  });

  it("drops what Abort names, and only that", () => {
    const begun = (id: number) => joined([header(0, id, u24(0), u24(200), 9, u32(0)), new Uint8Array(128)]);
    const stream = joined([
      begun(6),
      begun(7),
      message({ type: 2, body: u32(6), chunkStreamId: 2 }),
      message({ type: 8, body: [1], chunkStreamId: 6 }),
      header(3, 7),
      new Uint8Array(72),
    ]);
    assert.deepEqual(readAll([stream]).map(({ type, body }) => [type, body.length]), [[2, 4], [8, 1], [9, 200]]);
  });

  it("reads messages without a body", () => {
    assert.deepEqual(readAll([joined([message({ type: 9, body: [] }), message({ type: 8, body: [1] })])]).map(({ type }) => type), [9, 8]);
  });

  it("reads what the writer writes, whatever the size of its chunks", () => {
    const body = Uint8Array.from({ length: 1000 }, (_, at) => at & 255);
    for (const chunkBytes of [128, 999, 1000, 4096]) {
      const stream = joined([
        message({ type: 1, body: u32(chunkBytes), chunkStreamId: 2 }),
        writeMessage({ chunkStreamId: 3, type: 20, streamId: 1, body }, chunkBytes),
      ]);
      assert.deepEqual(readAll([stream])[1], { type: 20, streamId: 1, timeMs: 0, body });
    }
  });

  const broken: readonly [name: string, stream: Uint8Array, error: RegExp][] = [
    ["a first header of kind 2", header(2, 4, u24(1)), /first header of chunk stream 4 is of kind 2/],
    ["a first header of kind 3", header(3, 4), /first header of chunk stream 4 is of kind 3/],
    ["Set Chunk Size without a body", message({ type: 1, body: [] }), /Cannot set chunk size: 0 bytes/],
    ["a chunk size of 0", message({ type: 1, body: u32(0) }), /value 0/],
    ["a chunk size of 32 bits", message({ type: 1, body: u32(0x80000000) }), /value 2147483648/],
    ["a message above the ceiling", header(0, 4, u24(0), u24(100_001), 9, u32(0)), /100001 bytes are more than the 100000 allowed/],
    [
      "more begun than two ceilings",
      joined([4, 5, 6].map((id) => joined([header(0, id, u24(0), u24(90_000), 9, u32(0)), new Uint8Array(128)]))),
      /270000 bytes of messages are begun/,
    ],
    [
      "a header inside a message",
      joined([header(0, 4, u24(0), u24(200), 9, u32(0)), new Uint8Array(128), header(1, 4, u24(0), u24(200), 9)]),
      /a header of kind 1 inside a message, at byte 128 of 200/,
    ],
    [
      "17 chunk streams",
      joined(Array.from({ length: 17 }, (_, at) => message({ type: 8, body: [1], chunkStreamId: at + 3 }))),
      /more than 16 chunk streams/,
    ],
  ];
  for (const [name, stream, error] of broken) {
    it(`refuses ${name}, whole or byte by byte`, () => {
      assert.throws(() => readAll([stream]), error);
      assert.throws(() => readAll(Array.from(stream, (byte) => Uint8Array.of(byte))), error);
    });
  }

  it("gives the same messages however the bytes are cut", () => {
    const wish = fc.record({
      type: fc.constantFrom(8, 9, 18, 20),
      body: fc.uint8Array({ maxLength: 400 }),
      timeMs: fc.oneof(fc.nat(100_000), fc.integer({ min: 0xfffff0, max: 0xffffffff })),
      chunkStreamId: fc.integer({ min: 2, max: 12 }),
      streamId: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 8 }), fc.array(fc.nat(5000), { maxLength: 40 }), (wishes, places) => {
        const stream = joined(wishes.map((one) => message(one)));
        const expected = readAll([stream]);
        assert.deepEqual(
          expected,
          wishes.map(({ type, streamId, timeMs, body }) => ({ type, streamId, timeMs, body: Uint8Array.from(body) })),
        );
        assert.deepEqual(readAll(cutAt(stream, places)), expected);
        assert.deepEqual(readAll(Array.from(stream, (byte) => Uint8Array.of(byte))), expected);
      }),
      { numRuns: 150 },
    );
  });
});
