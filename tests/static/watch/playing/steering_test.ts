import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type PlaybackMoment, steer } from "../../../../static/watch/playing/steering.ts";

const moment: PlaybackMoment = {
  nowMs: 60_000,
  latencySeconds: 0.6,
  targetSeconds: 0.6,
  extraSeconds: 0,
  bufferedSeconds: 0.5,
  rate: 1,
  isSeeking: false,
  jumpedAtMs: null,
};

describe("steering", () => {
  const rates: [string, Partial<PlaybackMoment>, number][] = [
    ["at its target plays at 1", {}, 1],
    ["a little behind is close enough", { latencySeconds: 0.67 }, 1],
    ["goes on hurrying until it is there", { latencySeconds: 0.63, rate: 1.05 }, 1.02],
    ["stops hurrying when it is there", { latencySeconds: 0.61, rate: 1.02 }, 1],
    ["nearer than its target does not slow down", { latencySeconds: 0.2 }, 1],
    ["after a stall slows down to where the stall has taught it to be", { latencySeconds: 0.7, targetSeconds: 1, extraSeconds: 0.4 }, 0.95],
    ["a little too near is far enough", { latencySeconds: 0.93, targetSeconds: 1, extraSeconds: 0.4 }, 1],
    ["goes on slowly until it is there", { latencySeconds: 0.93, targetSeconds: 1, extraSeconds: 0.4, rate: 0.95 }, 0.95],
    ["is no longer slow when it is there", { latencySeconds: 0.99, targetSeconds: 1, extraSeconds: 0.4, rate: 0.95 }, 1],
    ["0.4 s behind hurries a little", { latencySeconds: 1 }, 1.1],
    ["1 s behind hurries as much as may be", { latencySeconds: 1.6 }, 1.25],
    ["2.9 s behind still plays its way back", { latencySeconds: 3.5 }, 1.25],
    ["does not run its buffer dry", { latencySeconds: 1.6, bufferedSeconds: 0.1 }, 1],
    ["leaves a seek alone", { latencySeconds: 9, isSeeking: true }, 1],
    ["knows nothing yet", { latencySeconds: null }, 1],
    ["has no target yet", { targetSeconds: null, latencySeconds: 9 }, 1],
    ["waits for a jump to take effect", { latencySeconds: 9, jumpedAtMs: 58_000 }, 1.25],
  ];
  for (const [name, change, rate] of rates) {
    it(name, () => assert.deepEqual(steer({ ...moment, ...change }), { kind: "rate", rate }));
  }

  it("jumps to the edge when more than 3 s behind", () => {
    assert.deepEqual(steer({ ...moment, latencySeconds: 3.7 }), { kind: "jump" });
    assert.deepEqual(steer({ ...moment, latencySeconds: 9, jumpedAtMs: 56_000 }), { kind: "jump" });
  });

  it("is back under 1 s within 60 s of a stall of 3 s, however the target was raised", () => {
    let latencySeconds = 3.6, seconds = 0, rate = 1;
    for (; latencySeconds > 0.65 && seconds < 60; seconds += 0.25) {
      const steering = steer({ ...moment, latencySeconds, rate });
      if (steering.kind === "rate") rate = steering.rate;
      latencySeconds -= steering.kind === "rate" ? (steering.rate - 1) * 0.25 : latencySeconds - 0.6;
    }
    assert.ok(seconds < 35, `${seconds} s`);
  });
});
