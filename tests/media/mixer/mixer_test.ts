import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createPicturePool, type RawPicture } from "../../../media/intake/raw_picture.ts";
import { createMixer, type MixInput } from "../../../media/mixer/mixer.ts";
import { INSET_CORNERS, INSET_SIZES, type Scene } from "../../../media/mixer/scene.ts";
import { GAIN_MOVES_SAMPLES } from "../../../media/mixer/sound_mix.ts";
import { createGrid, type Grid } from "../../../media/timeline/grid.ts";

const GRID = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const FIRST = 53_700_000_007;
const START_MS = 1234.5;
const BLOCK_MS = 1024 / 48;

interface FakeInput extends MixInput {
  picture: RawPicture | null;
  soundLatenessMs: number | null;
  /** What its sound is at a time of the show: a constant where nothing else is said. */
  soundAt: (showMs: number) => number;
  readonly asked: number[];
  readonly heard: number[];
}

function createInput(picture: RawPicture | null, level = 0.5): FakeInput {
  const input: FakeInput = {
    picture,
    soundLatenessMs: null,
    shape: null,
    soundAt: () => level,
    asked: [],
    heard: [],
    pictureAt(showMs) {
      input.asked.push(showMs);
      return input.picture;
    },
    readSound(into, fromShowMs) {
      input.heard.push(fromShowMs);
      for (let at = 0; at < into.length; at++) into[at] = input.soundAt(fromShowMs + Math.floor(at / 2) / 48);
    },
  };
  return input;
}

/** A mixer with sources "a" and "b"; what it puts out is kept. */
function open(o: { grid?: Grid; first?: number; scene?: Scene; size?: { width: number; height: number } } = {}) {
  const { grid = GRID, first = FIRST, scene = { source: "a", inset: null } } = o;
  const canvas = o.size ?? { width: 2, height: 2 };
  const pool = createPicturePool(canvas.width * canvas.height * 3 / 2);
  const card = pool.take();
  const inputs: Record<string, FakeInput> = { a: createInput(pool.take()), b: createInput(pool.take(), -0.25) };
  /** Of the first pixel, when it was handed on. */
  const lumas: number[] = [];
  const gains: Record<string, number> = {};
  const pictures: { tick: number; picture: RawPicture }[] = [];
  const blocks: { block: number; samples: Int16Array; atTick: number }[] = [];
  const dueMs = (tick: number) => START_MS + (tick - first) * 1000 / grid.rate;
  let tick = first;
  const mixer = createMixer({
    grid,
    firstTick: first,
    dueMs,
    scene,
    canvas,
    pool,
    gainOf: (source) => gains[source] ?? 1,
    inputOf: (source) => inputs[source] ?? null,
    card: () => card,
    output: {
      picture(tick, picture) {
        pictures.push({ tick, picture });
        lumas.push(picture.bytes[0]!);
      },
      sound: (block, samples) => blocks.push({ block, samples: new Int16Array(samples.buffer), atTick: tick }),
    },
  });
  function make(ticks: number): void {
    for (let at = 0; at < ticks; at++, tick++) mixer.makeTick(tick);
  }
  const samples = () => blocks.flatMap(({ samples }) => [...samples.filter((_, at) => at % 2 === 0)]);
  const firstBlock = Math.round(first / grid.rate * 48_000 / 1024);
  return { mixer, inputs, gains, card, pictures, lumas, blocks, dueMs, make, samples, firstBlock, pool };
}

describe("the mixer", () => {
  it("makes one picture for each tick, of what its source shows when that is due", () => {
    const { mixer, inputs, pictures, dueMs, make } = open();
    make(5);
    assert.deepEqual(pictures.map(({ tick }) => tick), [0, 1, 2, 3, 4].map((at) => FIRST + at));
    assert.ok(pictures.every(({ picture }) => picture === inputs.a!.picture));
    assert.deepEqual(inputs.a!.asked, [0, 1, 2, 3, 4].map((at) => dueMs(FIRST + at)));
    assert.equal(mixer.isCard, false);
  });

  it("shows the card where its source has no picture, and where there is no such source", () => {
    const { mixer, inputs, card, pictures, make } = open();
    inputs.a!.picture = null;
    make(1);
    assert.deepEqual([pictures[0]!.picture === card, mixer.isCard], [true, true]);
    mixer.show({ source: "nobody", inset: null });
    make(1);
    assert.deepEqual([pictures[1]!.picture === card, mixer.isCard], [true, true]);
    mixer.show({ source: "b", inset: null });
    make(1);
    assert.deepEqual([pictures[2]!.picture === inputs.b!.picture, mixer.isCard], [true, false]);
  });

  it("neither retains nor releases what it hands on", () => {
    const { pool, make } = open();
    const { taken } = pool;
    make(30);
    assert.equal(pool.taken, taken);
  });

  it("lays an inset over a picture of its own: what the sources gave stays as it is, and without an inset nothing is copied", () => {
    const { mixer, inputs, pictures, pool, make } = open({ size: { width: 64, height: 36 } });
    inputs.a!.picture!.bytes.fill(40);
    inputs.b!.picture!.bytes.fill(200);
    const { taken } = pool;
    make(1);
    assert.deepEqual([pictures[0]!.picture === inputs.a!.picture, pool.taken], [true, taken]);
    mixer.show({ source: "a", inset: { source: "b", size: "1/2", corner: "top_left" } });
    make(3);
    assert.ok(pictures.slice(1).every(({ picture }) => picture.bytes[10 * 64 + 10] === 200 && picture.bytes[35 * 64 + 63] === 40));
    assert.equal(new Set(pictures.slice(1).map(({ picture }) => picture)).size, 1, "the same pair is laid over once");
    assert.equal(pool.taken, taken + 1);
    assert.ok(inputs.a!.picture!.bytes.every((byte) => byte === 40) && inputs.b!.picture!.bytes.every((byte) => byte === 200));
    inputs.b!.picture = null;
    make(1);
    assert.deepEqual([pictures[4]!.picture === inputs.a!.picture, pool.taken], [true, taken], "an inset that is away is left out");
    mixer.close();
    assert.equal(pool.taken, taken);
  });

  it("lays an inset over the card, too", () => {
    const { mixer, inputs, card, pictures, make } = open({ size: { width: 64, height: 36 } });
    inputs.a!.picture = null;
    mixer.show({ source: "a", inset: { source: "b", size: "1/4", corner: "bottom_right" } });
    make(1);
    assert.deepEqual([pictures[0]!.picture === card, mixer.isCard], [false, true]);
    mixer.close();
  });

  it("lays a logo over whatever stands there, the card and a fade too, until it is taken away", () => {
    const { mixer, inputs, card, pictures, lumas, pool, make } = open({ size: { width: 8, height: 4 } });
    inputs.a!.picture!.bytes.fill(40);
    inputs.b!.picture!.bytes.fill(90);
    card.bytes.fill(70);
    const { taken } = pool;
    mixer.setOverlays([{ x: 0, y: 0, width: 2, height: 2, bytes: new Uint8Array(10).fill(255) }]);
    make(2);
    assert.equal(pictures[0]!.picture, pictures[1]!.picture, "the same picture is laid over once");
    mixer.show({ source: "b", inset: null }, 100);
    make(5);
    mixer.show({ source: "nobody", inset: null });
    make(1);
    assert.ok(lumas.every((luma) => luma === 255), `${lumas}`);
    assert.equal(pictures.at(-1)!.picture.bytes[5], 70);
    mixer.setOverlays([]);
    make(1);
    assert.equal(pictures.at(-1)!.picture, card);
    assert.ok(inputs.a!.picture!.bytes.every((byte) => byte === 40) && card.bytes.every((byte) => byte === 70));
    assert.equal(pool.taken, taken);
  });

  it("gives what it has laid over to whoever keeps it, and takes the next picture for the next pair", () => {
    const { mixer, inputs, pictures, pool, make } = open({ size: { width: 64, height: 36 } });
    mixer.show({ source: "a", inset: { source: "b", size: "1/3", corner: "top_right" } });
    const { taken } = pool;
    inputs.a!.picture!.bytes.fill(40);
    make(1);
    const kept = pictures[0]!.picture.retain();
    const before = kept.bytes.slice();
    inputs.a!.picture = pool.take();
    inputs.a!.picture.bytes.fill(90);
    make(1);
    assert.notEqual(pictures[1]!.picture, kept);
    assert.deepEqual(kept.bytes, before);
    kept.release();
    mixer.close();
    assert.equal(pool.taken, taken + 1, "the source's own");
  });

  it("hears an inset's source as well, and waits for the latest of the two", () => {
    const { mixer, inputs, blocks, dueMs, make } = open({ size: { width: 64, height: 36 } });
    inputs.b!.soundLatenessMs = 60;
    mixer.show({ source: "a", inset: { source: "b", size: "1/4", corner: "top_left" } });
    make(60);
    assert.equal(blocks.at(-1)!.samples.at(-1), 16_384 - 8192);
    const behindMs = dueMs(FIRST + 60) - (inputs.a!.heard.at(-1)! + BLOCK_MS);
    assert.ok(behindMs >= 60, `${behindMs} ms behind`);
    assert.deepEqual(inputs.a!.heard, inputs.b!.heard);
  });

  it("shows another scene from the next tick on", () => {
    const { mixer, inputs, pictures, make } = open();
    make(2);
    mixer.show({ source: "b", inset: null });
    assert.deepEqual(mixer.scene, { source: "b", inset: null });
    make(1);
    assert.deepEqual(pictures.map(({ picture }) => picture === inputs.a!.picture), [true, true, false]);
  });

  it("makes every block of sound once, in order, on the timeline's grid, each as soon as it is due with its tick", () => {
    fc.assert(fc.property(fc.integer({ min: 5, max: 120 }), fc.nat(10_000), fc.integer({ min: 1, max: 300 }), (rate, place, ticks) => {
      const grid = createGrid({ rate, partSeconds: 0.2, segmentSeconds: 1 });
      const first = rate * 1_790_000_000 + place;
      const { blocks, inputs, dueMs, make, firstBlock } = open({ grid, first });
      make(ticks);
      assert.deepEqual(blocks.map(({ block }) => block), blocks.map((_, at) => firstBlock + at));
      const startMs = dueMs(first) + (firstBlock * 1024 / 48_000 - first / rate) * 1000;
      for (const [at, showMs] of inputs.a!.heard.entries()) {
        assert.ok(Math.abs(showMs - startMs - at * BLOCK_MS) < 1e-3, `block ${at} is read at ${showMs} ms`);
        assert.ok(showMs + BLOCK_MS <= dueMs(blocks[at]!.atTick + 1) + 1e-3, "no block is read before its tick has ended");
      }
      const endMs = startMs + blocks.length * BLOCK_MS;
      assert.ok(dueMs(first + ticks) - endMs < BLOCK_MS + 1e-3, "no block is kept back");
    }));
  });

  it("hands each block on in memory of its own", () => {
    const { blocks, make } = open();
    make(10);
    assert.equal(new Set(blocks.map(({ samples }) => samples.buffer)).size, blocks.length);
    assert.ok(blocks.every(({ samples }) => samples.length === 2048));
  });

  it("keeps the sound's cursor as far behind the picture's as a live source needs, 150 ms at most, without a hole when that changes", () => {
    const { inputs, blocks, dueMs, make } = open();
    let made = 0;
    for (
      const [latenessMs, least] of [[null, 0], [0, 1000 / 30], [40, 40 + 1000 / 30], [1000, 150 + 1000 / 30], [0, 1000 / 30], [
        null,
        0,
      ]] as const
    ) {
      inputs.a!.soundLatenessMs = latenessMs;
      make(30);
      made += 30;
      // Of the next tick, whose picture is not shown yet: only what is stored may be heard up to there.
      const behindMs = dueMs(FIRST + made) - (inputs.a!.heard.at(-1)! + BLOCK_MS);
      assert.ok(behindMs >= least - 1e-3 && behindMs < least + BLOCK_MS + 1e-3, `${behindMs} ms behind for ${latenessMs}`);
    }
    assert.deepEqual(blocks.map(({ block }) => block - blocks[0]!.block), blocks.map((_, at) => at));
  });

  it("never makes more than a little sound in one go", () => {
    const { inputs, blocks, make } = open();
    inputs.a!.soundLatenessMs = 150;
    make(30);
    inputs.a!.soundLatenessMs = null;
    const { length } = blocks;
    make(1);
    assert.ok(blocks.length - length <= 10);
  });

  it("brings its first source in over 10 ms, and then passes it on bit by bit", () => {
    const { samples, make } = open();
    make(10);
    const all = samples();
    for (let at = 1; at < GAIN_MOVES_SAMPLES; at++) assert.ok(all[at]! >= all[at - 1]!);
    assert.ok(all[0]! > 0 && all[0]! < 100);
    assert.ok(all.slice(GAIN_MOVES_SAMPLES).every((sample) => sample === 16_384));
  });

  for (
    const [name, next, level] of [
      ["to another source", { source: "b", inset: null }, -8192],
      ["to mute", 0, 0],
      ["to half", 0.5, 8192],
      ["to twice, which is too much", 2, 32_767],
      ["to nobody", { source: "nobody", inset: null }, 0],
    ] as const
  ) {
    it(`moves from one sound ${name} over 10 ms, without a step`, () => {
      const { mixer, gains, samples, make } = open();
      make(10);
      const before = samples().length;
      if (typeof next === "number") gains.a = next;
      else mixer.show(next);
      make(10);
      const all = samples();
      const most = Math.abs(level - 16_384) / GAIN_MOVES_SAMPLES + 2;
      for (let at = before; at < all.length; at++) {
        assert.ok(Math.abs(all[at]! - all[at - 1]!) <= most, `a step of ${all[at]! - all[at - 1]!}`);
      }
      assert.equal(all[before + GAIN_MOVES_SAMPLES], level);
      assert.equal(all.at(-1), level);
      assert.ok(Math.abs(all[before + GAIN_MOVES_SAMPLES / 2]! - (16_384 + level) / 2) < 200, "half way after 5 ms");
    });
  }

  it("asks nothing more of a source that is heard no longer", () => {
    const { mixer, inputs, make } = open();
    make(10);
    mixer.show({ source: "b", inset: null });
    make(2);
    const { length } = inputs.a!.heard;
    make(30);
    assert.equal(inputs.a!.heard.length, length);
  });

  it("brings a source in softly that comes back after it was gone", () => {
    const { inputs, samples, make } = open();
    make(10);
    const a = inputs.a!;
    delete inputs.a;
    make(10);
    const before = samples().length;
    assert.equal(samples().at(-1), 0);
    inputs.a = a;
    make(10);
    const all = samples();
    for (let at = before; at < all.length; at++) assert.ok(Math.abs(all[at]! - all[at - 1]!) <= 36);
    assert.equal(all.at(-1), 16_384);
  });

  it("fades from one scene to another: each picture has more of the next, none is anybody's but its own, and the sound goes with them", () => {
    const { mixer, inputs, pictures, pool, samples, lumas, make } = open({ size: { width: 8, height: 4 } });
    inputs.a!.picture!.bytes.fill(20);
    inputs.b!.picture!.bytes.fill(220);
    make(10);
    const { taken } = pool;
    const before = samples().length;
    mixer.show({ source: "b", inset: null }, 300);
    for (let tick = 0; tick < 12; tick++) {
      make(1);
      assert.ok(pool.taken <= taken + 1);
    }
    const wanted = [40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 220, 220];
    assert.ok(lumas.slice(10).every((luma, at) => Math.abs(luma - wanted[at]!) <= 1), `${lumas}`);
    assert.equal(pictures.at(-1)!.picture, inputs.b!.picture);
    assert.ok(inputs.a!.picture!.bytes.every((byte) => byte === 20) && inputs.b!.picture!.bytes.every((byte) => byte === 220));
    assert.equal(pool.taken, taken);
    const all = samples();
    for (let at = before; at < all.length; at++) assert.ok(Math.abs(all[at]! - all[at - 1]!) <= 3, `a step of ${all[at]! - all[at - 1]!}`);
    const firstMoved = all.findIndex((sample, at) => at >= before && sample !== 16_384);
    const lastMoved = all.findLastIndex((sample) => sample !== -8192);
    assert.ok(Math.abs((lastMoved - firstMoved) / 48 - 300) < 2 * BLOCK_MS, `${(lastMoved - firstMoved) / 48} ms`);
  });

  it("changes its mind in the middle of a fade without a click, and holds nothing back", () => {
    const { mixer, inputs, pool, samples, make } = open({ size: { width: 64, height: 36 } });
    make(10);
    const { taken } = pool;
    mixer.show({ source: "b", inset: { source: "a", size: "1/2", corner: "top_left" } }, 500);
    make(6);
    mixer.show({ source: "a", inset: { source: "b", size: "1/2", corner: "top_left" } }, 500);
    make(6);
    mixer.show({ source: "a", inset: null });
    make(12);
    const all = samples().slice(GAIN_MOVES_SAMPLES);
    for (let at = 1; at < all.length; at++) assert.ok(Math.abs(all[at]! - all[at - 1]!) <= 40, `a step of ${all[at]! - all[at - 1]!}`);
    assert.equal(all.at(-1), 16_384);
    const { length } = inputs.b!.heard;
    make(10);
    assert.equal(inputs.b!.heard.length, length);
    assert.equal(pool.taken, taken);
    mixer.show({ source: "b", inset: { source: "a", size: "1/2", corner: "top_left" } }, 500);
    make(2);
    mixer.close();
    assert.equal(pool.taken, taken);
  });

  it("fades to the card and from it like to any other picture", () => {
    const { mixer, inputs, card, pictures, lumas, make } = open({ size: { width: 8, height: 4 } });
    card.bytes.fill(100);
    inputs.a!.picture!.bytes.fill(200);
    make(1);
    inputs.b!.picture = null;
    mixer.show({ source: "b", inset: null }, 100);
    make(4);
    assert.deepEqual(lumas.map((luma) => Math.round(luma / 25)), [8, 7, 6, 5, 4]);
    assert.deepEqual([pictures.at(-1)!.picture === card, mixer.isCard], [true, true]);
  });

  it("whatever is wished for when: no source's picture is altered, no sound clicks, and nothing is held in the end", () => {
    const source = fc.constantFrom("a", "b", "nobody");
    const inset = fc.option(fc.record({ source, size: fc.constantFrom(...INSET_SIZES), corner: fc.constantFrom(...INSET_CORNERS) }));
    const wish = fc.record({
      scene: fc.record({ source, inset }),
      fadeMs: fc.constantFrom(0, 0, 30, 200, 500),
      gain: fc.double({ min: 0, max: 2, noNaN: true }),
      away: fc.constantFrom(null, "a", "b"),
      isLive: fc.boolean(),
      ticks: fc.nat(12),
    });
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 12 }), (wishes) => {
        const { mixer, inputs, gains, pictures, pool, samples, make } = open({ size: { width: 32, height: 18 } });
        const own = { a: inputs.a!.picture!, b: inputs.b!.picture! };
        own.a.bytes.fill(50);
        own.b.bytes.fill(200);
        // Quiet, so that what both have together at twice is not clamped.
        inputs.a!.soundAt = () => 0.2;
        inputs.b!.soundAt = () => -0.1;
        const { taken } = pool;
        let made = 0;
        for (const { scene, fadeMs, gain, away, isLive, ticks } of wishes) {
          mixer.show(scene, fadeMs);
          gains.a = gain;
          for (const id of ["a", "b"] as const) inputs[id]!.picture = away === id ? null : own[id];
          inputs.b!.soundLatenessMs = isLive ? 40 : null;
          make(ticks);
          made += ticks;
          assert.ok(pool.taken <= taken + 3);
        }
        assert.equal(pictures.length, made);
        assert.ok(own.a.bytes.every((byte) => byte === 50) && own.b.bytes.every((byte) => byte === 200));
        const all = samples();
        const most = 32768 * (0.2 * 2 + 0.1) / GAIN_MOVES_SAMPLES + 2;
        for (let at = 1; at < all.length; at++) {
          assert.ok(Math.abs(all[at]! - all[at - 1]!) <= most, `a step of ${all[at]! - all[at - 1]!}`);
        }
        mixer.close();
        assert.equal(pool.taken, taken);
      }),
      { numRuns: 60 },
    );
  });

  it("remembers nothing of gains: each source has its own whenever it is heard", () => {
    const { mixer, gains, samples, make } = open();
    gains.b = 0.5;
    make(10);
    mixer.show({ source: "b", inset: null });
    make(10);
    assert.equal(samples().at(-1), -4096);
    mixer.show({ source: "a", inset: null });
    make(10);
    assert.equal(samples().at(-1), 16_384);
  });

  it("tells how loud the mix and each source of the scene were just now, a muted one too", () => {
    const { mixer, inputs, gains, make } = open({ size: { width: 64, height: 36 } });
    gains.b = 0;
    mixer.show({ source: "a", inset: { source: "b", size: "1/4", corner: "top_left" } });
    make(30);
    const { mix, sources } = mixer.levels();
    assert.deepEqual([mix, [...sources]], [{ peak: 0.5, rms: 0.5 }, [["a", { peak: 0.5, rms: 0.5 }], ["b", { peak: 0.25, rms: 0.25 }]]]);
    assert.deepEqual(mixer.levels(), { mix, sources }, "asking takes nothing away");
    inputs.a!.soundAt = () => 0;
    make(30);
    assert.deepEqual(mixer.levels().sources.get("a"), { peak: 0, rms: 0 });
    mixer.show({ source: "b", inset: null });
    make(30);
    assert.deepEqual([...mixer.levels().sources.keys()], ["b"]);
  });

  it("tells the loudest sample since it was asked last", () => {
    const { mixer, inputs, make } = open();
    make(10);
    assert.equal(mixer.takePeak(), 0.5);
    assert.equal(mixer.takePeak(), 0);
    inputs.a!.soundAt = (showMs) => showMs > 1300 && showMs < 2000 ? 1.5 : 0.1;
    make(30);
    assert.equal(mixer.takePeak(), 1.5);
  });
});
