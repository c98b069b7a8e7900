import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createHistory, discontinuitySequenceAt, extendHistory, readPlace, readRow } from "../../../media/audience/history.ts";
import type { Segment } from "../../../media/hls/segment.ts";

const stay = (...places: number[]) => () => places;

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
    assert.equal(discontinuitySequenceAt(history, { segments: segmentsOf(100, ["a", "a", "a"]), slots: [0], msn: 100 }), 100);
    extendHistory(history, 300, 302, stay(2));
    assert.equal(readRow(history, 0, 300, 302), "222");
    assert.equal(discontinuitySequenceAt(history, { segments: segmentsOf(300, ["a", "a", "a"]), slots: [0], msn: 301 }), 301);
  });
  it("counts the discontinuities of all slots together, at the segment that brings them, however the window slides", () => {
    const steps = fc.array(
      fc.record({ places: fc.tuple(fc.nat(2), fc.nat(2)), run: fc.constantFrom("a", "b"), isRead: fc.boolean() }),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 3, max: 80 }), (all, kept) => {
        const history = createHistory(2);
        const first = 1000;
        const runs: string[] = [];
        let expected: number | null = null;
        let readMsn = first;
        for (const [at, { places, run, isRead }] of all.entries()) {
          const msn = first + at;
          runs.push(run);
          const oldest = Math.max(0, runs.length - kept);
          extendHistory(history, first + oldest, msn, stay(...places));
          assert.equal(readPlace(history, 1, msn), places[1]);
          assert.ok(history.rows[0]!.length <= kept + 33);
          if (!isRead && at - (readMsn - first) < kept - 2) continue;
          const got: number = discontinuitySequenceAt(history, {
            segments: segmentsOf(first + oldest, runs.slice(oldest)),
            slots: [0, 1],
            msn,
          });
          for (let left = readMsn; expected !== null && left < msn; left++) if (isSplice(all, left - first)) expected++;
          expected ??= msn;
          readMsn = msn;
          assert.equal(got, expected);
        }
      }),
      { numRuns: 100 },
    );
  });
});

function isSplice(all: readonly { places: readonly number[]; run: string }[], at: number): boolean {
  const [before, now] = [all[at - 1], all[at]];
  return before !== undefined && (before.run !== now!.run || before.places.join() !== now!.places.join());
}

function segmentsOf(firstMsn: number, runs: readonly string[]): Segment[] {
  return runs.map((run, at) => ({
    msn: firstMsn + at,
    run,
    initRuns: [run, run, run],
    mediaTimeSeconds: 0,
    programDateTimeMs: 0,
    parts: [],
    durationSeconds: 1,
    isClosed: true,
  }));
}
