import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { GAIN_MOVES_SAMPLES, mixSound } from "../../../media/mixer/sound_mix.ts";
import { roughness, tone } from "./takes/tones.ts";

function floats(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (value) => value / 32768);
}

describe("the mix of sounds", () => {
  it("one source at gain 1 passes bit by bit", () => {
    fc.assert(fc.property(fc.int16Array({ minLength: 2048, maxLength: 2048 }), (samples) => {
      const out = new Int16Array(2048);
      mixSound(out, [{ samples: floats(samples), gainBefore: 1, gain: 1 }]);
      assert.deepEqual(out, samples);
    }));
  });

  it("nothing, and what is muted, is exact silence", () => {
    const out = new Int16Array(2048).fill(7);
    assert.equal(mixSound(out, []), 0);
    assert.ok(out.every((value) => value === 0));
    out.fill(7);
    assert.equal(mixSound(out, [{ samples: floats(tone(440, 1024)), gainBefore: 0, gain: 0 }]), 0);
    assert.ok(out.every((value) => value === 0));
  });

  it("a gain moves over 10 ms without a click, there and back", () => {
    const all = new Int16Array(2048 * 4);
    const gains = [0, 1, 0.25, 0, 0];
    for (let n = 0; n < 4; n++) {
      const samples = floats(tone(440, 1024, 0.5, n * 1024));
      mixSound(all.subarray(n * 2048, (n + 1) * 2048), [{ samples, gainBefore: gains[n]!, gain: gains[n + 1]! }]);
    }
    assert.ok(roughness(all, 440, 0.5) < 2, `${roughness(all, 440, 0.5)}`);
    assert.deepEqual(all.subarray(GAIN_MOVES_SAMPLES * 2, 2048), tone(440, 1024).subarray(GAIN_MOVES_SAMPLES * 2));
    assert.ok(all.subarray(3 * 2048).every((value) => value === 0));
  });

  it("the switch between two sources never dips below silence nor above the louder", () => {
    const out = new Int16Array(2048);
    const samples = new Float32Array(2048).fill(0.5);
    mixSound(out, [{ samples, gainBefore: 1, gain: 0 }, { samples, gainBefore: 0, gain: 1 }]);
    assert.ok(out.every((value) => Math.abs(value - 16384) <= 1));
  });

  it("what is too loud is clamped, and the peak tells by how much", () => {
    const out = new Int16Array(2048);
    const samples = new Float32Array(2048).fill(0.75);
    const peak = mixSound(out, [{ samples, gainBefore: 1, gain: 1 }, { samples, gainBefore: 1, gain: 1 }]);
    assert.equal(peak, 1.5);
    assert.ok(out.every((value) => value === 32767));
    mixSound(out, [{ samples: samples.map((value) => -value), gainBefore: 2, gain: 2 }]);
    assert.ok(out.every((value) => value === -32768));
  });
});
