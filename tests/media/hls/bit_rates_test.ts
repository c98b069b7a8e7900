import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { measureBitRates } from "../../../media/hls/bit_rates.ts";
import type { Segment } from "../../../media/hls/segment.ts";

function segment(msn: number, durationSeconds: number, bytes: readonly number[], isClosed = true): Segment {
  const parts = [{ msn, part: 0, durationSeconds, isIndependent: true, bodies: bytes.map((length) => new Uint8Array(length)) }];
  return { msn, run: "r", initRuns: ["r", "r"], mediaTimeSeconds: msn, programDateTimeMs: 0, durationSeconds, isClosed, parts };
}

describe("bit rates", () => {
  it("are the heaviest segment's and that of all closed ones together, for each rendition", () => {
    const rates = measureBitRates([segment(1, 1, [1000, 100]), segment(2, 1, [3000, 100]), segment(3, 1, [9000, 900], false)], 2);
    assert.deepEqual(rates, [{ peak: 24_000, average: 16_000 }, { peak: 800, average: 800 }]);
  });
  it("leave out what a fault cut short: its key frame would pass for the peak", () => {
    const rates = measureBitRates([segment(1, 1, [1000]), segment(2, 0.1, [1000])], 1);
    assert.deepEqual(rates, [{ peak: 8000, average: 8000 }]);
  });
  it("are unknown before a segment is closed", () => {
    assert.equal(measureBitRates([segment(1, 0.4, [1000], false)], 1), null);
    assert.equal(measureBitRates([], 1), null);
  });
});
