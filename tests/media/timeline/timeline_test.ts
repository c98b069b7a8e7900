import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createSegmenter } from "../../../media/hls/segmenter.ts";
import { createGrid, type Grid } from "../../../media/timeline/grid.ts";
import type { Slate } from "../../../media/timeline/slate.ts";
import { createTimeline } from "../../../media/timeline/timeline.ts";

const GRID = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
/** 10 ticks into a segment. */
const FIRST = 53_700_000_010;

interface Placed {
  readonly tick: number;
  readonly source: string;
  readonly isKey: boolean;
  /** For a picture of the slate its place in the loop. */
  readonly loopAt: number | null;
  /** The due tick when it was placed. */
  readonly dueTick: number;
}

function createSlate(grid: Grid): { slate: Slate; placeOf: (data: Uint8Array) => number | null } {
  const loop: Uint8Array[] = Array.from({ length: grid.framesPerSegment }, (_, at) => Uint8Array.of(at));
  return {
    slate: { pictures: [loop, loop, loop], silence: Uint8Array.of(0) },
    placeOf: (data) => loop.includes(data) ? loop.indexOf(data) : null,
  };
}

/** A timeline that has begun, with the segmenter behind it, which throws at what does not join. */
function open(o: { grid?: Grid; first?: number; hasSlate?: boolean } = {}) {
  const { grid = GRID, first = FIRST, hasSlate = true } = o;
  const { slate, placeOf } = createSlate(grid);
  const placed: Placed[] = [];
  const sounds: { index: number; isSilence: boolean }[] = [];
  const cuts: string[] = [];
  let dueTick = first;
  let stints = 0;
  const segmenter = createSegmenter({
    grid,
    firstMsn: (tick) => Math.floor(tick / grid.framesPerSegment),
    // Stints of the slate have the inits of the runs that begin with "a".
    initRuns: (source) => [0, 1, 2].map(() => source.startsWith("b") ? "b" : "a"),
    dueMs: (tick) => tick,
    onClosed: () => {},
    sink: { announce() {}, publish() {}, close() {} },
  });
  const timeline = createTimeline({
    grid,
    newStint: () => `slate${stints++}`,
    sink: {
      cut(source) {
        cuts.push(source);
        segmenter.cut(source);
      },
      picture(tick, isKey, pictures) {
        placed.push({ tick, isKey, source: cuts.at(-1)!, loopAt: placeOf(pictures[0]!), dueTick });
        segmenter.picture(tick, isKey, pictures);
      },
      sound(index, data) {
        sounds.push({ index, isSilence: data === slate.silence });
        segmenter.sound(index, data);
      },
    },
  });
  timeline.begin(first);
  if (hasSlate) timeline.setSlate(slate);
  /** So many ticks become due. */
  function pass(ticks: number): void {
    for (let at = 0; at < ticks; at++) timeline.cover(++dueTick);
  }
  function row(run: string, tick: number, isKey: boolean): void {
    timeline.addPicture(run, tick, isKey, [0, 1, 2].map(() => Uint8Array.of(99)));
  }
  /** All sound up to a tick. */
  function hear(tick: number): void {
    const until = Math.floor(tick * 48_000 / 1024 / grid.rate);
    while (timeline.nextSound! < until) timeline.addSound(timeline.nextSound!, Uint8Array.of(1));
  }
  /** A prompt run, for so long. */
  function play(run: string, ticks: number, isFresh = false): void {
    for (let at = 0; at < ticks; at++) {
      row(run, dueTick, (isFresh && at === 0) || dueTick % grid.framesPerSegment === 0);
      hear(dueTick);
      pass(1);
    }
  }
  const sources = () => placed.map(({ source }) => source).filter((source, at, all) => source !== all[at - 1]);
  return { timeline, placed, sounds, due: () => dueTick, pass, row, play, sources };
}

/** What holds for whatever has happened once there is a slate. */
function checkPlaced(grid: Grid, placed: readonly Placed[], sounds: readonly { index: number }[]): void {
  const isPartStart = (tick: number) => tick % grid.framesPerSegment % grid.framesPerPart === 0;
  let stintSince = 0;
  for (const [at, one] of placed.entries()) {
    const before = placed[at - 1];
    assert.ok(one.tick <= one.dueTick, "nothing is placed before it is due");
    if (before) assert.ok(one.tick > before.tick, `tick ${one.tick} is placed after ${before.tick}`);
    for (let tick = (before?.tick ?? one.tick) + 1; tick < one.tick; tick++) {
      assert.ok(!isPartStart(tick), `the part that begins with tick ${tick} has no picture of its own`);
    }
    if (one.source !== before?.source) {
      assert.ok(one.isKey, `${one.source} begins with no key picture`);
      stintSince = one.tick;
    }
    if (one.loopAt !== null) {
      const since = Math.max(stintSince, one.tick - one.tick % grid.framesPerSegment);
      assert.equal(one.loopAt, one.tick - since, "the slate's loop begins with its stint and with each segment");
      assert.equal(one.isKey, one.loopAt === 0);
      if (one.source === before?.source) assert.equal(one.tick, before.tick + 1, "the slate leaves no tick out");
    }
  }
  for (const [at, { index }] of sounds.entries()) if (at > 0) assert.equal(index, sounds[at - 1]!.index + 1, "sound has no hole");
}

describe("the timeline", () => {
  it("places what comes in order, and the sound on its own blocks", () => {
    const { timeline, placed, sounds, play, sources } = open();
    assert.deepEqual([timeline.nextTick, timeline.nextSound, timeline.source], [FIRST, Math.round(FIRST * 1.5625), null]);
    play("a", 60, true);
    assert.deepEqual(placed.map(({ tick }) => tick), Array.from({ length: 60 }, (_, at) => FIRST + at));
    assert.deepEqual([sources(), timeline.isSlate, timeline.nextTick, sounds.at(-1)!.isSilence], [["a"], false, FIRST + 60, false]);
    checkPlaced(GRID, placed, sounds);
  });

  it("knows of nothing before it has begun", () => {
    const nothing = () => assert.fail("it was placed");
    const timeline = createTimeline({
      grid: GRID,
      newStint: () => "s",
      sink: { cut: nothing, picture: nothing, sound: nothing },
    });
    timeline.setSlate(createSlate(GRID).slate);
    timeline.addPicture("a", 3, true, []);
    timeline.addSound(3, new Uint8Array(1));
    timeline.cover(1000);
    assert.deepEqual([timeline.nextTick, timeline.nextSound], [null, null]);
  });

  it("lets an encoder that is being started have three seconds, then begins with the slate, which makes nothing up", () => {
    const { placed, pass, sources } = open();
    pass(89);
    assert.equal(placed.length, 0);
    pass(1);
    assert.deepEqual([sources(), placed.length], [["slate0"], 1]);
    assert.ok(placed[0]!.tick > FIRST + 80, `${placed[0]!.tick - FIRST}`);
    checkPlaced(GRID, placed, []);
  });

  it("leaves a hiccup of 0.66 s alone", () => {
    const { placed, pass, row, play, sources, due } = open();
    play("a", 30, true);
    const from = due();
    pass(20);
    for (let tick = from; tick < due(); tick++) row("a", tick, tick % 30 === 0);
    assert.deepEqual(sources(), ["a"]);
    checkPlaced(GRID, placed, []);
  });

  it("covers what has been missing for 0.7 s, and stays 0.25 s behind what is due while it must", () => {
    const { timeline, placed, sounds, pass, play, sources, due } = open();
    play("a", 30, true);
    pass(19);
    assert.equal(timeline.isSlate, false);
    pass(3);
    assert.deepEqual([sources(), timeline.isSlate], [["a", "slate0"], true]);
    for (let tick = 0; tick < 200; tick++) {
      pass(1);
      const behind = due() - timeline.nextTick!;
      assert.ok(behind >= 6 && behind <= 8, `${behind} ticks behind`);
      const soundBehind = timeline.nextTick! * 1.5625 - timeline.nextSound!;
      assert.ok(soundBehind <= 0.7 * 46.875 + 2, `${soundBehind} blocks behind`);
    }
    checkPlaced(GRID, placed, sounds);
  });

  it("joins a run after a cover with a key picture only, and drops what is for filled places", () => {
    const { placed, pass, row, play, sources, due } = open();
    play("a", 30, true);
    pass(40);
    const next = () => placed.at(-1)!.tick + 1;
    row("a", next() - 3, true);
    row("a", next(), false);
    row("a", next() + 1, false);
    assert.deepEqual(sources(), ["a", "slate0"]);
    row("a1", next(), true);
    row("a", next(), false);
    row("a1", next(), false);
    row("a1", next() + 1, false);
    assert.deepEqual(sources(), ["a", "slate0", "a1"]);
    assert.equal(placed.at(-1)!.tick - placed.findLast(({ source }) => source === "slate0")!.tick, 4);
    assert.ok(placed.at(-1)!.tick < due());
    checkPlaced(GRID, placed, []);
  });

  it("finds the place of a prompt run's key picture free: it covers no segment's start that is less than 0.25 s old", () => {
    const { placed, pass, row, play, sources, due } = open();
    play("a", 30, true);
    while ((due() - 5) % 30 !== 0) pass(1);
    pass(30);
    row("a1", due() - 5, true);
    assert.deepEqual(sources(), ["a", "slate0", "a1"]);
    assert.equal(placed.at(-1)!.tick, due() - 5);
    checkPlaced(GRID, placed, []);
  });

  it("lets a picture stand over ticks that were left out, never into the next part: there the slate takes over until a key picture", () => {
    const { placed, row, play, sources, due } = open();
    play("a", 30, true); // ten ticks into a segment: parts begin at 12 and 18
    row("a", due() + 1, false);
    assert.equal(sources().length, 1);
    row("a", due() + 3, false);
    assert.deepEqual(sources(), ["a", "slate0"]);
    assert.equal(placed.at(-1)!.tick, due() + 3);
    row("a", due() + 4, false);
    assert.equal(placed.at(-1)!.tick, due() + 3);
    row("a1", due() + 4, true);
    assert.deepEqual(sources(), ["a", "slate0", "a1"]);
  });

  it("goes from one run to the next at a key picture, without the slate", () => {
    const { timeline, placed, row, play, pass, sources, due } = open();
    play("a", 15, true);
    const from = due();
    pass(6);
    row("a", from, false);
    row("b", from + 1, true);
    row("b", from + 2, false);
    row("a", from + 3, false);
    assert.deepEqual([sources(), timeline.source], [["a", "b"], "b"]);
    checkPlaced(GRID, placed, []);
  });

  it("fills sound that does not come with silence, 0.7 s behind its picture, up to 0.25 s", () => {
    const { timeline, sounds, pass, row, due } = open();
    for (let tick = 0; tick < 300; tick++) {
      row("a", due(), tick === 0 || due() % 30 === 0);
      pass(1);
      const behindMs = (timeline.nextTick! * 1.5625 - timeline.nextSound!) * 1024 / 48;
      assert.ok(behindMs < 700 + 2 * 22 + 34, `${behindMs} ms behind`);
    }
    assert.ok(sounds.length > 400 && sounds.every(({ isSilence }) => isSilence));
    const index = timeline.nextSound!;
    timeline.addSound(index - 1, Uint8Array.of(1));
    timeline.addSound(index + 2, Uint8Array.of(1));
    assert.deepEqual(sounds.slice(-3).map((sound) => [sound.index - index, sound.isSilence]), [[0, true], [1, true], [2, false]]);
    checkPlaced(GRID, [], sounds);
  });

  it("shows a new slate as a stint of its own", () => {
    const { timeline, placed, pass, play, sources } = open();
    play("a", 30, true);
    pass(40);
    timeline.setSlate(createSlate(GRID).slate);
    pass(40);
    assert.deepEqual(sources(), ["a", "slate0", "slate1"]);
    assert.ok(placed.findLast(({ source }) => source === "slate1"));
  });

  it("without a slate waits for a key picture where a segment's first picture is missing", () => {
    const { placed, pass, row, play, sources, due } = open({ hasSlate: false });
    play("a", 30, true);
    pass(25);
    row("a", due() - 10, false); // nothing of the next segment yet
    row("a", due() - 3, false);
    row("a", due() - 2, false);
    assert.deepEqual([sources(), placed.length], [["a"], 31]);
    row("a1", due() - 1, true);
    row("a", due(), false);
    row("a1", due(), false);
    assert.deepEqual([sources(), placed.length], [["a", "a1"], 33]);
  });

  type Step =
    | { readonly do: "pass"; readonly n: number }
    | { readonly do: "rows"; readonly run: number; readonly n: number; readonly out: number }
    | { readonly do: "start"; readonly run: number; readonly n: number }
    | { readonly do: "late"; readonly run: number; readonly n: number }
    | { readonly do: "sound"; readonly n: number; readonly lost: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("pass" as const), n: fc.nat(40) }) },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("rows" as const), run: fc.nat(2), n: fc.nat(40), out: fc.integer({ min: 0, max: 0xffff }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("start" as const), run: fc.nat(2), n: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("late" as const), run: fc.nat(2), n: fc.nat(60) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("sound" as const), n: fc.nat(60), lost: fc.nat(5) }) },
  );

  const grids: Parameters<typeof createGrid>[0][] = [
    { rate: 30, partSeconds: 0.2, segmentSeconds: 1 },
    { rate: 24, partSeconds: 0.2, segmentSeconds: 2 },
    { rate: 2, partSeconds: 0.2, segmentSeconds: 1 },
    { rate: 60, partSeconds: 0.1, segmentSeconds: 0.5 },
  ];
  for (const wish of grids) {
    it(`rises, leaves no part without a picture of its own and no hole in the sound, whatever comes (${wish.rate} a second)`, () => {
      const grid = createGrid(wish);
      fc.assert(
        fc.property(fc.nat(grid.framesPerSegment - 1), fc.array(step, { maxLength: 60 }), (place, steps) => {
          const first = grid.framesPerSegment * 1_000_000 + place;
          const { timeline, placed, sounds, pass, row, due } = open({ grid, first });
          const runs = [0, 1, 2].map((at) => ({ id: `${"aba"[at]}${at}`, lives: 0, next: first, isFresh: true }));
          for (const step of steps) {
            if (step.do === "pass") {
              pass(step.n);
              const behind = due() - timeline.nextTick!;
              assert.ok(behind < 3 * grid.rate, `${behind} ticks behind`);
              if (timeline.source !== null && step.n > 0) assert.ok(behind < 0.7 * grid.rate + 1, `${behind} ticks behind`);
            } else if (step.do === "start") {
              const run = runs[step.run]!;
              Object.assign(run, {
                id: `${run.id[0]}${step.run}x${++run.lives}`,
                next: Math.min(due(), timeline.nextTick! + step.n),
                isFresh: true,
              });
            } else if (step.do === "rows") {
              const run = runs[step.run]!;
              for (let at = 0; at < step.n && run.next <= due(); at++, run.next++) {
                const isSegment = run.next % grid.framesPerSegment === 0;
                if (!isSegment && !run.isFresh && step.out >> at % 16 & 1) continue;
                row(run.id, run.next, isSegment || run.isFresh);
                run.isFresh = false;
              }
            } else if (step.do === "late") row(runs[step.run]!.id, timeline.nextTick! - 1 - step.n, step.n % 2 === 0);
            else {
              const cursor = Math.floor(due() * 48_000 / 1024 / grid.rate) - 2;
              let index = timeline.nextSound! + step.lost;
              for (let at = 0; at < step.n && index < cursor; at++) timeline.addSound(index++, Uint8Array.of(1));
            }
          }
          checkPlaced(grid, placed, sounds);
          for (const { source, isKey } of placed.filter(({ source }, at) => placed[at - 1]?.source !== source)) assert.ok(isKey, source);
        }),
        { numRuns: 300 },
      );
    });
  }
});
