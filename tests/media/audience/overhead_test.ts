import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createOverheadMeter } from "../../../media/audience/overhead.ts";

describe("the overhead of one viewer", () => {
  it("is guessed until ten viewer-seconds were seen", () => {
    const meter = createOverheadMeter({ guessBitsPerSecond: 32_000 });
    meter.note(9000);
    meter.settle(9);
    assert.equal(meter.bitsPerSecond, 32_000);
    meter.note(1000);
    meter.settle(1);
    assert.equal(meter.bitsPerSecond, 8000);
  });
  it("is what the last ten stretches cost, however many watched in each", () => {
    const meter = createOverheadMeter({ guessBitsPerSecond: 32_000 });
    const pass = (stretches: number, viewerSeconds: number, bytesEach: number) => {
      for (let stretch = 0; stretch < stretches; stretch++) {
        meter.note(viewerSeconds * bytesEach);
        meter.settle(viewerSeconds);
      }
    };
    pass(10, 100, 5000);
    pass(5, 300, 1000);
    assert.equal(meter.bitsPerSecond, 8 * (5 * 100 * 5000 + 5 * 300 * 1000) / 2000);
    pass(5, 300, 1000);
    assert.equal(meter.bitsPerSecond, 8000);
    pass(10, 0, 0);
    assert.equal(meter.bitsPerSecond, 32_000, "nobody is there: the guess serves again");
  });
});
