import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import {
  close,
  isOnAir,
  letTimePass,
  type LifeWish,
  MOST_MISSED_MS,
  press,
  resumeLife,
  type ShowLife,
  WAITING,
} from "../../../media/life/show_life.ts";

const NOW_MS = 1_800_000_000_000;
const time = fc.option(fc.integer({ min: NOW_MS - 2 * MOST_MISSED_MS, max: NOW_MS + 2 * MOST_MISSED_MS }));
const wish: fc.Arbitrary<LifeWish> = fc.oneof(
  fc.constant({ state: "on_air" } as const),
  fc.constant({ state: "ended" } as const),
  fc.record({ state: fc.constant("paused" as const), backAtMs: time }),
  fc.record({ state: fc.constant("waiting" as const), startsAtMs: time, startsByItself: fc.boolean() }),
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("press" as const), wish }) },
  { weight: 2, arbitrary: fc.constant({ kind: "closed" } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 0, max: MOST_MISSED_MS }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart" as const), isStopped: fc.boolean() }) },
);

/** What any row of presses, times and restarts leads through. */
function* walk(steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[], isOffAir: boolean) {
  let life = resumeLife(null, { isOffAir });
  let nowMs = NOW_MS;
  for (const one of steps) {
    const before = life;
    let isRefused = false;
    switch (one.kind) {
      case "press": {
        const outcome = press(life, one.wish);
        isRefused = outcome.kind === "refused";
        if (outcome.kind === "moved") life = outcome.life;
        break;
      }
      case "closed":
        life = close(life);
        break;
      case "time":
        nowMs += one.ms;
        life = letTimePass(life, nowMs);
        break;
      case "restart":
        life = resumeLife({ life, isStopped: one.isStopped }, { isOffAir });
    }
    yield { step: one, before, after: life, isRefused, nowMs };
  }
}

describe("a show's life", () => {
  it("goes on air by a press, by a time that was set so, or by a server that begins on air, and by nothing else", () => {
    fc.assert(fc.property(fc.array(step), fc.boolean(), (steps, isOffAir) => {
      for (const { step, before, after, nowMs } of walk(steps, isOffAir)) {
        if (isOnAir(before) || !isOnAir(after)) continue;
        const byPress = step.kind === "press" && step.wish.state === "on_air";
        const byTime = step.kind === "time" && before.kind === "waiting" && before.startsByItself && before.startsAtMs! <= nowMs;
        const byStart = step.kind === "restart" && !isOffAir && step.isStopped;
        assert.ok(byPress || byTime || byStart, `${JSON.stringify(step)} in ${before.kind}`);
      }
    }));
  });

  it("leaves the air only through the closing card, or with the server that showed it", () => {
    fc.assert(fc.property(fc.array(step), fc.boolean(), (steps, isOffAir) => {
      for (const { step, before, after } of walk(steps, isOffAir)) {
        if (!isOnAir(before) || isOnAir(after)) continue;
        assert.equal(before.kind, "ending");
        assert.equal(after.kind, "ended");
        assert.ok(step.kind === "closed" || step.kind === "restart");
      }
    }));
  });

  it("goes on after a crash where it stood, and a show that was ending has ended", () => {
    fc.assert(fc.property(fc.array(step), fc.boolean(), (steps, isOffAir) => {
      const [last] = [...walk(steps, isOffAir)].slice(-1);
      const life = last?.after ?? WAITING;
      const next = resumeLife({ life, isStopped: false }, { isOffAir });
      if (life.kind === "ending") assert.equal(next.kind, "ended");
      else assert.deepEqual(next, life);
    }));
  });

  it("a refused press changes nothing, and the same press twice is the same as once", () => {
    fc.assert(fc.property(fc.array(step), fc.boolean(), (steps, isOffAir) => {
      for (const { step, before, after, isRefused } of walk(steps, isOffAir)) {
        if (isRefused) assert.equal(after, before);
        if (step.kind !== "press" || isRefused) continue;
        const again = press(after, step.wish);
        assert.ok(again.kind === "moved" && again.life === after);
      }
    }));
  });

  const refusals: [string, ShowLife, LifeWish, string][] = [
    ["pausing what has not begun", WAITING, { state: "paused", backAtMs: null }, "off_air"],
    ["pausing under the closing card", { kind: "ending" }, { state: "paused", backAtMs: null }, "off_air"],
    ["ending what has not begun", WAITING, { state: "ended" }, "off_air"],
    ["announcing during a show", { kind: "on_air" }, { state: "waiting", startsAtMs: null, startsByItself: false }, "on_air"],
  ];
  for (const [what, life, wish, reason] of refusals) {
    it(`refuses ${what}`, () => assert.deepEqual(press(life, wish), { kind: "refused", reason }));
  }

  it("whoever starts while the closing card stands goes on with the same show", () => {
    assert.deepEqual(press({ kind: "ending" }, { state: "on_air" }), { kind: "moved", life: { kind: "on_air" } });
  });

  it("a start that was missed by long waits for a press, and stays announced", () => {
    const life: ShowLife = { kind: "waiting", startsAtMs: NOW_MS, startsByItself: true };
    assert.equal(letTimePass(life, NOW_MS - 1), life);
    assert.equal(letTimePass(life, NOW_MS).kind, "on_air");
    assert.deepEqual(letTimePass(life, NOW_MS + MOST_MISSED_MS + 1), { ...life, startsByItself: false });
  });
});
