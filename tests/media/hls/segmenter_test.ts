import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Part, SegmentHead } from "../../../media/hls/segment.ts";
import { createSegmenter } from "../../../media/hls/segmenter.ts";
import { createGrid, type Grid } from "../../../media/timeline/grid.ts";
import { findBoxes } from "../mp4/boxes.ts";

const GRID = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const FIRST = 53_700_000_000;

/** A part as a player reads it: where its pictures stand, and its sound. */
interface ReadPart extends Part {
  readonly startTick: number;
  /** For how many ticks each picture stands. */
  readonly lengths: number[];
  readonly keys: boolean[];
  readonly sounds: { readonly first: number; readonly count: number } | null;
}

function readPart(part: Part, grid: Grid): ReadPart {
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [body] = part.bodies;
  const [times, soundTimes] = findBoxes(body!, "moof/traf/tfdt").map((tfdt) => Number(view(tfdt).getBigUint64(4)));
  const [pictures, sounds] = findBoxes(body!, "moof/traf/trun").map(view);
  const hasDurations = (pictures!.getUint32(0) & 0x100) !== 0;
  const count = pictures!.getUint32(4);
  const words = hasDurations ? 3 : 2;
  const at = (sample: number, word: number) => pictures!.getUint32(12 + 4 * (sample * words + word));
  return {
    ...part,
    startTick: times! / grid.frameTicks,
    lengths: Array.from({ length: count }, (_, sample) => hasDurations ? at(sample, 0) / grid.frameTicks : 1),
    keys: Array.from({ length: count }, (_, sample) => at(sample, words - 1) === 0x02000000),
    sounds: sounds ? { first: soundTimes! / 1024, count: sounds.getUint32(4) } : null,
  };
}

/** A segmenter whose sources have their own inits, or those that `inits` names. */
function open(o: { grid?: Grid; inits?: Readonly<Record<string, string>> } = {}) {
  const { grid = GRID, inits = {} } = o;
  const heads: SegmentHead[] = [];
  const parts: ReadPart[] = [];
  const log: string[] = [];
  const segmenter = createSegmenter({
    grid,
    firstMsn: (tick) => Math.floor(tick / grid.framesPerSegment),
    initRuns: (source) => [0, 1, 2].map(() => inits[source] ?? source),
    dueMs: (tick) => tick / grid.rate * 1000 + 7,
    onClosed: () => log.push("closed"),
    sink: {
      announce(head) {
        if (heads.at(-1)?.msn === head.msn) heads.pop();
        heads.push(head);
        log.push(`announce ${head.msn}`);
      },
      publish(part) {
        parts.push(readPart(part, grid));
        log.push(`part ${part.part}`);
      },
      close: () => log.push("close"),
    },
  });
  function show(from: number, to: number, o: { without?: readonly number[]; keys?: readonly number[] } = {}): void {
    for (let tick = from; tick < to; tick++) {
      if (o.without?.includes(tick)) continue;
      const isKey = tick % grid.framesPerSegment === 0 || (o.keys ?? []).includes(tick);
      segmenter.picture(tick, isKey, [0, 1, 2].map((rendition) => new Uint8Array(10 + rendition)));
    }
  }
  return { segmenter, heads, parts, log, show };
}

/** What the rules ask of any row of parts. */
function checkRules(grid: Grid, heads: readonly SegmentHead[], parts: readonly ReadPart[]): void {
  for (const [at, part] of parts.entries()) {
    const before = parts[at - 1];
    const next = parts[at + 1];
    const ticks = part.lengths.reduce((sum, length) => sum + length, 0);
    assert.ok(part.lengths.every((length) => Number.isInteger(length) && length > 0));
    assert.ok(Math.abs(ticks / grid.rate - part.durationSeconds) < 1e-9, "a part's pictures last as long as it says");
    if (before) assert.equal(part.startTick, before.startTick + Math.round(before.durationSeconds * grid.rate), "there is no hole");
    if (before) assert.deepEqual([part.msn, part.part], before.msn === part.msn ? [before.msn, before.part + 1] : [before.msn + 1, 0]);
    assert.ok(part.durationSeconds <= grid.partTargetSeconds + 1e-9, `rule 12: a part of ${ticks} ticks`);
    const isLast = !next || next.msn !== part.msn;
    if (!isLast && !part.isIndependent) {
      assert.ok(part.durationSeconds >= 0.85 * grid.partTargetSeconds, `rule 13: a part of ${ticks} ticks`);
    }
    assert.equal(part.isIndependent, part.keys[0]);
    if (part.part === 0) assert.ok(part.isIndependent, "rule 59: a segment begins with an IDR");
  }
  for (const [at, head] of heads.entries()) {
    const own = parts.filter(({ msn }) => msn === head.msn);
    const seconds = own.reduce((sum, part) => sum + part.durationSeconds, 0);
    assert.ok(Math.floor(seconds + 0.5) <= grid.targetDurationSeconds, `rule 9: a segment of ${seconds} s`);
    if (own[0]) assert.ok(Math.abs(head.mediaTimeSeconds * grid.rate - own[0].startTick) < 1e-3);
    if (at > 0) assert.equal(head.msn, heads[at - 1]!.msn + 1, "rule 68");
    if (at > 0) assert.equal(head.programDateTimeMs, head.mediaTimeSeconds * 1000 + 7);
  }
}

describe("the segmenter", () => {
  it("publishes a part every six ticks and a segment every thirty, and announces the next at once", () => {
    const { segmenter, heads, parts, log, show } = open();
    segmenter.cut("run1");
    show(FIRST, FIRST + 30);
    assert.deepEqual(log, [
      `announce ${FIRST / 30}`,
      ...["part 0", "part 1", "part 2", "part 3", "part 4"],
      ...["close", "closed", `announce ${FIRST / 30 + 1}`],
    ]);
    assert.deepEqual(parts.map(({ isIndependent }) => isIndependent), [true, false, false, false, false]);
    assert.deepEqual(heads.map(({ mediaTimeSeconds, run }) => [mediaTimeSeconds, run]), [[FIRST / 30, "run1"], [FIRST / 30 + 1, "run1"]]);
    checkRules(GRID, heads, parts);
  });

  it("publishes the last tick's part without waiting for the next", () => {
    const { segmenter, parts, show } = open();
    segmenter.cut("run1");
    show(FIRST, FIRST + 6);
    assert.equal(parts.length, 1);
  });

  it("lets a picture stand until the next one where ticks were left out", () => {
    const { segmenter, parts, show } = open();
    segmenter.cut("run1");
    show(FIRST, FIRST + 31, { without: [2, 3, 5, 7, 29].map((tick) => FIRST + tick) });
    assert.deepEqual(parts.map(({ lengths }) => lengths), [[1, 3, 2], [2, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [
      1,
      1,
      1,
      1,
      2,
    ]]);
  });

  it("publishes a part whose last tick was left out with the next picture, and a segment too", () => {
    const { segmenter, log, show } = open();
    segmenter.cut("run1");
    show(FIRST, FIRST + 30, { without: [FIRST + 29] });
    assert.equal(log.at(-1), "part 3");
    show(FIRST + 30, FIRST + 31);
    assert.deepEqual(log.slice(-4), ["part 4", "close", "closed", `announce ${FIRST / 30 + 1}`]);
  });

  it("lets a key picture stand for what nobody covered, in segments no longer than is told", () => {
    const { segmenter, heads, parts, show } = open();
    segmenter.cut("run1");
    show(FIRST, FIRST + 20);
    show(FIRST + 120, FIRST + 150);
    checkRules(GRID, heads, parts);
    assert.deepEqual(heads.map(({ mediaTimeSeconds }) => Math.round(mediaTimeSeconds * 30) - FIRST), [0, 30, 60, 90, 120, 150]);
  });

  it("goes on with the open segment where another run with the same init begins in it; the next bears its name", () => {
    const { segmenter, heads, parts, show } = open({ inits: { run2: "run1" } });
    segmenter.cut("run1");
    show(FIRST, FIRST + 8);
    segmenter.cut("run2");
    show(FIRST + 8, FIRST + 60, { keys: [FIRST + 8] });
    assert.deepEqual(heads.map(({ run, initRuns }) => [run, initRuns[0]]), [["run1", "run1"], ["run2", "run1"], ["run2", "run1"]]);
    assert.deepEqual(parts.map(({ lengths }) => lengths.length), Array.from({ length: 10 }, () => 6));
    assert.deepEqual(parts[1]!.keys, [false, false, true, false, false, false]);
    checkRules(GRID, heads, parts);
  });

  it("marks a part that begins with such a run's IDR as independent (rule 18)", () => {
    const { segmenter, parts, show } = open({ inits: { run2: "run1" } });
    segmenter.cut("run1");
    show(FIRST, FIRST + 12);
    segmenter.cut("run2");
    show(FIRST + 12, FIRST + 30, { keys: [FIRST + 12] });
    assert.deepEqual(parts.map(({ isIndependent }) => isIndependent), [true, false, true, false, false]);
  });

  it("ends the open segment where another init begins, with a part as short as it is, and comes back to the grid", () => {
    const { segmenter, heads, parts, show } = open();
    segmenter.cut("run1");
    show(FIRST, FIRST + 8);
    segmenter.cut("slate");
    show(FIRST + 8, FIRST + 60, { keys: [FIRST + 8] });
    assert.deepEqual(heads.map(({ run, msn, mediaTimeSeconds }) => [run, msn - FIRST / 30, Math.round(mediaTimeSeconds * 30) - FIRST]), [
      ["run1", 0, 0],
      ["slate", 1, 8],
      ["slate", 2, 30],
      ["slate", 3, 60],
    ]);
    assert.deepEqual(parts.map(({ startTick }) => startTick - FIRST), [0, 6, 8, 14, 20, 26, 30, 36, 42, 48, 54]);
    checkRules(GRID, heads, parts);
  });

  it("lets the last picture before another init stand until that one's first", () => {
    const { segmenter, heads, parts, show } = open();
    segmenter.cut("run1");
    show(FIRST, FIRST + 9);
    segmenter.cut("slate");
    show(FIRST + 11, FIRST + 30, { keys: [FIRST + 11] });
    assert.deepEqual(parts.slice(1, 3).map(({ startTick, lengths }) => [startTick - FIRST, lengths]), [[6, [1, 1, 3]], [11, [
      1,
      1,
      1,
      1,
      1,
      1,
    ]]]);
    checkRules(GRID, heads, parts);
  });

  it("announces the same segment again where its source is gone before its first picture", () => {
    const { segmenter, heads, log, show } = open();
    segmenter.cut("run1");
    show(FIRST, FIRST + 30);
    segmenter.cut("slate");
    show(FIRST + 30, FIRST + 31);
    assert.deepEqual(heads.map(({ run, msn }) => [run, msn - FIRST / 30]), [["run1", 0], ["slate", 1]]);
    assert.deepEqual(log.slice(-2), [`announce ${FIRST / 30 + 1}`, `announce ${FIRST / 30 + 1}`]);
  });

  it("begins in the middle of a segment where the show does, and ends it on the grid", () => {
    const { segmenter, heads, parts, show } = open();
    segmenter.cut("run1");
    show(FIRST + 8, FIRST + 60, { keys: [FIRST + 8] });
    assert.deepEqual([heads[0]!.msn, Math.round(heads[0]!.mediaTimeSeconds * 30)], [FIRST / 30, FIRST + 8]);
    assert.deepEqual(parts.map(({ startTick }) => startTick - FIRST), [8, 14, 20, 26, 30, 36, 42, 48, 54]);
    checkRules(GRID, heads, parts);
  });

  it("makes no part longer than PART-TARGET where a show begins in a segment and only what must be encoded is (rule 12)", () => {
    const { segmenter, heads, parts, show } = open();
    segmenter.cut("run1");
    const without = Array.from({ length: 82 }, (_, at) => FIRST + 18 + at).filter((tick) => tick % 30 % 6 !== 0);
    show(FIRST + 8, FIRST + 100, { keys: [FIRST + 8], without });
    checkRules(GRID, heads, parts);
  });

  it("makes no part too long and no hole where whole parts are missing: pictures stand early until they have caught up (rule 12)", () => {
    const { segmenter, heads, parts, show } = open();
    segmenter.cut("run1");
    show(FIRST, FIRST + 3);
    show(FIRST + 20, FIRST + 31);
    assert.deepEqual(parts.map(({ startTick, lengths }) => [startTick - FIRST, lengths.length]), [[0, 3], [6, 1], [12, 1], [18, 2], [
      24,
      6,
    ]]);
    checkRules(GRID, heads, parts);
  });

  it("puts the sound that is there into a part, and the rest into the next", () => {
    const { segmenter, parts, show } = open();
    segmenter.cut("run1");
    const first = FIRST / 30 * 48_000 / 1024;
    for (let index = 0; index < 7; index++) segmenter.sound(first + index, new Uint8Array(6));
    show(FIRST, FIRST + 6);
    show(FIRST + 6, FIRST + 12);
    for (let index = 7; index < 9; index++) segmenter.sound(first + index, new Uint8Array(6));
    show(FIRST + 12, FIRST + 18);
    assert.deepEqual(parts.map(({ sounds }) => sounds), [{ first, count: 7 }, null, { first: first + 7, count: 2 }]);
  });

  it("refuses what does not join", () => {
    const { segmenter, show } = open();
    segmenter.cut("run1");
    assert.throws(
      () => segmenter.picture(FIRST, false, [new Uint8Array(1)]),
      /Cannot begin segment \d+ with picture \d+: it is no key frame/,
    );
    show(FIRST, FIRST + 3);
    assert.throws(() => segmenter.picture(FIRST + 2, false, [new Uint8Array(1)]), /Cannot join picture \d+: \d+ came before/);
    show(FIRST + 3, FIRST + 6);
    assert.throws(() => segmenter.picture(FIRST + 5, false, [new Uint8Array(1)]), RangeError);
    show(FIRST + 6, FIRST + 30);
    assert.throws(() => segmenter.picture(FIRST + 30, false, [new Uint8Array(1)]), /it is no key frame/);
    segmenter.sound(10, new Uint8Array(1));
    assert.throws(() => segmenter.sound(12, new Uint8Array(1)), /Cannot join sound 12: 11 is next/);
  });

  const grids: [rate: number, partSeconds: number, segmentSeconds: number][] = [
    [25, 0.2, 1],
    [30, 0.2, 1.3],
    [24, 0.2, 2],
    [60, 0.2, 0.5],
    [30, 0.1, 1],
    [50, 0.33, 4],
    [10, 1, 1],
    [2, 0.2, 1],
    [1, 0.2, 2],
    [120, 0.2, 1],
  ];
  for (const [rate, partSeconds, segmentSeconds] of grids) {
    it(`keeps rules 9, 12, 13, 59 and 68 at ${rate} a second, parts of ${partSeconds} s, segments of ${segmentSeconds} s, whatever is left out or cut`, () => {
      const grid = createGrid({ rate, partSeconds, segmentSeconds });
      const place = fc.nat(grid.framesPerSegment - 1);
      const tick = fc.nat(4 * grid.framesPerSegment);
      fc.assert(
        fc.property(
          place,
          fc.array(tick, { maxLength: 80 }),
          fc.array(fc.tuple(tick, fc.boolean()), { maxLength: 4 }),
          (first, out, cuts) => {
            const base = grid.framesPerSegment * 1_000_000;
            const inits: Record<string, string> = {};
            const { segmenter, heads, parts } = open({ grid, inits });
            const isPartStart = (tick: number) => tick % grid.framesPerSegment % grid.framesPerPart === 0;
            segmenter.cut("run0");
            for (let at = first; at <= 4 * grid.framesPerSegment; at++) {
              const cut = cuts.findIndex(([tick]) => tick === at && at > first);
              if (cut >= 0) {
                const [, isSame] = cuts[cut]!;
                if (isSame) inits[`run${at}`] = heads.at(-1)!.initRuns[0]!;
                segmenter.cut(`run${at}`);
              } else if (out.includes(at) && !isPartStart(at) && at > first) continue;
              const isKey = at === first || cut >= 0 || at % grid.framesPerSegment === 0;
              segmenter.picture(base + at, isKey, [0, 1, 2].map(() => new Uint8Array(4)));
            }
            checkRules(grid, heads, parts);
            const seconds = parts.reduce((sum, part) => sum + part.durationSeconds, 0);
            assert.ok(
              Math.abs(seconds * rate - (4 * grid.framesPerSegment - first)) <= grid.framesPerPart,
              "all time is in a part, but for the open one",
            );
          },
        ),
        { numRuns: 60 },
      );
    });
  }
});
