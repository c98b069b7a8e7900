import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { createLiveMapping } from "../../../../media/mixer/takes/mapping.ts";
import type { TakeNote } from "../../../../media/mixer/takes/take.ts";

const PICTURE_MS = 1000 / 30, PACKET_MS = 1024 / 48;

interface Arrival {
  readonly contentMs: number;
  readonly sourceMs: number;
  readonly atMs: number;
}

describe("a live mapping", () => {
  it("moves by at most 5 ms a second, and only towards its target", () => {
    const mapping = createLiveMapping({ mostDelayMs: Infinity });
    let before = NaN;
    for (let n = 0; n < 3000; n++) {
      const atMs = n * PICTURE_MS + (n > 300 ? 60 : 0);
      mapping.advance(atMs);
      mapping.takePicture(n * PICTURE_MS, atMs, false);
      const now = mapping.showMs(0);
      if (n > 1 && n !== 301) assert.ok(Math.abs(now - before) <= 0.005 * PICTURE_MS + 1e-9, `${now - before} at ${n}`);
      before = now;
    }
    assert.ok(before > 55 && before <= 60, `${before}`);
  });

  it("what comes 400 ms later than before has its delay within three seconds, in one step", () => {
    const mapping = createLiveMapping({ mostDelayMs: Infinity });
    let steps = 0, settledAt = NaN, before = 0;
    for (let n = 0; n < 900; n++) {
      const atMs = n * PICTURE_MS + (n > 300 ? 400 : 0);
      mapping.advance(atMs);
      mapping.takePicture(n * PICTURE_MS, atMs, false);
      const now = mapping.showMs(0);
      if (Math.abs(now - before) > 1) steps++;
      if (now > 399 && Number.isNaN(settledAt)) settledAt = n;
      before = now;
    }
    assert.equal(steps, 1);
    assert.equal(mapping.steppedMs > 390, true, "sound steps with it");
    assert.ok((settledAt - 300) * PICTURE_MS < 3000, `${settledAt}`);
  });

  it("over any row of delays that last for a while each is stepped to once at the most, and never back and forth", () => {
    fc.assert(fc.property(
      fc.array(fc.record({ lateMs: fc.integer({ min: 0, max: 900 }), pictures: fc.integer({ min: 10, max: 400 }) }), {
        minLength: 1,
        maxLength: 8,
      }),
      (delays) => {
        const mapping = createLiveMapping({ mostDelayMs: Infinity });
        const lates = delays.flatMap(({ lateMs, pictures }) => Array<number>(pictures).fill(lateMs));
        let steps = 0, before = 0;
        for (const [n, lateMs] of lates.entries()) {
          mapping.advance(n * PICTURE_MS + lateMs);
          mapping.takePicture(n * PICTURE_MS, n * PICTURE_MS + lateMs, false);
          if (n > 0 && Math.abs(mapping.showMs(0) - before) > 30) steps++;
          before = mapping.showMs(0);
        }
        assert.ok(steps <= delays.length, `${steps} steps for ${delays.length} delays`);
      },
    ));
  });

  it("one picture in thirty that comes 100 ms late makes no step", () => {
    const mapping = createLiveMapping({ mostDelayMs: Infinity });
    for (let n = 0; n < 3000; n++) {
      const atMs = n * PICTURE_MS + (n % 30 === 7 ? 100 : 0);
      mapping.advance(atMs);
      mapping.takePicture(n * PICTURE_MS, atMs, false);
    }
    assert.equal(mapping.steppedMs, 0);
  });

  for (const [rate, heldUp] of [[1, 2], [5, 6], [30, 20]] as const) {
    it(`the first ${heldUp} pictures of ${rate} a second, held up at the start, hold up no others`, () => {
      const mapping = createLiveMapping({ mostDelayMs: Infinity });
      for (let n = 0; n < heldUp + 3 * rate; n++) {
        const atMs = Math.max(n, heldUp) * 1000 / rate;
        mapping.advance(atMs);
        mapping.takePicture(n * 1000 / rate, atMs, false);
      }
      assert.ok(mapping.showMs(0) <= 200, `${mapping.showMs(0)}`);
    });
  }

  it("what was held back teaches nothing", () => {
    const mapping = createLiveMapping({ mostDelayMs: Infinity });
    for (let n = 0; n < 3000; n++) {
      mapping.advance(n * PICTURE_MS);
      mapping.takePicture(n * PICTURE_MS, n * PICTURE_MS - (n > 10 ? 200 : 0), n > 10);
    }
    assert.equal(mapping.showMs(0), 0);
  });

  it("a camera's delay is at most a tick", () => {
    const mapping = createLiveMapping({ mostDelayMs: 33 });
    for (let n = 0; n < 9000; n++) {
      const atMs = n * PICTURE_MS + n % 4 * 30;
      mapping.advance(atMs);
      mapping.takePicture(n * PICTURE_MS, atMs, false);
    }
    assert.ok(Math.abs(mapping.showMs(0) - 33) < 1, `${mapping.showMs(0)}`);
  });

  it("a clock that runs 17 % slow is followed step by step, never more than a second and a half behind", () => {
    const notes: TakeNote[] = [];
    const mapping = createLiveMapping({ mostDelayMs: Infinity, onNote: (note) => notes.push(note) });
    for (let n = 0; n < 3000; n++) {
      const atMs = n * PICTURE_MS * 1.2;
      mapping.advance(atMs);
      const lateMs = atMs - mapping.showMs(mapping.takePicture(n * PICTURE_MS, atMs, false));
      assert.ok(lateMs < 1500, `${lateMs}`);
    }
    assert.ok(notes.length > 0 && notes.every(({ kind }) => kind === "late"));
  });

  it("jumps that picture and sound make within a second of each other give both the same step, to the last digit, however often", () => {
    const jump = fc.record({
      byMs: fc.constantFrom(2500, -2500, 15_000, -15_000, 3_600_000, -3_600_000, 37_600_000),
      moreMs: fc.integer({ min: -120, max: 120 }),
      soundLaterMs: fc.integer({ min: -400, max: 400 }),
    });
    fc.assert(fc.property(fc.array(jump, { maxLength: 4 }), fc.integer({ min: 0, max: 120 }), (jumps, soundBehindMs) => {
      const stamp = (contentMs: number, isSound: boolean) =>
        jumps.reduce((sum, { byMs, moreMs, soundLaterMs }, n) => {
          const atMs = (n + 1) * 4000 + (isSound ? soundLaterMs : 0);
          return contentMs < atMs ? sum : sum + byMs + (isSound ? moreMs : 0);
        }, contentMs);
      const arrivals = [false, true].flatMap((isSound) =>
        Array.from({ length: Math.floor((jumps.length + 2) * 4000 / (isSound ? PACKET_MS : PICTURE_MS)) }, (_, n) => {
          const contentMs = n * (isSound ? PACKET_MS : PICTURE_MS);
          return { isSound, contentMs, sourceMs: stamp(contentMs, isSound), atMs: contentMs + (isSound ? soundBehindMs : n % 5 * 4) };
        })
      ).sort((a, b) => a.atMs - b.atMs);
      const mapping = createLiveMapping({ mostDelayMs: Infinity });
      const last: { picture: Arrival & { joinedMs: number } | null; sound: Arrival & { joinedMs: number } | null } = {
        picture: null,
        sound: null,
      };
      for (const { isSound, ...arrival } of arrivals) {
        const { sourceMs, atMs } = arrival;
        const joinedMs = isSound ? mapping.takeSound(sourceMs, PACKET_MS, atMs) : mapping.takePicture(sourceMs, atMs, false);
        last[isSound ? "sound" : "picture"] = { ...arrival, joinedMs };
        const { picture, sound } = last;
        const hasSettled = Math.min(...jumps.map((_, n) => Math.abs(atMs - (n + 1) * 4000))) > 700;
        if (!picture || !sound || !hasSettled) continue;
        assert.ok(Math.abs((picture.joinedMs - picture.sourceMs) - (sound.joinedMs - sound.sourceMs)) < 1e-3, `at ${atMs}`);
        const lateMs = atMs - mapping.showMs(joinedMs);
        assert.ok(Math.abs(lateMs) < 1700, `${lateMs} late`);
      }
    }));
  });
});
