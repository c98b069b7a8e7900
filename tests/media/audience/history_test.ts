import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { countSplicesBefore, createHistory, extendHistory, readPlace, readRow } from "../../../media/audience/history.ts";

const stay = (place: number) => () => [{ place, init: `run/${place}` }];

describe("a viewer's history", () => {
  it("is decided once: what is decided later changes nothing before it", () => {
    const history = createHistory(1);
    extendHistory(history, 100, 104, stay(0));
    extendHistory(history, 100, 106, stay(2));
    extendHistory(history, 100, 106, () => assert.fail("there is nothing left to decide"));
    assert.equal(readRow(history, 0, 100, 106), "0000022");
    assert.equal(readPlace(history, 0, 105), 2);
    assert.throws(() => readPlace(history, 0, 107), RangeError);
  });
  it("starts anew after a gap longer than the window", () => {
    const history = createHistory(1);
    extendHistory(history, 100, 104, stay(0));
    extendHistory(history, 300, 302, stay(2));
    assert.equal(readRow(history, 0, 300, 302), "222");
    assert.equal(countSplicesBefore(history, 0, 303), 0);
  });
  it("counts splices the same, however the window slides and whatever was let go", () => {
    const steps = fc.array(fc.record({ place: fc.integer({ min: 0, max: 2 }), run: fc.integer({ min: 0, max: 1 }) }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 80 }), (places, kept) => {
        const history = createHistory(1);
        const first = 1000;
        let splices = 0;
        for (const [at, { place, run }] of places.entries()) {
          const msn = first + at;
          extendHistory(history, Math.max(first, msn - kept), msn, () => [{ place, init: `${run}/${place}` }]);
          assert.equal(readPlace(history, 0, msn), place);
          assert.equal(countSplicesBefore(history, 0, msn), splices);
          const before = places[at - 1];
          if (before !== undefined && (before.place !== place || before.run !== run)) splices++;
          assert.equal(countSplicesBefore(history, 0, msn + 1), splices);
        }
        assert.ok(history.slots[0]!.row.length <= kept + 33);
      }),
      { numRuns: 50 },
    );
  });
});
