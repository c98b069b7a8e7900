import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createOnTheWay } from "../../../static/publish/send/on_the_way.ts";
import { beginPace, judgePicture, type Pace, stepPace, type WayFacts } from "../../../static/publish/send/pace.ts";

const MOST = 4_000_000;
const CALM: WayFacts = { lateMs: 20, oldestMs: 20, heardBitsPerSecond: 3_000_000, isHeld: false };

/** Looks ten times a second, at a way that is what `way` says. */
function walk(pace: Pace, fromMs: number, forMs: number, way: (pace: Pace, nowMs: number) => WayFacts): Pace {
  for (let ms = fromMs; ms < fromMs + forMs; ms += 100) pace = stepPace(pace, way(pace, ms), ms, MOST);
  return pace;
}

interface Arrival {
  readonly atMs: number;
  readonly delayMs: number;
  readonly bytes: number;
}

/**
 * A minute of a sender of 30 pictures a second, a key picture of eight times the size every two seconds, on a link that carries `bitsOf` bits at each moment and
 * loses nothing; `encodeMs` is what the encoder takes.
 */
function publish({ bitsOf, encodeMs }: { bitsOf: (ms: number) => number; encodeMs: number }): { arrivals: Arrival[]; pace: Pace } {
  const way = createOnTheWay();
  const encoded: { atMs: number; number: number; bytes: number; fromMs: number }[] = [], carried: typeof encoded = [];
  const arrivals: Arrival[] = [];
  let pace = beginPace(0, MOST);
  let [number, lastKeyMs, freeAtMs] = [0, -Infinity, 0];
  for (let ms = 0; ms < 60_000; ms++) {
    for (; encoded[0] && encoded[0].atMs <= ms; encoded.shift()) {
      const picture = encoded[0];
      way.sent(picture.number, picture.bytes, ms);
      freeAtMs = Math.max(freeAtMs, ms) + picture.bytes * 8000 / bitsOf(ms);
      carried.push({ ...picture, atMs: freeAtMs + 2 });
    }
    for (; carried[0] && carried[0].atMs <= ms; carried.shift()) {
      way.heard(carried[0].number, false, ms);
      arrivals.push({ atMs: ms, delayMs: ms - carried[0].fromMs, bytes: carried[0].bytes });
    }
    const facts = {
      lateMs: way.lateMs(ms),
      oldestMs: way.oldestMs(ms),
      heardBitsPerSecond: way.heardBitsPerSecond(ms),
      isHeld: false,
    };
    if (ms % 100 === 0) pace = stepPace(pace, facts, ms, MOST);
    if (ms % 33 !== 0) continue;
    number++;
    const { bitsPerSecond } = pace;
    if (
      judgePicture({ ...facts, onTheWayMs: way.queuedMs(), queued: 0, queuedForMs: 0, bufferedBytes: 0, bitsPerSecond, number }) !==
        "encode"
    ) continue;
    const isKey = ms - lastKeyMs >= 2000;
    if (isKey) lastKeyMs = ms;
    encoded.push({ atMs: ms + encodeMs, number, fromMs: ms, bytes: bitsPerSecond / 240 * (isKey ? 8 : 52 / 59) });
  }
  return { arrivals, pace };
}

describe("the pace of what is sent", () => {
  it("finds the most in large steps on a free way, and stays there", () => {
    const pace = walk(beginPace(0, MOST), 0, 5000, () => CALM);
    assert.equal(pace.bitsPerSecond, MOST);
    assert.equal(walk(pace, 5000, 60_000, () => CALM), pace);
  });

  for (const encodeMs of [20, 200]) {
    it(`falls to what a link of 1 Mbit/s carries, where encoding takes ${encodeMs} ms, and is never a second late when it has settled`, () => {
      const { arrivals } = publish({ bitsOf: (ms) => ms < 8000 ? 50e6 : 1e6, encodeMs });
      const later = arrivals.filter(({ atMs }) => atMs > 15_000);
      const latestMs = Math.max(...later.map(({ delayMs }) => delayMs));
      const bitsPerSecond = later.reduce((sum, { bytes }) => sum + bytes, 0) * 8 / 45;
      assert.ok(latestMs < 900, `${latestMs} ms late`);
      assert.ok(bitsPerSecond > 600_000 && bitsPerSecond < 1_000_000, `${bitsPerSecond} bits a second`);
      assert.ok(later.length > 20 * 45, `${later.length} pictures in 45 s`);
    });
  }

  it("comes back in small steps where the way is free again", () => {
    const { arrivals, pace } = publish({ bitsOf: (ms) => ms > 4000 && ms < 14_000 ? 600_000 : 50e6, encodeMs: 20 });
    assert.equal(pace.bitsPerSecond, MOST);
    const latestMs = Math.max(...arrivals.filter(({ atMs }) => atMs > 20_000).map(({ delayMs }) => delayMs));
    assert.ok(latestMs < 100, `${latestMs} ms late on a free link`);
  });

  it("never falls below what shows anything, and does not rise while the server is behind", () => {
    const bad = walk(beginPace(0, MOST), 0, 30_000, () => ({ lateMs: 900, oldestMs: 900, heardBitsPerSecond: 1000, isHeld: false }));
    assert.equal(bad.bitsPerSecond, 150_000);
    assert.equal(walk(bad, 30_000, 30_000, () => ({ ...CALM, isHeld: true })), bad);
  });

  it("leaves pictures out before they are encoded, whatever is full", () => {
    const fine = {
      lateMs: 30,
      onTheWayMs: 40,
      isHeld: false,
      queued: 0,
      queuedForMs: 0,
      bufferedBytes: 0,
      bitsPerSecond: 2_000_000,
      number: 1,
    };
    assert.equal(judgePicture(fine), "encode");
    assert.equal(judgePicture({ ...fine, queued: 6, queuedForMs: 300 }), "encode");
    assert.equal(judgePicture({ ...fine, queued: 3, queuedForMs: 700 }), "encoder");
    assert.equal(judgePicture({ ...fine, queued: 7, queuedForMs: 10 }), "encoder");
    for (const full of [{ lateMs: 450 }, { onTheWayMs: 450 }, { isHeld: true }, { bufferedBytes: 500_000 }]) {
      assert.equal(judgePicture({ ...fine, ...full }), "way");
    }
    const slow = { ...fine, bitsPerSecond: 300_000 };
    assert.deepEqual([1, 2, 3, 4].map((number) => judgePicture({ ...slow, number })), ["way", "encode", "way", "encode"]);
  });
});
