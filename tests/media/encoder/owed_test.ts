import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createOwed } from "../../../media/encoder/owed.ts";

function open(o: { most?: number; mostBytes?: number; keepBehind?: number } = {}) {
  const dropped: string[] = [];
  const owed = createOwed<string>({
    most: 4,
    mostBytes: 100,
    bytesOf: (item) => item.length,
    onDropped: (item) => dropped.push(item),
    ...o,
  });
  return { owed, dropped, positions: (from = -Infinity) => [...owed.from(from)].map(([position]) => position) };
}

describe("what is owed", () => {
  it("is kept in order, gaps and all, until its place is filled", () => {
    const { owed, dropped, positions } = open();
    assert.deepEqual([owed.first, owed.last, owed.count, owed.bytes], [null, null, 0, 0]);
    for (const [position, item] of [[5, "a"], [6, "bb"], [9, "ccc"]] as const) assert.ok(owed.add(position, item));
    assert.deepEqual([owed.first, owed.last, owed.count, owed.bytes], [5, 9, 3, 6]);
    owed.settle(7);
    assert.deepEqual([owed.first, owed.last, owed.count, owed.bytes, dropped, positions()], [9, 9, 1, 3, ["a", "bb"], [9]]);
    owed.settle(3);
    assert.equal(owed.first, 9);
    owed.settle(9);
    assert.deepEqual([owed.first, owed.last, owed.bytes, dropped.length], [null, null, 0, 3]);
  });

  it("is no more than may be, in number and in bytes: what is not taken may come again", () => {
    const { owed, dropped } = open({ mostBytes: 10 });
    for (const position of [1, 2, 3]) assert.ok(owed.add(position, "xx"));
    assert.equal(owed.add(4, "xxxxx"), false);
    assert.ok(owed.add(4, "xxxx"));
    assert.equal(owed.add(5, ""), false);
    owed.settle(1);
    assert.ok(owed.add(5, ""));
    assert.deepEqual(dropped, ["xx"]);
  });

  it("keeps so many behind it, for an encoder that must hear what came before", () => {
    const { owed, dropped, positions } = open({ keepBehind: 2 });
    for (const position of [1, 2, 3, 4]) owed.add(position, `${position}`);
    owed.settle(3);
    assert.deepEqual([owed.first, owed.count, dropped, positions(), positions(3)], [4, 1, ["1"], [2, 3, 4], [3, 4]]);
    owed.settle(4);
    assert.deepEqual([owed.first, owed.last, owed.count, dropped, positions()], [null, null, 0, ["1", "2"], [3, 4]]);
    for (const position of [5, 6, 7, 8]) assert.ok(owed.add(position, "x"));
    assert.equal(owed.add(9, "x"), false);
  });

  it("refuses positions that do not rise, and one that is filled", () => {
    const { owed } = open();
    owed.add(5, "a");
    assert.throws(() => owed.add(5, "b"), /Cannot owe position 5: 5 came before/);
    owed.settle(8);
    assert.throws(() => owed.add(8, "b"), RangeError);
    assert.ok(owed.add(9, "b"));
  });

  it("drops each item once, in order, and none that it still owes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 }))), (keepBehind, steps) => {
        const { owed, dropped, positions } = open({ keepBehind });
        const taken: number[] = [];
        let next = 0;
        let settled = -1;
        for (const [isAdd, by] of steps) {
          if (isAdd) {
            next = Math.max(next, settled) + by;
            if (owed.add(next, `${next}`)) taken.push(next);
          } else owed.settle(settled += by);
          const gone = dropped.map(Number);
          assert.deepEqual([...gone, ...positions()], taken);
          const open = taken.filter((position) => position > settled);
          assert.deepEqual([owed.first, owed.last, owed.count], [open[0] ?? null, open.at(-1) ?? null, open.length]);
          assert.equal(owed.bytes, positions().join("").length);
          assert.ok(positions().length - open.length <= keepBehind);
        }
      }),
    );
  });
});
