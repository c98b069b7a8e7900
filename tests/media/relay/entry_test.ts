import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { type Entry, FORMAT_VERSION, readEntry, writeEntry } from "../../../media/relay/entry.ts";
import { ANY_ENTRY, makeEntry } from "./history.ts";

function read(bytes: Uint8Array): Entry {
  const outcome = readEntry(bytes);
  assert.equal(outcome.kind, "entry");
  return (outcome as { entry: Entry }).entry;
}

/** Makes the checksum right again: damage that somebody has thought of. */
function seal(bytes: Uint8Array): Uint8Array {
  if (bytes.length >= 12) new DataView(bytes.buffer, bytes.byteOffset).setUint32(4, crc32(bytes.subarray(8)));
  return bytes;
}

describe("an entry of the relay", () => {
  it("comes back as it was, whatever is in it", () => {
    fc.assert(
      fc.property(ANY_ENTRY, (entry) => {
        assert.deepEqual(plain(read(writeEntry(entry))), plain(entry));
      }),
      { numRuns: 500 },
    );
  });

  it("is the same bytes for the same entry", () => {
    assert.deepEqual(writeEntry(makeEntry(100, 0)), writeEntry(makeEntry(100, 0)));
  });

  it("is never read where one bit was turned, or some bytes are missing", () => {
    const bytes = writeEntry(makeEntry(100, 0));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const turned = bytes.slice();
        turned[at]! ^= 1 << bit;
        assert.notEqual(readEntry(turned).kind, "entry");
        assert.notEqual(readEntry(bytes.subarray(0, at)).kind, "entry");
      }),
      { numRuns: 2000 },
    );
  });

  it("never throws for any bytes, whoever has made their checksum right, and hands out no more than there is", () => {
    const bytes = writeEntry(makeEntry(100, 0));
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(edits, (changes) => {
        const changed = bytes.slice();
        for (const [at, byte] of changes) changed[at] = byte;
        const outcome = readEntry(seal(changed));
        if (outcome.kind !== "entry") return;
        const { part, inits } = outcome.entry;
        const handed = [...part.bodies, ...inits.map((init) => init.bytes)].reduce((sum, { length }) => sum + length, 0);
        assert.ok(handed <= changed.length);
      }),
      { numRuns: 5000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => void readEntry(seal(any))), { numRuns: 2000 });
  });

  it("of another version says which, whatever follows", () => {
    const bytes = writeEntry(makeEntry(100, 0));
    bytes[3] = FORMAT_VERSION + 1;
    assert.deepEqual(readEntry(bytes), { kind: "other_version", version: FORMAT_VERSION + 1 });
  });

  it("is refused where its pieces do not belong together", () => {
    const odd: [string, Entry][] = [
      ["a first part without its segment", makeEntry(100, 0, { head: null })],
      ["a later part with a segment", makeEntry(100, 1, { head: makeEntry(100, 0).head })],
      ["another segment's head", makeEntry(100, 0, { head: makeEntry(101, 0).head })],
      ["a next segment that is not the next", makeEntry(100, 4, { next: makeEntry(102, 0).head })],
      ["fewer inits than renditions", makeEntry(100, 0, { head: { ...makeEntry(100, 0).head!, initRuns: ["runa"] } })],
    ];
    for (const [name, entry] of odd) assert.equal(readEntry(writeEntry(entry)).kind, "damaged", name);
  });
});

/** Views of one buffer and arrays of their own are the same bytes; -0 is 0 in JSON. */
function plain(entry: Entry): unknown {
  return JSON.parse(JSON.stringify(entry, (_, value) => value instanceof Uint8Array ? [...value] : value));
}
