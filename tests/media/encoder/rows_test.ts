import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { VideoFrame } from "../../../media/flv/frame.ts";
import { createRowAligner } from "../../../media/encoder/rows.ts";

const FIRST = 53_700_000_012; // place 12 of its segment
const O = { rate: 30, framesPerSegment: 30, firstTick: FIRST, renditions: 3 };

function picture(tick: number, o: Partial<VideoFrame> = {}): VideoFrame {
  const timeMs = Math.round((tick - FIRST) * 1000 / 30);
  return { kind: "video", timeMs, isKey: tick === FIRST || tick % 30 === 0, data: Uint8Array.of(tick % 256), ...o };
}

describe("rows", () => {
  it("are complete when the last rendition's picture has come, whatever the order", () => {
    const aligner = createRowAligner(O);
    assert.equal(aligner.push(2, picture(FIRST)), null);
    assert.equal(aligner.push(2, picture(FIRST + 1)), null);
    assert.equal(aligner.push(0, picture(FIRST)), null);
    assert.deepEqual(aligner.push(1, picture(FIRST)), {
      tick: FIRST,
      isKey: true,
      pictures: [0, 1, 2].map(() => Uint8Array.of(FIRST % 256)),
    });
    assert.equal(aligner.push(0, picture(FIRST + 1)), null);
    assert.equal(aligner.push(1, picture(FIRST + 1))?.tick, FIRST + 1);
  });

  it("name their tick by ffmpeg's milliseconds, up to 120 a second and whatever was left out", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 59 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 200 }),
        fc.nat(2 ** 31 - 1),
        (rate, place, steps, startMs) => {
          const firstTick = 60 * 1_000_000 + place;
          const aligner = createRowAligner({ rate, framesPerSegment: 60, firstTick, renditions: 1 });
          let tick = firstTick;
          for (const step of [0, ...steps]) {
            tick += step;
            const timeMs = (startMs + Math.round((tick - firstTick) * 1000 / rate)) % 2 ** 31;
            const isKey = tick === firstTick || tick % 60 === 0;
            assert.equal(aligner.push(0, { kind: "video", timeMs, isKey, data: new Uint8Array(1) })?.tick, tick);
          }
        },
      ),
    );
  });

  it("count on where FLV's 31 bits of milliseconds wrap", () => {
    const aligner = createRowAligner({ ...O, renditions: 1 });
    aligner.push(0, picture(FIRST, { timeMs: 2 ** 31 - 10 }));
    assert.equal(aligner.push(0, picture(FIRST + 1, { timeMs: 23 }))?.tick, FIRST + 1);
  });

  const broken: [string, RegExp, VideoFrame][] = [
    ["a time that does not rise", /Picture of tick 53700000013 in rendition 0: 53700000013 came before/, picture(FIRST + 1)],
    ["a key frame off the segments' starts", /is a key frame/, picture(FIRST + 2, { isKey: true })],
    ["none at a segment's start", /is no key frame/, picture(FIRST + 18, { isKey: false })],
  ];
  for (const [name, message, frame] of broken) {
    it(`refuse ${name}`, () => {
      const aligner = createRowAligner({ ...O, renditions: 1 });
      aligner.push(0, picture(FIRST));
      aligner.push(0, picture(FIRST + 1));
      assert.throws(() => aligner.push(0, frame), (problem) => problem instanceof RangeError && message.test(problem.message));
    });
  }

  it("refuse a run that does not begin with a key frame", () => {
    assert.throws(() => createRowAligner(O).push(0, picture(FIRST, { isKey: false })), /is no key frame/);
  });

  it("refuse renditions that disagree, and one that runs seconds ahead", () => {
    const apart = createRowAligner({ ...O, renditions: 2 });
    for (const rendition of [0, 1]) apart.push(rendition, picture(FIRST));
    apart.push(0, picture(FIRST + 1));
    assert.throws(() => apart.push(1, picture(FIRST + 2)), /one is at tick 53700000013, another at 53700000014/);
    const ahead = createRowAligner({ ...O, renditions: 2 });
    assert.throws(() => {
      for (let tick = FIRST; tick < FIRST + 200; tick++) ahead.push(0, picture(tick));
    }, /number 0 is 151 pictures ahead/);
  });
});
