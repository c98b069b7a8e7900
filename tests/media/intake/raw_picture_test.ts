import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { createPicturePool, type RawPicture } from "../../../media/intake/raw_picture.ts";

describe("a pool of pictures", () => {
  it("hands out pictures of its size and counts those that are held", () => {
    const pool = createPicturePool(96);
    assert.equal(pool.bytesPerPicture, 96);
    const pictures = [pool.take(), pool.take()];
    assert.deepEqual(pictures.map(({ bytes }) => bytes.length), [96, 96]);
    assert.notEqual(pictures[0]!.bytes.buffer, pictures[1]!.bytes.buffer);
    assert.equal(pool.taken, 2);
    pictures.forEach((picture) => picture.release());
    assert.equal(pool.taken, 0);
  });

  it("uses a buffer again, as it was left, once the last holder released it", () => {
    const pool = createPicturePool(8);
    const first = pool.take();
    const { buffer } = first.bytes;
    first.bytes.fill(7);
    assert.equal(first.retain(), first);
    first.release();
    assert.equal(pool.taken, 1);
    const other = pool.take();
    assert.notEqual(other.bytes.buffer, buffer);
    first.release();
    const again = pool.take();
    assert.equal(again.bytes.buffer, buffer);
    assert.deepEqual([...again.bytes], [7, 7, 7, 7, 7, 7, 7, 7]);
  });

  it("keeps a handful of free buffers and lets the rest go", () => {
    const pool = createPicturePool(8);
    const pictures = Array.from({ length: 20 }, () => pool.take());
    const buffers = new Set(pictures.map(({ bytes }) => bytes.buffer));
    pictures.forEach((picture) => picture.release());
    const later = Array.from({ length: 20 }, () => pool.take());
    assert.equal(later.filter(({ bytes }) => buffers.has(bytes.buffer)).length, 4);
  });

  it("refuses whoever comes back after the last release, also where the buffer lives on in another picture", () => {
    const pool = createPicturePool(8);
    const gone = pool.take();
    gone.release();
    const next = pool.take();
    assert.throws(() => gone.release(), { name: "TypeError", message: "Cannot release a picture that was given back" });
    assert.throws(() => gone.retain(), { name: "TypeError", message: "Cannot retain a picture that was given back" });
    assert.throws(() => gone.bytes, { name: "TypeError", message: "Cannot read a picture that was given back" });
    assert.equal(next.bytes.length, 8);
    assert.equal(pool.taken, 1);
  });

  it("refuses sizes that are none", () => {
    for (const size of [0, -1, 1.5, NaN, Infinity]) assert.throws(() => createPicturePool(size), RangeError);
  });

  it("never hands out a buffer that somebody holds, whatever the order", () => {
    const step = fc.record({ kind: fc.constantFrom("take" as const, "retain" as const, "release" as const), which: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const pool = createPicturePool(4);
        const held: RawPicture[] = [];
        for (const { kind, which } of steps) {
          const at = held.length === 0 ? 0 : which % held.length;
          if (kind === "take") held.push(pool.take());
          else if (held.length > 0 && kind === "retain") held.push(held[at]!.retain());
          else if (held.length > 0) held.splice(at, 1)[0]!.release();
          const pictures = new Set(held);
          assert.equal(pool.taken, pictures.size);
          assert.equal(new Set([...pictures].map(({ bytes }) => bytes.buffer)).size, pictures.size);
        }
      }),
      { numRuns: 300, seed: 9 },
    );
  });
});
