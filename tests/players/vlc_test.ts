import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { judgeShown, type Shown } from "./vlc.ts";

const CLOCK_RANGE_MS = 2 ** 20;

/** Pictures 33 ms apart, each shown 3 s after its barcode was burnt in; `clocksMs` says which. */
function show(clocksMs: readonly (number | null)[]): Shown[] {
  return clocksMs.map((clockMs, at) => ({
    atMs: at * 33,
    clockMs: clockMs === null ? null : (clockMs + CLOCK_RANGE_MS) % CLOCK_RANGE_MS,
    ageMs: clockMs === null ? null : 3000,
  }));
}

const steady = (pictures: number, firstMs = 0) => Array.from({ length: pictures }, (_, at) => firstMs + at * 33);

describe("what VLC showed", () => {
  it("stands nowhere and keeps its order when each picture follows the last, also where the clock runs around", () => {
    const seen = judgeShown(show(steady(100, -1500)), 3300);
    assert.deepEqual([seen.pictures, seen.stands, seen.freezes, seen.leaps], [100, [], [], []]);
    assert.equal(seen.latencyMs?.p50, 3000);
  });
  it("stands where a picture stays, and freezes where it stays for more than half a second", () => {
    const seen = judgeShown(show([...steady(10), ...Array(5).fill(297), ...steady(10, 330), ...Array(20).fill(627), 660]), 46 * 33);
    assert.deepEqual(seen.stands, [{ atMs: 297, forMs: 198 }, { atMs: 792, forMs: 693 }]);
    assert.deepEqual(seen.freezes, [{ atMs: 792, forMs: 693 }]);
    assert.deepEqual(seen.leaps, []);
  });
  it("leaps where a picture is older than the last, or a second of them is missing", () => {
    const seen = judgeShown(show([...steady(10), 0, ...steady(10, 33), ...steady(10, 1363)]), 31 * 33);
    assert.deepEqual(seen.leaps, [{ atMs: 330, byMs: -297 }, { atMs: 693, byMs: 1033 }]);
  });
  it("stands where the last picture stays until the end", () => {
    assert.deepEqual(judgeShown(show(steady(10)), 1297).freezes, [{ atMs: 297, forMs: 1000 }]);
  });
});
