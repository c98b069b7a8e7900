import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createPicturePool } from "../../../../media/intake/raw_picture.ts";
import { createComposer } from "../../../../media/mixer/canvas/composer.ts";
import { fitShape, placeInset, type Rect } from "../../../../media/mixer/canvas/place_inset.ts";
import type { Size } from "../../../../media/mixer/canvas/size.ts";
import { shrinkPlane } from "../../../../media/mixer/canvas/shrink.ts";
import { INSET_CORNERS, INSET_SIZES } from "../../../../media/mixer/scene.ts";

const SIDE = fc.integer({ min: 8, max: 1000 }).map((half) => 2 * half);
const CANVAS = fc.record({ width: SIDE, height: SIDE });
const SHAPE = fc.option(fc.record({ width: fc.integer({ min: 1, max: 5000 }), height: fc.integer({ min: 1, max: 5000 }) }));
const BY = fc.constantFrom(2, 3, 4);
const CORNER = fc.constantFrom(...INSET_CORNERS);

function isIn(inner: Rect, outer: Rect): boolean {
  return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height;
}

describe("an inset's place", () => {
  it("lies on the canvas, and what it shows in its picture, both on whole pixels of colour, whatever the sizes", () => {
    fc.assert(fc.property(CANVAS, SHAPE, BY, CORNER, (canvas, shape, by, corner) => {
      const whole = { x: 0, y: 0, ...canvas };
      const shown = fitShape(canvas, shape);
      assert.ok(isIn(shown, whole), JSON.stringify(shown));
      // A picture of two columns can be made no smaller.
      fc.pre(shown.width >= 2 * by && shown.height >= 2 * by);
      const { from, to, border } = placeInset(canvas, shown, by, corner);
      assert.ok(isIn(to, whole), JSON.stringify(to));
      assert.ok(isIn(from, shown), JSON.stringify({ from, shown }));
      for (const side of [...Object.values(from), ...Object.values(to), border]) assert.equal(side % 2, 0);
      assert.deepEqual([by * (to.width - 2 * border), by * (to.height - 2 * border)], [from.width, from.height]);
      assert.ok(shown.width - from.width < 2 * by && shown.height - from.height < 2 * by, "next to nothing is cut off");
    }));
  });

  it("is in its corner, as far from both edges", () => {
    const canvas = { width: 1280, height: 720 };
    const to = (corner: (typeof INSET_CORNERS)[number], by: number, shape: Size | null = null) =>
      placeInset(canvas, fitShape(canvas, shape), by, corner).to;
    assert.deepEqual(to("top_left", 2), { x: 20, y: 20, width: 648, height: 368 });
    assert.deepEqual(to("top_right", 4), { x: 932, y: 20, width: 328, height: 188 });
    assert.deepEqual(to("bottom_left", 3), { x: 20, y: 452, width: 434, height: 248 });
    assert.deepEqual(to("bottom_right", 3, { width: 1080, height: 1920 }), { x: 1118, y: 452, width: 142, height: 248 });
  });

  it("is where an intake puts a picture of that shape", () => {
    const canvas = { width: 1280, height: 720 };
    assert.deepEqual(fitShape(canvas, { width: 640, height: 480 }), { x: 160, y: 0, width: 960, height: 720 });
    assert.deepEqual(fitShape(canvas, { width: 1080, height: 1920 }), { x: 436, y: 0, width: 406, height: 720 });
    assert.deepEqual(fitShape(canvas, { width: 1920, height: 800 }), { x: 0, y: 92, width: 1280, height: 534 });
  });
});

describe("making a plane smaller", () => {
  it("gives the rounded mean of each box, in whatever way it is computed, and touches nothing else", () => {
    const cases = fc.record({
      by: BY,
      width: fc.integer({ min: 1, max: 13 }),
      height: fc.integer({ min: 1, max: 5 }),
      at: fc.nat(9),
      more: fc.nat(9),
      seed: fc.uint8Array({ minLength: 40, maxLength: 40 }),
    });
    fc.assert(
      fc.property(cases, ({ by, width, height, at, more, seed }) => {
        const stride = width * by + more;
        const from = Uint8Array.from(
          { length: at + stride * height * by + 4 - at % 4 },
          (_, index) => seed[index % 40]! ^ index * 37,
        );
        const before = from.slice();
        const into = new Uint8Array(at + (width + more) * height).fill(7);
        shrinkPlane({ bytes: from, at, stride }, { bytes: into, at, stride: width + more }, { width, height }, by);
        assert.deepEqual(from, before);
        for (let index = 0; index < into.length; index++) {
          const column = (index - at) % (width + more), row = Math.floor((index - at) / (width + more));
          if (index < at || column >= width) assert.equal(into[index], 7, "it wrote beside its place");
          else assert.equal(into[index], meanOf(from, at, stride, column, row, by));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("leaves one colour that colour", () => {
    for (const by of [2, 3, 4]) {
      for (let value = 0; value < 256; value++) {
        const into = new Uint8Array(8);
        shrinkPlane({ bytes: new Uint8Array(16 * by * by).fill(value), at: 0, stride: 4 * by }, { bytes: into, at: 0, stride: 4 }, {
          width: 4,
          height: 2,
        }, by);
        assert.ok(into.every((one) => one === value));
      }
    }
  });
});

function meanOf(from: Uint8Array, at: number, stride: number, column: number, row: number, by: number): number {
  let sum = 0;
  for (let y = 0; y < by; y++) for (let x = 0; x < by; x++) sum += from[at + (row * by + y) * stride + column * by + x]!;
  return Math.floor(sum / by / by + 0.5);
}

/** A picture in one colour, between black bars where its shape is not the canvas's. */
function paint(bytes: Uint8Array, canvas: Size, shown: Rect, [luma, u, v]: readonly [number, number, number]): void {
  const { width, height } = canvas;
  bytes.fill(16, 0, width * height).fill(128, width * height);
  for (let y = 0; y < shown.height; y++) bytes.fill(luma, (shown.y + y) * width + shown.x, (shown.y + y) * width + shown.x + shown.width);
  for (const [plane, chroma] of [u, v].entries()) {
    for (let y = 0; y < shown.height / 2; y++) {
      const at = width * height + plane * width * height / 4 + (shown.y / 2 + y) * width / 2 + shown.x / 2;
      bytes.fill(chroma, at, at + shown.width / 2);
    }
  }
}

describe("a canvas with an inset", () => {
  it("is the base, but for a bordered box in the corner that holds the inset's picture without its bars, on all three planes alike", () => {
    const small = fc.record({ width: fc.integer({ min: 16, max: 40 }), height: fc.integer({ min: 16, max: 40 }) })
      .map(({ width, height }) => ({ width: 2 * width, height: 2 * height }));
    const how = fc.record({ source: fc.constant("b"), size: fc.constantFrom(...INSET_SIZES), corner: CORNER });
    fc.assert(fc.property(small, fc.constantFrom(null, { width: 9, height: 16 }, { width: 3, height: 1 }), how, (canvas, shape, how) => {
      const pool = createPicturePool(canvas.width * canvas.height * 3 / 2);
      const [base, inset] = [pool.take(), pool.take()];
      const shown = fitShape(canvas, shape);
      base.bytes.fill(50);
      paint(inset.bytes, canvas, shown, [180, 90, 200]);
      const composer = createComposer(canvas, pool);
      const { bytes } = composer.compose(base, { picture: inset, shape }, how, []);
      const by = Number(how.size.at(-1));
      const { to, border } = placeInset(canvas, shown, by, how.corner);
      const { width, height } = canvas;
      const planes = [[0, 1, 180, 220], [width * height, 2, 90, 128], [width * height * 5 / 4, 2, 200, 128]] as const;
      for (const [at, part, colour, borders] of planes) {
        for (let y = 0; y < height / part; y++) {
          for (let x = 0; x < width / part; x++) {
            const [inX, inY] = [x * part - to.x, y * part - to.y];
            const isIn = inX >= 0 && inY >= 0 && inX < to.width && inY < to.height;
            const isBorder = inX < border || inY < border || inX >= to.width - border || inY >= to.height - border;
            assert.equal(bytes[at + y * width / part + x], !isIn ? 50 : isBorder ? borders : colour, `${x}, ${y} of the plane at ${at}`);
          }
        }
      }
      composer.close();
      assert.equal(pool.taken, 2);
    }));
  });

  it("shows all of a picture that is not black where its bars should be", () => {
    const canvas = { width: 64, height: 36 };
    const pool = createPicturePool(64 * 36 * 3 / 2);
    const [base, inset] = [pool.take(), pool.take()];
    inset.bytes.fill(99);
    const how = { source: "b", size: "1/2", corner: "top_left" } as const;
    const { bytes } = createComposer(canvas, pool).compose(base, { picture: inset, shape: { width: 9, height: 16 } }, how, []);
    assert.deepEqual([bytes[10 * 64 + 5], bytes[10 * 64 + 30]], [99, 99]);
  });

  it("is the base alone where there is no room for an inset, as of a source that is a strip", () => {
    for (const [width, height] of [[64, 4], [2, 36], [4, 4]] as const) {
      const pool = createPicturePool(width * height * 3 / 2);
      const [base, inset] = [pool.take(), pool.take()];
      for (const size of INSET_SIZES) {
        const how = { source: "b", size, corner: "bottom_right" } as const;
        const composer = createComposer({ width, height }, pool);
        assert.equal(composer.compose(base, { picture: inset, shape: null }, how, []), base);
        composer.close();
      }
      assert.equal(pool.taken, 2);
    }
  });
});
