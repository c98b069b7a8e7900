import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { extentOf, followLevels } from "../../../static/studio/air/levels.ts";
import { createWish } from "../../../static/studio/air/wish.ts";
import type { Outcome } from "../../../static/studio/api.ts";
import type { LevelsAnswer } from "../../../routes/studio/schemas.ts";

const GRANTED = { kind: "answer", value: null } as const;

describe("a wish of the studio", () => {
  function open() {
    const sent: number[] = [];
    const answers: ((outcome: Outcome<unknown>) => void)[] = [];
    const outcomes: string[] = [];
    let nowMs = 0;
    const wish = createWish<number>({
      send: (value) => new Promise((answer) => (sent.push(value), answers.push(answer))),
      onChange() {},
      onAnswer: ({ kind }) => outcomes.push(kind),
      now: () => nowMs,
    });
    wish.learn(1, nowMs);
    return { wish, sent, answers, outcomes, advance: (ms: number) => nowMs += ms };
  }

  it("is shown at once, sent one at a time, and of those wished meanwhile only the newest", async () => {
    const { wish, sent, answers } = open();
    const done = wish.set(2);
    for (const value of [3, 4, 5]) void wish.set(value);
    assert.deepEqual([wish.value, sent], [5, [2]]);
    answers[0]!(GRANTED);
    while (sent.length < 2) await Promise.resolve();
    answers[1]!(GRANTED);
    await done;
    assert.deepEqual([wish.value, sent], [5, [2, 5]]);
  });

  it("is taken back where the server refuses", async () => {
    const { wish, answers, outcomes } = open();
    const done = wish.set(2);
    answers[0]!({ kind: "unreachable" });
    await done;
    assert.deepEqual([wish.value, outcomes], [1, ["unreachable"]]);
  });

  it("does not believe what was asked before it was answered", async () => {
    const { wish, answers, advance } = open();
    const done = wish.set(2);
    advance(10);
    wish.learn(1, 10);
    answers[0]!(GRANTED);
    await done;
    wish.learn(1, 5);
    assert.equal(wish.value, 2);
    wish.learn(3, 11);
    assert.equal(wish.value, 3);
  });
});

describe("the levels", () => {
  it("are asked for only while somebody looks, one question at a time, and known no more when nobody answers", async () => {
    const answers: ((outcome: Outcome<LevelsAnswer>) => void)[] = [];
    const shown: (LevelsAnswer | null)[] = [];
    let isLookedAt = false;
    let tick = () => {};
    followLevels({
      ask: () => new Promise((answer) => answers.push(answer)),
      isLookedAt: () => isLookedAt,
      show: (levels) => shown.push(levels),
      every: (callback) => {
        tick = callback;
        return () => {};
      },
    });
    tick();
    assert.equal(answers.length, 0);
    isLookedAt = true;
    for (let times = 0; times < 3; times++) tick();
    assert.equal(answers.length, 1);
    const levels = { mix: { peak: 0.5, rms: 0.1 }, sources: [] };
    answers[0]!({ kind: "answer", value: levels });
    while (shown.length < 1) await Promise.resolve();
    tick();
    assert.equal(answers.length, 2);
    answers[1]!({ kind: "unreachable" });
    while (shown.length < 2) await Promise.resolve();
    assert.deepEqual(shown, [levels, null]);
  });

  it("go over the meter evenly in decibels", () => {
    assert.deepEqual([0, 0.001, 1, 1.7].map((peak) => Number(extentOf(peak).toFixed(6))), [0, 0, 1, 1]);
    assert.ok(Math.abs(extentOf(0.1) - 2 / 3) < 1e-9);
  });
});
