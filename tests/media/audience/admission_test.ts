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
    isWaiting: door.isWaiting,
    mayBegin: (viewer: Viewer, upcomingPart = 0) => door.mayBegin(viewer, { bitsPerSecond: BITS_PER_SECOND, upcomingPart, nowMs }),
  };
}

function crowd(count: number): Viewer[] {
  return Array.from({ length: count }, (_, id) => ({ id: `v${id}`, client: "hls.js" }) as Viewer);
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
    const { mayBegin, isWaiting, pass, settle } = openDoor(-200_000);
    let late = crowd(20);
    const begin = () => {
      const before = late.length;
      late = late.filter((each) => !mayBegin(each));
      assert.ok(late.every(isWaiting));
      return before - late.length;
    };
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
  it("waits no longer than 2.5 s, on a link that is overfull", () => {
    const { mayBegin, isWaiting, pass } = openDoor(-5_000_000);
    const [late] = crowd(1) as [Viewer];
    pass(60_000);
    assert.equal(mayBegin(late, 3), false);
    pass(2499);
    assert.equal(mayBegin(late, 3), false);
    assert.ok(isWaiting(late));
    pass(1);
    assert.equal(mayBegin(late, 3), true);
    assert.equal(isWaiting(late), false);
    assert.equal(mayBegin(late, 3), false, "and waits anew when it opens anew");
  });
  it("waits for the moment that is good for its player, where the link has room, too, and there no longer than 2.5 s either", () => {
    const { mayBegin, pass } = openDoor(100_000_000);
    const [stock, vlc, late] = crowd(3).map((each, at) => ({ ...each, client: at === 0 ? "other" : "vlc" }) as Viewer) as [
      Viewer,
      Viewer,
      Viewer,
    ];
    assert.deepEqual([2, 2, 3].map((part) => mayBegin(stock, part)), [false, false, true]);
    assert.deepEqual([3, 4].map((part) => mayBegin(stock, part)), [false, true], "when it opens anew");
    assert.deepEqual([4, 0, 1, 2, 3].map((part) => mayBegin(vlc, part)), [false, false, false, false, true]);
    assert.equal(mayBegin(vlc, 3), true);
    assert.equal(mayBegin(late, 0), false);
    pass(2500);
    assert.equal(mayBegin(late, 0), true, "the show stands");
  });
  it("takes no room as long as it waits for its moment", () => {
    const { mayBegin } = openDoor(10_000_000);
    const vlc = { ...crowd(1)[0]!, client: "vlc" } as Viewer;
    for (let time = 0; time < 100; time++) assert.equal(mayBegin(vlc, 4), false);
    assert.equal(crowd(20).filter((each) => mayBegin(each)).length, 5);
  });
});
