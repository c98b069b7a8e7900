import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { createResampler } from "../../../../media/mixer/takes/resample.ts";
import { residualDb, roughness, tone } from "./tones.ts";

function join(pieces: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** All of a sound at steps that may change from packet to packet. */
function resample(samples: Int16Array, stepAt: (packet: number) => number, packetFrames = 1024): Int16Array {
  const resampler = createResampler();
  const pieces: Int16Array[] = [];
  for (let at = 0, n = 0; at < samples.length; at += packetFrames * 2, n++) {
    pieces.push(resampler.process(samples.subarray(at, at + packetFrames * 2), stepAt(n)).slice());
  }
  pieces.push(resampler.flush().slice());
  return join(pieces);
}

describe("the resampler", () => {
  it("at a step of exactly 1 bytes pass untouched, at once, whatever the packets' sizes", () => {
    fc.assert(fc.property(fc.array(fc.int16Array({ minLength: 1, maxLength: 700 }), { maxLength: 30 }), (packets) => {
      const resampler = createResampler();
      for (const packet of packets) {
        const even = packet.subarray(0, packet.length & ~1);
        assert.deepEqual(resampler.process(even, 1).slice(), even.slice());
        assert.equal(resampler.ahead, 0);
      }
    }));
  });

  for (const hertz of [440, 8000]) {
    for (const ppm of [300, -300, 5000, -5000]) {
      it(`a tone of ${hertz} Hz ${ppm} ppm off has nothing above -75 dB beside it`, () => {
        const out = resample(tone(hertz, 96_000), () => 1 + ppm * 1e-6);
        const off = Math.abs(out.length / 2 - 96_000 / (1 + ppm * 1e-6));
        assert.ok(off <= 2, `${off} samples too many or too few`);
        const measured = residualDb(out.subarray(4000, out.length - 4000), hertz * (1 + ppm * 1e-6));
        assert.ok(measured < -75, `${measured} dB`);
        const other = residualDb(out.subarray(4000, out.length - 4000), hertz * (1 + ppm * 1e-6), 1);
        assert.ok(other < -75, `${other} dB on the right`);
      });
    }
  }

  it("nothing clicks where the step changes, nor on the way back to passing bytes", () => {
    const steps = [1, 1, 1.0003, 0.995, 1, 1, 1.005, 1.0001, 1, 0.9999, 1];
    const out = resample(tone(440, 48_000 * 3), (n) => steps[Math.floor(n / 9) % steps.length]!);
    const worst = roughness(out.subarray(200, out.length - 200), 440, 0.5);
    assert.ok(worst < 1.1, `${worst}`);
  });

  it("bytes pass again at most 0.11 s after the step went back to 1", () => {
    const resampler = createResampler();
    const sound = tone(440, 48_000);
    resampler.process(sound.subarray(0, 20_000), 1.00037);
    resampler.process(sound.subarray(20_000, 31_000), 1);
    assert.equal(resampler.ahead, 0);
    const rest = sound.subarray(31_000);
    assert.deepEqual(resampler.process(rest, 1).slice(), rest.slice());
  });

  it("a second of stereo costs a few milliseconds", () => {
    const sound = tone(440, 48_000);
    const resampler = createResampler();
    for (let i = 0; i < 5; i++) resampler.process(sound, 1.0003);
    const before = performance.now();
    for (let i = 0; i < 20; i++) resampler.process(sound, 1.0003);
    const ms = (performance.now() - before) / 20;
    assert.ok(ms < 40, `${ms} ms`);
  });
});
