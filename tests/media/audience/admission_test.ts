import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createAdmission } from "../../../media/audience/admission.ts";
import type { Viewer } from "../../../media/audience/viewer.ts";

const BITS_PER_SECOND = 500_000;

function openDoor(freeBitsPerSecond: number, o: { segmentSeconds?: number } = {}) {
  let nowMs = 0;
  const door = createAdmission({ freeBitsPerSecond, nowMs, segmentSeconds: 1, partsPerSecond: 5, ...o });
  return {
    pass: (ms: number) => void (nowMs += ms),
    settle: (free: number) => door.settle({ freeBitsPerSecond: free, nowMs }),
    hasBegun: (viewer: Viewer) => door.hasBegun(viewer, nowMs),
    mayBegin: (viewer: Viewer, upcomingPart = 0) => door.mayBegin(viewer, { bitsPerSecond: BITS_PER_SECOND, upcomingPart, nowMs }),
  };
}

function crowd(count: number): Viewer[] {
  return Array.from({ length: count }, (_, id) => ({ id: `v${id}`, lastSeenMs: 0 }) as Viewer);
}

describe("a viewer that comes", () => {
  it("begins at once where the link has room for what it pulls", () => {
    const { mayBegin } = openDoor(10_000_000);
    const begun = crowd(20).filter((each) => mayBegin(each)).length;
    assert.equal(begun, 5, "2.5 Mbit go through in a quarter of a second, and each pulls the last segment");
  });
  it("pulls least where three parts of the open segment are out", () => {
    const count = (upcomingPart: number) => {
      const { mayBegin } = openDoor(10_000_000);
      return crowd(30).filter((each) => mayBegin(each, upcomingPart)).length;
    };
    assert.deepEqual([0, 1, 2, 3, 4].map(count), [5, 4, 3, 8, 6]);
  });
  it("waits until the others have made room, and nobody pulls more than there is", () => {
    const { mayBegin, hasBegun, pass, settle } = openDoor(-200_000);
    const late = crowd(20);
    const begin = () => late.filter((each) => !hasBegun(each) && mayBegin(each)).length;
    assert.equal(begin(), 0);
    settle(10_000_000);
    let bits = 0;
    for (let part = 0; part < 5; part++) {
      pass(200);
      bits += begin() * BITS_PER_SECOND;
      assert.ok(bits <= (part + 1) * 0.2 * 7_000_000);
    }
    assert.ok(bits > 4_000_000, `${bits}`);
  });
  it("is let in alone on a link that is too narrow for what it pulls, too", () => {
    const { mayBegin } = openDoor(600_000);
    const [first, second] = crowd(2) as [Viewer, Viewer];
    assert.deepEqual([mayBegin(first), mayBegin(second)], [true, false]);
  });
  it("is not held when it asks again at once, but when it comes back after a silence", () => {
    const { mayBegin, settle, pass } = openDoor(10_000_000);
    const [early] = crowd(1) as [Viewer];
    assert.ok(mayBegin(early));
    settle(-1);
    pass(2999);
    assert.ok(mayBegin(early));
    pass(1);
    early.lastSeenMs = 3000;
    assert.equal(mayBegin(early), false);
  });
  it("waits no longer than 2.5 s, on a link that is overfull", () => {
    const { mayBegin, pass } = openDoor(-5_000_000);
    const [late] = crowd(1) as [Viewer];
    assert.equal(mayBegin(late, 3), false);
    pass(2499);
    assert.equal(mayBegin(late, 3), false);
    pass(1);
    assert.equal(mayBegin(late, 3), true);
  });
});
