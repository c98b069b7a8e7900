import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { type Amf, readAmf, type Writable, writeAmf } from "../../../../media/ingest/rtmp/amf0.ts";

describe("AMF 0", () => {
  it("reads back what it writes", () => {
    const leaf = fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.string(), fc.constant(null), fc.constant(undefined));
    const list = fc.array(leaf, { maxLength: 5 });
    const object = fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(leaf, list), { maxKeys: 5, noNullPrototype: true });
    fc.assert(fc.property(fc.array(fc.oneof(leaf, list, object), { maxLength: 5 }), (values) => {
      assert.deepEqual(readAmf(writeAmf(...values as Writable[])), values.map(asRead));
    }));
  });

  it("reads what only others write: ECMA arrays whatever their count says, dates, long strings, typed objects, XML", () => {
    const field = [0, 1, 97, 1, 1]; // a: true
    const cases: [number[], Amf][] = [
      [[8, 255, 255, 255, 255, ...field, 0, 0, 9], new Map([["a", true]])],
      [[11, 0x40, 0x45, 0, 0, 0, 0, 0, 0, 0, 0], 42],
      [[12, 0, 0, 0, 2, 104, 105], "hi"],
      [[15, 0, 0, 0, 2, 104, 105], "hi"],
      [[16, 0, 1, 84, ...field, 0, 0, 9], new Map([["a", true]])],
      [[13], undefined],
    ];
    for (const [bytes, value] of cases) assert.deepEqual(readAmf(Uint8Array.from(bytes)), [value]);
  });

  it("keeps a field called __proto__ as a field", () => {
    const [object] = readAmf(Uint8Array.from([3, 0, 9, ...new TextEncoder().encode("__proto__"), 1, 1, 0, 0, 9]));
    assert.deepEqual(object, new Map([["__proto__", true]]));
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  const nested = (depth: number) =>
    Uint8Array.from([
      ...Array.from({ length: depth }, () => [3, 0, 1, 97]).flat(),
      5,
      ...Array.from({ length: depth }, () => [0, 0, 9]).flat(),
    ]);
  it("reads objects four deep and no deeper", () => {
    assert.equal(readAmf(nested(4)).length, 1);
    assert.throws(() => readAmf(nested(5)), /more than 4 deep/);
    assert.throws(() => readAmf(nested(100_000)), /more than 4 deep/);
  });

  const broken: [string, number[], RegExp][] = [
    ["a number that is cut short", [0, 1, 2], /2 bytes left of 8/],
    ["a text that is longer than the message", [2, 255, 255, 1], /1 bytes left of 65535/],
    ["a long text of 4 GiB", [12, 255, 255, 255, 255], /0 bytes left of 4294967295/],
    ["an array of 4 billion", [10, 255, 255, 255, 255, ...new Array(300).fill(5)], /more than 256 fields/],
    ["an object without an end", [3, 0, 1, 97, 5], /0 bytes left of 2/],
    ["a reference", [7, 0, 0], /marker 7/],
    ["AMF 3", [17, 1], /marker 17/],
    ["300 values", new Array(300).fill(5), /more than 256 fields/],
  ];
  for (const [name, bytes, error] of broken) {
    it(`refuses ${name}`, () => assert.throws(() => readAmf(Uint8Array.from(bytes)), error));
  }

  it("survives any bytes: it reads values or throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readAmf(bytes);
        } catch (error) {
          assert.ok(error instanceof SyntaxError || error instanceof RangeError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function asRead(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asRead);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([name, field]) => [name, asRead(field)]));
}
