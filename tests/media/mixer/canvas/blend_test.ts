import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { blendInto } from "../../../../media/mixer/canvas/blend.ts";

describe("blending two pictures", () => {
  it("is the rounded weighted mean of each byte, whatever the length, and alters neither", () => {
    const pair = fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { minLength: 1, maxLength: 40 });
    fc.assert(fc.property(pair, fc.nat(256), (pairs, share) => {
      const [a, b] = [Uint8Array.from(pairs, ([one]) => one), Uint8Array.from(pairs, ([, other]) => other)];
      const [aBefore, bBefore] = [a.slice(), b.slice()];
      const out = new Uint8Array(pairs.length);
      blendInto(out, a, b, share);
      assert.deepEqual([...out], pairs.map(([one, other]) => (one * (256 - share) + other * share + 128) >> 8));
      assert.deepEqual([a, b], [aBefore, bBefore]);
    }));
  });

  it("begins with the one and ends with the other", () => {
    const [a, b] = [Uint8Array.from({ length: 256 }, (_, at) => at), Uint8Array.from({ length: 256 }, (_, at) => 255 - at)];
    const out = new Uint8Array(256);
    blendInto(out, a, b, 0);
    assert.deepEqual(out, a);
    blendInto(out, a, b, 256);
    assert.deepEqual(out, b);
  });
});
