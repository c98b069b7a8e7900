import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { createPicturePool, type PicturePool, type RawPicture } from "../../../../media/intake/raw_picture.ts";
import { createStoredTake, type StoredTake, type StoredTakeOptions } from "../../../../media/mixer/takes/stored_take.ts";
import type { TakeInput } from "../../../../media/mixer/takes/take.ts";

const CEILING = 8;
const TICK_MS = 1000 / 30;
const BLOCK_MS = 1024 / 48;

/** A file: its pictures' times, and its sound's, in ms. Each picture is known by its number in the file, each packet's samples by its packet's. */
interface File {
  readonly pictures: readonly number[];
  readonly sound: readonly number[];
}

function file(o: { pictureMs: number; everyMs?: number; soundMs?: number; startMs?: number; soundStartMs?: number }): File {
  const { pictureMs, everyMs = TICK_MS, soundMs = 0, startMs = 0, soundStartMs = startMs } = o;
  return {
    pictures: Array.from({ length: Math.round(pictureMs / everyMs) }, (_, n) => startMs + n * everyMs),
    sound: Array.from({ length: Math.round(soundMs / BLOCK_MS) }, (_, n) => soundStartMs + n * BLOCK_MS),
  };
}

const packetOf = (n: number) => new Int16Array(2048).fill(1000 + n % 20_000);

/** Two processes: one gives pictures as there is room, one sound as it comes. */
function openFile(file: File, pool: PicturePool, seen: Map<RawPicture, number>) {
  let picture = 0, sound = 0;
  return (input: TakeInput, showMs: number, mostPictures = Infinity) => {
    for (let n = 0; n < mostPictures && picture < file.pictures.length && input.picturesWaiting < CEILING; n++, picture++) {
      const raw = pool.take();
      seen.set(raw, picture);
      input.addPicture(raw, Math.round(file.pictures[picture]! * 1000), showMs, true);
    }
    if (picture === file.pictures.length) input.endPictures();
    for (; sound < file.sound.length && input.soundWaitingMs < 50_000; sound++) {
      input.addSound(packetOf(sound), Math.round(file.sound[sound]! * 1000), showMs);
    }
    if (sound === file.sound.length) input.endSound();
  };
}

interface Show {
  /** Of each tick: the picture's number in its file. */
  readonly ticks: readonly (number | null)[];
  /** Of each block: the packet's number that is heard in its middle; null is silence. */
  readonly blocks: readonly (number | null)[];
  readonly take: StoredTake;
  readonly processes: number;
  readonly mostTaken: number;
}

/** Plays files one after the other, each opened by an intake of its own 2 s before the end, as long as memory does not take over. */
function play(files: (pass: number) => File, untilMs: number, options: Partial<StoredTakeOptions> = {}, perTick = Infinity): Show {
  const pool = createPicturePool(options.mostLoopBytes ? 1000 : 2_000_000);
  const seen = new Map<RawPicture, number>();
  const take = createStoredTake({ ceiling: CEILING, loops: false, ...options });
  const open: [TakeInput, ReturnType<typeof openFile>][] = [[take, openFile(files(0), pool, seen)]];
  const ticks: (number | null)[] = [], blocks: (number | null)[] = [];
  const block = new Float32Array(2048);
  let processes = 1, mostTaken = 0, metMs = -Infinity, blockAt = 0;
  for (const [input, read] of open) read(input, 0, perTick);
  take.begin(0);
  for (let n = 0; n * TICK_MS <= untilMs; n++) {
    const showMs = n * TICK_MS;
    if (take.endsAtMs !== null && take.endsAtMs > metMs && !take.playsFromMemory && take.endsAtMs - showMs < 2000) {
      metMs = take.endsAtMs;
      open.push([take.startPass(), openFile(files(processes++), pool, seen)]);
    }
    for (const [input, read] of open.slice(-2)) read(input, showMs, perTick);
    const picture = take.pictureAt(showMs);
    ticks.push(picture && seen.get(picture)!);
    for (; (blockAt + 1) * BLOCK_MS <= showMs - 40; blockAt++) {
      block.fill(NaN);
      take.readSound(block, blockAt * BLOCK_MS);
      assert.ok(!block.some(Number.isNaN));
      const value = Math.round(block[1024]! * 32768);
      blocks.push(value === 0 ? null : value - 1000);
    }
    mostTaken = Math.max(mostTaken, pool.taken);
  }
  take.close();
  take.close();
  assert.equal(pool.taken, 0, "all is released at the end");
  return { ticks, blocks, take, processes, mostTaken };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe("a stored take", () => {
  const loops: [string, File, number][] = [
    ["picture and sound of the same 2 s", file({ pictureMs: 2000, soundMs: 2005 }), 2005],
    ["sound 0.7 s short", file({ pictureMs: 2000, soundMs: 1300 }), 2000],
    ["sound 0.5 s long", file({ pictureMs: 2000, soundMs: 2500 }), 2500],
    ["1.5 s of sound in 10 s", file({ pictureMs: 10_000, soundMs: 1500 }), 10_000],
    ["no sound", file({ pictureMs: 2000 }), 2000],
    ["0.3 s", file({ pictureMs: 300, soundMs: 300 }), 300],
    ["0.3 s without sound", file({ pictureMs: 300 }), 300],
    ["a start at 1000 s", file({ pictureMs: 2000, soundMs: 1500, startMs: 1_000_000 }), 2000],
    ["a start before 0", file({ pictureMs: 2000, soundMs: 1500, startMs: -700 }), 2000],
    ["sound that begins 0.5 s before the picture", file({ pictureMs: 2000, soundMs: 2000, startMs: 500, soundStartMs: 0 }), 2500],
    ["pictures of 3 s each", file({ pictureMs: 12_000, everyMs: 3000 }), 12_000],
    ["0.2 pictures a second with sound", file({ pictureMs: 20_000, everyMs: 5000, soundMs: 19_000 }), 20_000],
  ];
  for (const [name, it_, lengthMs] of loops) {
    for (const fromMemory of [false, true]) {
      it(`${name}, again and again${fromMemory ? " from memory" : ""}: every picture of every pass, the whole sound, exactly as long`, () => {
        const untilMs = Math.max(30_000, lengthMs * 4);
        const show = play(() => it_, untilMs, fromMemory ? { loops: true, mostLoopBytes: 48 * 2 ** 20 } : {});
        if (fromMemory) assert.ok(show.processes <= 2, `${show.processes} processes`);
        const soundEndMs = it_.sound.length > 0 ? it_.sound.at(-1)! + BLOCK_MS : -Infinity;
        const startMs = Math.min(it_.pictures[0]!, it_.sound[0] ?? Infinity);
        const everyMs = it_.pictures[1]! - it_.pictures[0]!;
        const exactMs = Math.max(it_.pictures.at(-1)! + everyMs, soundEndMs) - startMs;
        assert.ok(Math.abs(exactMs - lengthMs) < 25);
        let held: number | null = null;
        for (const [n, number] of show.ticks.entries()) {
          const inPassMs = n * TICK_MS % exactMs + startMs;
          const expected = it_.pictures.findLastIndex((at) => at <= inPassMs + 0.01);
          held = expected < 0 ? held : expected;
          // Microseconds are whole and ticks are not: at a boundary either is right.
          const near = it_.pictures.findLastIndex((at) => at <= inPassMs - 0.01);
          assert.ok(
            number === held || number === near || inPassMs - startMs < 0.02 || inPassMs - startMs > exactMs - 0.02,
            `tick ${n}: ${number}, not ${expected}`,
          );
        }
        for (const [n, number] of show.blocks.entries()) {
          const inPassMs = (n + 0.5) * BLOCK_MS % exactMs + startMs;
          const expected = it_.sound.findLastIndex((at) => at <= inPassMs);
          const isHeard = expected >= 0 && inPassMs < soundEndMs;
          const edgeMs = Math.min(...[0, BLOCK_MS].map((edge) => Math.abs(inPassMs - (it_.sound[Math.max(0, expected)] ?? 1e9) - edge)));
          if (Math.min(edgeMs, inPassMs - startMs, startMs + exactMs - inPassMs) > 3) {
            assert.equal(number, isHeard ? expected : null, `block ${n}`);
          }
        }
      });
    }
  }

  it("a pass that is too large for memory is read again each time, and nothing of it is kept", () => {
    const show = play(() => file({ pictureMs: 2000, soundMs: 2000 }), 21_000, { loops: true, mostLoopBytes: 10_000 });
    assert.ok(show.processes >= 10);
    assert.ok(show.mostTaken <= 2 * CEILING + 2, `${show.mostTaken}`);
    assert.equal(show.take.playsFromMemory, false);
  });

  it("a gap of 4 s in the picture is held as long as it lasts, and the sound goes on", () => {
    const gap: File = {
      pictures: [...numbers(0, 120), ...numbers(240, 360)].map((n) => n * TICK_MS),
      sound: file({ pictureMs: 0, soundMs: 12_000 }).sound,
    };
    const show = play(() => gap, 11_900);
    assert.ok(show.ticks.slice(121, 239).every((number) => number === 119));
    assert.equal(show.ticks[300], 180);
    assert.ok(show.blocks.every((number, n) => number === n));
  });

  it("a gap of 30 s is held where the sound goes on meanwhile, and joined where there is none", () => {
    const pictures = [...numbers(0, 60), ...numbers(960, 1020)].map((n) => n * TICK_MS);
    const held = play(() => ({ pictures, sound: file({ pictureMs: 0, soundMs: 34_000 }).sound }), 33_000);
    assert.ok(held.ticks.slice(61, 959).every((number) => number === 59));
    assert.equal(held.ticks[962], 62);
    const joined = play(() => ({ pictures, sound: [] }), 4000);
    assert.deepEqual(joined.ticks.slice(1, 119), numbers(1, 119));
  });

  for (
    const [name, jumpMs, soundJumpMs] of [
      ["+3600 s", 3_600_000, 3_600_000],
      ["-3600 s", -3_600_000, -3_600_000],
      ["+15 s", 15_000, 14_600],
      ["-8 s", -8000, -8300],
    ] as const
  ) {
    it(`a file whose times jump by ${name}, picture and sound by nearly the same, goes on at once and in sync`, () => {
      const plain = file({ pictureMs: 20_000, soundMs: 20_000 });
      const show = play(() => ({
        pictures: plain.pictures.map((at, n) => n >= 300 ? at + jumpMs : at),
        sound: plain.sound.map((at, n) => n >= 469 ? at + soundJumpMs : at),
      }), 19_900);
      // The same step for both: what their jumps differ by, one of them waits.
      const waits = Math.ceil(Math.abs(jumpMs - soundJumpMs) / TICK_MS);
      assert.ok(show.ticks.every((number, n) => number! <= n && number! >= n - waits - 1), `${show.ticks.slice(290, 330)}`);
      const picturePtsMs = show.ticks[550]! * TICK_MS + jumpMs;
      const block = Math.floor(550 * TICK_MS / BLOCK_MS);
      const soundPtsMs = show.blocks[block]! * BLOCK_MS + soundJumpMs;
      assert.ok(Math.abs(picturePtsMs - soundPtsMs) < TICK_MS + BLOCK_MS, `${picturePtsMs} and ${soundPtsMs}`);
    });
  }

  it("a long gap in the sound alone is silence, and what follows is in its place", () => {
    const plain = file({ pictureMs: 40_000, soundMs: 40_000 });
    const show = play(() => ({ ...plain, sound: plain.sound.filter((at) => at < 10_000 || at > 25_000) }), 39_000);
    const after = show.blocks.slice(1250, 1700);
    assert.ok(show.blocks.slice(480, 1160).every((number) => number === null));
    const first = plain.sound.findIndex((at) => at > 25_000) - plain.sound.filter((at) => at < 10_000).length;
    assert.ok(after.every((number, n) => Math.abs(number! + first - (1250 + n)) <= 1), `${after.slice(0, 5)} ${first}`);
  });

  it("sound that begins 20 s after the picture is heard in its place", () => {
    const show = play(
      () => ({ ...file({ pictureMs: 30_000 }), sound: file({ pictureMs: 0, soundMs: 9000, soundStartMs: 20_000 }).sound }),
      29_000,
    );
    assert.ok(show.blocks.slice(0, 937).every((number) => number === null));
    assert.ok(Math.abs(show.blocks[1000]! - 62.5) <= 0.5);
    assert.deepEqual(show.ticks.slice(1, 800), numbers(1, 800));
  });

  it("one picture with a stamp of +37600 s loses itself at most", () => {
    for (const soundMs of [0, 10_000]) {
      const plain = file({ pictureMs: 10_000, soundMs });
      const show = play(() => ({ ...plain, pictures: plain.pictures.map((at, n) => n === 150 ? at + 37_600_000 : at) }), 9900);
      assert.ok(show.ticks.every((number, n) => number! >= n - 1 && number! <= n), `${show.ticks.slice(140, 160)}`);
    }
  });

  it("a list: each file begins where the one before ended", () => {
    const files = [
      file({ pictureMs: 3000, soundMs: 3500 }),
      file({ pictureMs: 2000, startMs: 50_000 }),
      file({ pictureMs: 4000, soundMs: 4000 }),
    ];
    const show = play((pass) => files[pass % 3]!, 9000);
    assert.equal(show.ticks[104], 89);
    assert.equal(show.ticks[107], Math.floor((107 * TICK_MS - Math.round(3500 / BLOCK_MS) * BLOCK_MS) / TICK_MS));
    assert.equal(show.ticks[200], Math.floor((200 * TICK_MS - Math.round(3500 / BLOCK_MS) * BLOCK_MS - 2000) / TICK_MS));
  });

  it("a pass that is still being read when the next is opened keeps its own input", () => {
    const pool = createPicturePool(10);
    const take = createStoredTake({ ceiling: CEILING, loops: false });
    const seen = new Map<RawPicture, number>();
    const long = file({ pictureMs: 1000 });
    const readFirst = openFile(long, pool, seen), readNext = openFile(long, pool, seen);
    readFirst(take, 0);
    take.begin(0);
    const next = take.startPass();
    const shown: number[] = [];
    for (let n = 0; n < 59; n++) {
      readFirst(take, n * TICK_MS);
      readNext(next, n * TICK_MS);
      shown.push(seen.get(take.pictureAt(n * TICK_MS)!)!);
    }
    take.close();
    assert.deepEqual(shown, [...numbers(0, 30), ...numbers(0, 29)]);
    assert.equal(pool.taken, 0);
  });

  it("a next pass that comes late begins when it has a picture, from its beginning; meanwhile the last picture stands", () => {
    const pool = createPicturePool(10);
    const take = createStoredTake({ ceiling: CEILING, loops: false });
    const seen = new Map<RawPicture, number>();
    const short = file({ pictureMs: 266 });
    openFile(short, pool, seen)(take, 0);
    take.begin(0);
    for (let n = 0; n < 20; n++) take.pictureAt(n * TICK_MS);
    const next = take.startPass();
    assert.equal(seen.get(take.pictureAt(20 * TICK_MS)!), 7);
    openFile(short, pool, seen)(next, 700);
    assert.equal(seen.get(take.pictureAt(21 * TICK_MS)!), 0);
    assert.equal(seen.get(take.pictureAt(24 * TICK_MS)!), 3);
    take.close();
    assert.equal(pool.taken, 0);
  });

  it("tells how far a source that cannot keep up is behind, and goes on later when told", () => {
    const pool = createPicturePool(10);
    const take = createStoredTake({ ceiling: CEILING, loops: false });
    const add = (n: number) => take.addPicture(pool.take(), Math.round(n * TICK_MS * 1000), 0, false);
    take.endSound();
    add(0);
    take.begin(0);
    for (let n = 0; n < 100; n++) {
      if (n % 5 < 2) add(1 + Math.floor(n / 5) * 2 + n % 5);
      take.pictureAt(n * TICK_MS);
    }
    assert.ok(Math.abs(take.behindMs - 0.6 * 100 * TICK_MS) < 200, `${take.behindMs}`);
    take.postpone(take.behindMs);
    assert.ok(take.behindMs < 1);
    take.pictureAt(100 * TICK_MS);
    assert.ok(take.behindMs < 2 * TICK_MS);
    take.close();
    assert.equal(pool.taken, 0);
  });

  it("one that keeps up is never behind", () => {
    let worst = 0;
    const show = play(() => file({ pictureMs: 3000, soundMs: 3000 }), 20_000);
    worst = Math.max(worst, show.take.behindMs);
    assert.equal(worst, 0);
  });

  it("an empty file ends at once, and stops nothing", () => {
    const take = createStoredTake({ ceiling: CEILING, loops: true });
    take.endPictures();
    take.endSound();
    take.begin(0);
    assert.equal(take.pictureAt(5000), null);
    assert.ok(take.endsAtMs !== null);
    take.close();
  });

  it("any times: a picture from the first on, bounded, every block filled, all released", () => {
    const step = fc.oneof(
      { weight: 10, arbitrary: fc.constant(TICK_MS) },
      fc.constantFrom(0, -500, 900, 4000, 15_000, -8000, 3_600_000, -3_600_000, 37_600_000),
    );
    const any = fc.record({
      steps: fc.array(step, { minLength: 60, maxLength: 150 }),
      soundSteps: fc.array(
        fc.oneof({ weight: 15, arbitrary: fc.constant(BLOCK_MS) }, fc.constantFrom(0, 60, 900, 15_000, -8000, 3_600_000)),
        { maxLength: 150 },
      ),
      loops: fc.boolean(),
      mostLoopBytes: fc.constantFrom(50_000, 48 * 2 ** 20),
    });
    const add = (steps: readonly number[]) => {
      let at = 0;
      return steps.map((more) => at += more);
    };
    fc.assert(
      fc.property(any, ({ steps, soundSteps, loops, mostLoopBytes }) => {
        const show = play(() => ({ pictures: add(steps), sound: add(soundSteps) }), 12_000, { loops, mostLoopBytes });
        const first = show.ticks.findIndex((number) => number !== null);
        assert.ok(first < 0 || show.ticks.slice(first).every((number) => number !== null));
        assert.ok(show.mostTaken <= 5 * CEILING + (loops ? steps.length : 0), `${show.mostTaken}`);
      }),
      { numRuns: 300 },
    );
  });
});
