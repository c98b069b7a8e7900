import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { createSoundTrack, type SoundTrack } from "../../../../media/mixer/takes/sound_track.ts";
import { residualDb, roughness, tone } from "./tones.ts";

const BLOCK = 1024;

function liveTrack(seconds = 8): SoundTrack {
  return createSoundTrack({ mostSamples: seconds * 48_000, keeps: "newest" });
}

/** Reads blocks one after the other, as 16-bit values. */
function readBlocks(track: SoundTrack, from: number, blocks: number): Float32Array {
  const all = new Float32Array(blocks * BLOCK * 2);
  for (let n = 0; n < blocks; n++) track.read(all.subarray(n * BLOCK * 2, (n + 1) * BLOCK * 2), from + n * BLOCK);
  return all.map((value) => value * 32768);
}

/** A bump of 5 ms each second of real time, in a stream whose clock is `ppm` fast; from `fromFrame` on. */
function beeps(frames: number, fromFrame: number, ppm: number): Int16Array {
  const samples = new Int16Array(frames * 2);
  const every = 48_000 * (1 + ppm * 1e-6);
  for (let i = 0; i < frames; i++) {
    const distance = (fromFrame + i + every / 2) % every - every / 2;
    if (Math.abs(distance) < 120) samples[2 * i] = samples[2 * i + 1] = Math.round(12_000 * (1 + Math.cos(Math.PI * distance / 120)));
  }
  return samples;
}

/** Where the bumps stand in a block, in samples of the block. */
function findBeep(block: Float32Array): number | null {
  let weight = 0, moment = 0;
  for (let i = 0; i < block.length; i += 2) {
    weight += block[i]!;
    moment += block[i]! * i / 2;
  }
  return weight > 20 ? moment / weight : null;
}

describe("a track of sound", () => {
  it("what is on time comes out byte by byte, wherever the packets end", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: -1e9, max: 1e9 }),
        (sizes, start) => {
          const track = liveTrack();
          const frames = sizes.reduce((sum, size) => sum + size, 0);
          const sound = tone(440, frames);
          let at = 0;
          for (const size of sizes) {
            track.add(sound.subarray(at * 2, (at + size) * 2), start + at);
            at += size;
          }
          const out = readBlocks(track, start, Math.ceil(frames / BLOCK));
          assert.deepEqual([...out.subarray(0, sound.length)], [...sound]);
        },
      ),
    );
  });

  it("20 ppm off is left alone for minutes, and 3 ms of trembling times for ever", () => {
    const track = liveTrack();
    const sound = tone(440, BLOCK);
    for (let n = 0; n < 47 * 200; n++) {
      track.add(sound, n * BLOCK * (1 + 20e-6) + 144 * Math.sin(n * 7));
      const out = readBlocks(track, n * BLOCK, 1);
      if (n % 100 === 0) assert.deepEqual([...out], [...sound], `block ${n}`);
    }
  });

  for (const ppm of [300, -300]) {
    it(`sound ${ppm} ppm fast stays within 6 ms over 15 minutes, and is not torn`, () => {
      const track = liveTrack();
      const block = new Float32Array(BLOCK * 2);
      const scale = 1 + ppm * 1e-6;
      let worst = 0, found = 0, from = 0;
      for (let n = 0; n < 47 * 900; n++) {
        track.add(beeps(BLOCK, n * BLOCK, ppm), n * BLOCK / scale);
        for (; from + 3 * BLOCK < n * BLOCK / scale; from += BLOCK) {
          track.read(block, from);
          const beep = findBeep(block);
          if (beep === null || beep < 200 || beep > 824) continue;
          const off = (from + beep + 24_000) % 48_000 - 24_000;
          found++;
          worst = Math.max(worst, Math.abs(off));
          if (n > 47 * 60) assert.ok(Math.abs(off) < 96, `${off / 48} ms off after ${n / 47} s`);
        }
      }
      assert.ok(found > 400, `${found}`);
      assert.ok(worst < 6 * 48, `${worst / 48} ms`);
    });
  }

  for (const hertz of [440, 8000]) {
    for (const ppm of [300, -300]) {
      it(`a tone of ${hertz} Hz in sound ${ppm} ppm fast has nothing above -70 dB beside it while the drift is made good`, () => {
        const track = liveTrack();
        const scale = 1 + ppm * 1e-6;
        const settled: number[] = [];
        for (let n = 0, from = 0; n < 47 * 90; n++) {
          track.add(tone(hertz, BLOCK, 0.5, n * BLOCK), n * BLOCK / scale);
          for (; from + 3 * BLOCK < n * BLOCK / scale; from += BLOCK) {
            const block = readBlocks(track, from, 1);
            if (n > 47 * 88) settled.push(...block);
          }
        }
        assert.ok(settled.length > 48_000 * 2, `${settled.length}`);
        const measured = residualDb(settled, hertz * scale);
        assert.ok(measured < -70, `${measured} dB`);
      });
    }
  }

  it("a hole is silence with soft edges, and what follows stands in its place", () => {
    const track = liveTrack();
    track.add(tone(440, 4800), 0);
    track.add(tone(440, 4800, 0.5, 9600), 9600);
    const out = readBlocks(track, 0, 14);
    assert.ok(out.subarray((4800 + 96) * 2, 9600 * 2).every((value) => value === 0), "silent");
    assert.ok(roughness(out, 440, 0.5) < 25, `clicks: ${roughness(out, 440, 0.5)}`);
    assert.deepEqual([...out.subarray(9700 * 2, 9710 * 2)], [...tone(440, 10, 0.5, 9700)]);
  });

  it("an overlap is dropped, without a click", () => {
    const track = liveTrack();
    track.add(tone(440, 9600), 0);
    track.add(tone(440, 9600, 0.5, 5000), 4800);
    const out = readBlocks(track, 0, 14);
    assert.ok(roughness(out.subarray(0, 14_200 * 2), 440, 0.5) < 25);
    assert.deepEqual([...out.subarray(9700 * 2, 9710 * 2)], [...tone(440, 10, 0.5, 9900)]);
  });

  it("44.1 kHz that becomes 48 kHz and is 21.7 ms off is brought home within 20 s, without a hole", () => {
    const track = liveTrack();
    for (let n = 0; n < 47 * 60; n++) {
      const late = n > 400 ? 21.7 * 48 : 0;
      track.add(tone(440, BLOCK, 0.5, n * BLOCK), n * BLOCK + late);
      if (n > 400 + 47 * 20) {
        const off = track.endsAt! - ((n + 1) * BLOCK + late);
        assert.ok(Math.abs(off) < 48, `${off / 48} ms`);
      }
      if (n > 4) assert.ok(readBlocks(track, (n - 5) * BLOCK, 1).some((value) => value !== 0));
    }
  });

  it("what comes after its place was read is dropped up to there, and fades in", () => {
    const track = liveTrack();
    track.add(tone(440, BLOCK), 0);
    readBlocks(track, 0, 3);
    for (let n = 1; n < 6; n++) track.add(tone(440, BLOCK, 0.5, n * BLOCK), n * BLOCK);
    const out = readBlocks(track, 3 * BLOCK, 3);
    assert.ok(Math.abs(out[2]!) < 400);
    assert.deepEqual([...out.subarray(200, 2000)], [...tone(440, 900, 0.5, 3 * BLOCK + 100)]);
  });

  it("absurd input costs no memory and does not stop the rest", () => {
    const track = liveTrack(2);
    const stored = createSoundTrack({ mostSamples: 96_000, keeps: "oldest" });
    for (const any of [track, stored]) {
      any.add(tone(440, BLOCK), 0);
      any.add(tone(440, BLOCK), NaN);
      any.add(tone(440, BLOCK), Infinity);
      any.add(new Int16Array(2_000_000), BLOCK);
      any.add(tone(440, BLOCK), 10 * 3600 * 48_000);
      any.add(tone(440, BLOCK), -10 * 3600 * 48_000);
      assert.ok(any.bytes <= 96_000 * 4, `${any.bytes}`);
      for (let n = 0; n < 200; n++) {
        any.add(tone(440, BLOCK, 0.5, n * BLOCK), 480_000 + n * BLOCK);
        const out = readBlocks(any, 480_000 + n * BLOCK, 1);
        if (n > 100) assert.ok(out.some((value) => value !== 0));
      }
    }
  });

  it("memory follows what waits: little for sound that is read as it comes", () => {
    const track = createSoundTrack({ mostSamples: 60 * 48_000, keeps: "oldest" });
    for (let n = 0; n < 1000; n++) {
      track.add(tone(440, BLOCK), n * BLOCK);
      readBlocks(track, n * BLOCK, 1);
    }
    assert.ok(track.bytes <= 32_768, `${track.bytes}`);
    for (let n = 1000; n < 5000; n++) track.add(tone(440, BLOCK), n * BLOCK);
    assert.ok(track.bytes <= 60 * 48_000 * 4);
    assert.ok(track.waiting <= 60 * 48_000);
  });

  it("any packets and any reads: the memory stays, every block is filled, nothing is louder than what came", () => {
    const packet = fc.record({
      frames: fc.integer({ min: 0, max: 5000 }),
      stepMs: fc.oneof(fc.integer({ min: -3000, max: 3000 }), fc.integer({ min: -30, max: 30 })),
      blocks: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 60 }), fc.constantFrom("newest" as const, "oldest" as const), (packets, keeps) => {
        const track = createSoundTrack({ mostSamples: 48_000, keeps });
        const block = new Float32Array(BLOCK * 2);
        let at = 0, cursor = 0;
        for (const { frames, stepMs, blocks } of packets) {
          at += stepMs * 48;
          track.add(tone(440, frames, 0.5, at & 0xffff), at);
          at += frames;
          for (let n = 0; n < blocks; n++, cursor += BLOCK) {
            block.fill(NaN);
            track.read(block, cursor);
            assert.ok(block.every((value) => Math.abs(value) <= 1.05), "filled, and not louder");
          }
          assert.ok(track.bytes <= 48_000 * 4 && track.waiting <= 48_000, `${track.bytes} bytes, ${track.waiting} waiting`);
        }
      }),
      { numRuns: 200 },
    );
  });
});
