import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createMediaClock } from "../../../static/publish/capture/media_clock.ts";

const S = 1_000_000;

describe("the clock of a device", () => {
  it("takes the jitter out: what is captured evenly is sent evenly", () => {
    const clock = createMediaClock();
    assert.ok(Number.isNaN(clock.at(0)));
    clock.hear(0, 1000 * S);
    const lateUs = [3000, 12_000, 0, 25_000, 7000];
    const sent = lateUs.map((late, at) => {
      const mediaUs = (at + 1) * 33_333;
      clock.hear(mediaUs, 1000 * S + mediaUs + late);
      return clock.at(mediaUs);
    });
    assert.deepEqual(sent.map((us) => us - 1000 * S), [1, 2, 3, 4, 5].map((at) => at * 33_333));
  });

  it("follows a device whose clock runs slower, within the 20 s over which it is measured", () => {
    const clock = createMediaClock();
    for (let at = 0; at < 60 * 50; at++) clock.hear(at * 20_000, at * 20_002);
    const behindUs = 60 * 50 * 20_002 - clock.at(60 * 50 * 20_000);
    assert.ok(behindUs >= 0 && behindUs < 2500, `${behindUs} µs`);
  });

  it("begins anew with a device that does", () => {
    const clock = createMediaClock();
    clock.hear(100 * S, 200 * S);
    clock.hear(5 * S, 201 * S);
    assert.equal(clock.at(5 * S), 201 * S);
  });
});
