import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseCmcd } from "../../../../routes/cmcd.ts";
import { describeCmcd } from "../../../../static/watch/playing/cmcd.ts";

describe("what the player says with a playlist request", () => {
  it("is what the server reads", () => {
    const headers = describeCmcd({ bufferedSeconds: 0.764, bitsPerSecond: 5_432_100, isStarved: true });
    assert.deepEqual(headers, { "CMCD-Request": "bl=800,mtp=5400", "CMCD-Status": "bs" });
    const report = parseCmcd(Object.values(headers).join(","));
    assert.deepEqual(report, { sessionId: null, bufferSeconds: 0.8, throughputBitsPerSecond: 5_400_000, isStarved: true });
  });

  it("leaves out what is not known or did not happen", () => {
    assert.deepEqual(describeCmcd({ bufferedSeconds: 0, bitsPerSecond: null, isStarved: false }), { "CMCD-Request": "bl=0" });
  });
});
