import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Motion, MOTION_AT_START, MOTION_THRESHOLD, standStill, takeSample } from "../../../media/audience/motion.ts";
import type { MotionSample } from "../../../media/audience/motion_samples.ts";
import { type Clip, GESTURES, loadSamples, ROOM, SLOW_ROOM, type Stretch } from "./motion_clips.ts";

const MOVING = 0.05;
const STILL = 0.001;
const LOW: Motion = { ...MOTION_AT_START, score: 1, pick: "lq" };

/** `count` samples of one kind, from the time of the motion so far. */
function feed(motion: Motion, o: { share: number | ((index: number) => number); seconds: number; rate?: number }): Motion {
  const rate = o.rate ?? 10;
  const start = motion.timeSeconds ?? 0;
  let now = motion.timeSeconds === null ? { ...motion, timeSeconds: start } : motion;
  for (let index = 1; index <= Math.round(o.seconds * rate); index++) {
    const changedShare = typeof o.share === "number" ? o.share : o.share(index);
    now = takeSample(now, { timeSeconds: start + index / rate, changedShare });
  }
  return now;
}

function about(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} instead of ${expected}`);
}

describe("the motion score", () => {
  it("starts at 50 and picks MQ", () => {
    assert.deepEqual([MOTION_AT_START.score, MOTION_AT_START.pick], [50, "mq"]);
  });
  it("gains 57 points a second while the picture moves and loses 30 while it is still", () => {
    about(feed(LOW, { share: MOVING, seconds: 1 }).score, 58);
    about(feed(MOTION_AT_START, { share: STILL, seconds: 1 }).score, 20);
  });
  it("goes by seconds, whatever the sampling rate", () => {
    for (const rate of [1, 3, 10, 30]) {
      about(feed(LOW, { share: MOVING, seconds: 1, rate }).score, 58);
      about(feed(MOTION_AT_START, { share: STILL, seconds: 1, rate }).score, 20);
    }
  });
  it("takes 67 for HQ and 34 for MQ, and a few points less to keep them", () => {
    const at = (score: number, pick: Motion["pick"], changedShare: number) =>
      takeSample({ ...MOTION_AT_START, timeSeconds: 0, score, pick }, { timeSeconds: 0, changedShare }).pick;
    assert.deepEqual([66.9, 67].map((score) => at(score, "mq", MOVING)), ["mq", "hq"]);
    assert.deepEqual([63, 62.9].map((score) => at(score, "hq", STILL)), ["hq", "mq"]);
    assert.deepEqual([33.9, 34].map((score) => at(score, "lq", MOVING)), ["lq", "mq"]);
    assert.deepEqual([30, 29.9].map((score) => at(score, "mq", STILL)), ["mq", "lq"]);
  });
  it("counts a scene cut as one moving sample, whatever follows it", () => {
    for (const around of [0, STILL]) {
      const before = feed(LOW, { share: around, seconds: 5 });
      const cut = takeSample(before, { timeSeconds: before.timeSeconds! + 0.1, changedShare: 1 });
      about(cut.score, 1 + 5.7);
      assert.equal(feed(cut, { share: around, seconds: 1 }).score, 1);
    }
  });
  it("stays below MQ in a slide show that cuts every other second", () => {
    let motion = LOW;
    for (let second = 0; second < 60; second += 2) {
      motion = feed(motion, { share: (index) => index === 1 ? 0.9 : 0, seconds: 2 });
      assert.equal(motion.pick, "lq");
    }
  });
  it("takes the repeats of a slow source for what is around them", () => {
    for (const every of [2, 3, 5]) {
      const moving = feed(LOW, { share: (index) => index % every === 1 ? MOVING : 0, seconds: 3 });
      assert.equal(moving.score >= 95, true, `a picture in ${every} samples: ${moving.score}`);
      assert.equal(feed(MOTION_AT_START, { share: (index) => index % every === 1 ? STILL : 0, seconds: 3 }).score, 1);
    }
  });
  it("falls within half a second of the last change as if it had been still all along", () => {
    const moving = feed(LOW, { share: MOVING, seconds: 3 });
    assert.equal(feed(moving, { share: 0, seconds: 0.4 }).score, 100);
    about(feed(moving, { share: 0, seconds: 0.5 }).score, 85);
    assert.equal(feed(moving, { share: 0, seconds: 0.5 }).isMoving, false);
  });
  it("goes on where it was when the next run counts from 0 again", () => {
    const moving = feed(LOW, { share: MOVING, seconds: 1 });
    const next = takeSample(moving, { timeSeconds: 0.1, changedShare: MOVING });
    about(next.score, 58);
    about(takeSample(next, { timeSeconds: 0.2, changedShare: MOVING }).score, 58 + 5.7);
  });
  it("counts no more than two seconds of a gap in the samples", () => {
    const still = feed(MOTION_AT_START, { share: STILL, seconds: 0.1 });
    assert.equal(takeSample({ ...still, score: 90 }, { timeSeconds: 1000, changedShare: STILL }).score, 30);
  });
  it("falls while the slate stands", () => {
    const moving = feed(LOW, { share: MOVING, seconds: 3 });
    const slate = standStill(moving, 2);
    assert.deepEqual([slate.score, slate.pick, slate.isMoving], [40, "mq", false]);
    about(takeSample(slate, { timeSeconds: 7, changedShare: MOVING }).score, 40);
  });
  it("stays within 1 and 100, and its pick never strays from its score by more than the slack", () => {
    const samples = fc.array(
      fc.record({
        step: fc.double({ min: -1, max: 3, noNaN: true }),
        share: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
      }),
    );
    fc.assert(fc.property(samples, (steps) => {
      let motion = MOTION_AT_START;
      let timeSeconds = 0;
      for (const { step, share } of steps) {
        timeSeconds = Math.max(0, timeSeconds + step);
        motion = takeSample(motion, { timeSeconds, changedShare: share });
        assert.ok(motion.score >= 1 && motion.score <= 100);
        const least = { hq: 63, mq: 30, lq: 1 }[motion.pick];
        const below = { hq: 101, mq: 67, lq: 34 }[motion.pick];
        assert.ok(motion.score >= least && motion.score < below);
      }
    }));
  });
});

describe("the motion of real footage", () => {
  for (const clip of [ROOM, SLOW_ROOM]) {
    it(`${clip.name}: HQ in each segment that opens 1.5 s after motion starts, until it stops`, async () => {
      const pickAt = await follow(clip);
      for (const [from, to] of clip.moving) {
        for (const second of openings(from + 1.5, to)) assert.equal(pickAt(second), "hq", `at ${second}`);
        // Opened just after the motion stopped, it may still be the first of 1.5 s.
        if (to - from < 2.5) { for (const second of openings(to, from + 2.5)) assert.equal(pickAt(second), "hq", `at ${second}`); }
      }
    });
    it(`${clip.name}: not HQ 2.5 s after motion stops, LQ 3.5 s after`, async () => {
      const pickAt = await follow(clip);
      for (const { stop, until } of calms(clip)) {
        for (const second of openings(stop + 2.5, until)) assert.notEqual(pickAt(second), "hq", `at ${second}`);
        for (const second of openings(stop + 3.5, until)) assert.equal(pickAt(second), "lq", `at ${second}`);
      }
    });
    it(`${clip.name}: no HQ in a still stretch after its third second`, async () => {
      const pickAt = await follow(clip);
      for (const [from, to] of clip.still) {
        for (const second of openings(from + 3, to)) assert.notEqual(pickAt(second), "hq", `at ${second}`);
      }
    });
    it(`${clip.name}: counts as moving where it was labelled so, and not where it was labelled still`, async () => {
      const { moving, still } = await rate(clip);
      assert.ok(moving > 0.95, `moving: ${moving}`);
      assert.ok(still < 0.01, `still: ${still}`);
    });
  }
  it("gestures before a webcam count as motion, and the rests between them do not", async () => {
    for (const clip of GESTURES) {
      const { moving, still } = await rate(clip);
      assert.ok(moving > 0.9, `${clip.name}, moving: ${moving}`);
      if (clip.still.length > 0) assert.ok(still < 0.2, `${clip.name}, still: ${still}`);
    }
  });
  it("gestures pick HQ 1.5 s after they start, where they last so long", async () => {
    for (const clip of GESTURES) {
      const pickAt = await follow(clip);
      for (const [from, to] of clip.moving) {
        for (const second of openings(from + 1.5, to)) assert.equal(pickAt(second), "hq", `${clip.name} at ${second}`);
      }
    }
  });
});

/** The pick when a segment opens at a time: whole samples that were there by then. */
async function follow(clip: Clip): Promise<(second: number) => string> {
  const picks: string[] = [MOTION_AT_START.pick];
  let motion = MOTION_AT_START;
  for (const sample of await loadSamples(clip)) {
    motion = takeSample(motion, sample);
    picks.push(motion.pick);
  }
  return (second) => picks[Math.floor(second * 10 + 1e-6)]!;
}

/** Wherever the grid of segments may stand: each tenth of a second. */
function* openings(from: number, to: number): Iterable<number> {
  for (let tenth = Math.ceil(from * 10 - 1e-6); tenth <= to * 10 + 1e-6; tenth++) yield tenth / 10;
}

/** From where motion stops to the end of the still stretch after it, if one follows. */
function calms({ moving, still }: Clip): { stop: number; until: number }[] {
  return moving.flatMap(([, stop]) => {
    const rest = still.find(([from]) => from >= stop && from - stop < 1.5);
    return rest === undefined ? [] : [{ stop, until: rest[1] }];
  });
}

async function rate(clip: Clip): Promise<{ moving: number; still: number }> {
  const samples = await loadSamples(clip);
  let motion = MOTION_AT_START;
  const flags = samples.map((sample): [MotionSample, boolean] => {
    motion = takeSample(motion, sample);
    return [sample, motion.isMoving];
  });
  const share = (stretches: readonly Stretch[]) => {
    const inside = flags.filter(([{ timeSeconds }]) =>
      stretches.some(([from, to]) => timeSeconds > from + 0.09 && timeSeconds < to + 0.01)
    );
    return inside.filter(([, isMoving]) => isMoving).length / inside.length;
  };
  return { moving: share(clip.moving), still: share(clip.still) };
}

describe("the threshold", () => {
  it("can be set", () => {
    const sample = { timeSeconds: 0, changedShare: 0.02 };
    assert.equal(takeSample(MOTION_AT_START, sample, 0.03).isMoving, false);
    assert.equal(takeSample(MOTION_AT_START, sample, MOTION_THRESHOLD).isMoving, true);
  });
});
