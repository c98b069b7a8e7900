import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { createWakeup, RELEASED_PER_TURN } from "../../../media/hls/wakeup.ts";

describe("wakeup", () => {
  it("wakes everybody who waits, and nobody who comes later", async () => {
    const { wakeup } = create();
    const early = [wakeup.wait(1000), wakeup.wait(2000)];
    wakeup.wakeAll();
    const late = wakeup.wait(1000);
    assert.deepEqual(await Promise.all(early), ["woken", "woken"]);
    assert.equal(wakeup.waiting, 1);
    wakeup.wakeAll();
    assert.equal(await late, "woken");
    assert.equal(wakeup.waiting, 0);
  });

  it("lets nobody go before the turn of the wake is over", async () => {
    const { wakeup } = create();
    let isWoken = false;
    const waiting = wakeup.wait(1000).then(() => isWoken = true);
    wakeup.wakeAll();
    await Promise.resolve();
    assert.equal(isWoken, false);
    await waiting;
  });

  it("lets go in groups, one a turn, in the order of their coming, also when wakes overlap", async () => {
    const { wakeup } = create();
    const order: number[] = [];
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 2 * RELEASED_PER_TURN + 10; i += 1) {
      all.push(wakeup.wait(1000).then(() => order.push(i)));
      if (i === RELEASED_PER_TURN) wakeup.wakeAll();
    }
    wakeup.wakeAll();
    const countsByTurn: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      countsByTurn.push(order.length);
    }
    await Promise.all(all);
    assert.deepEqual(order, all.map((_, i) => i));
    countsByTurn.reduce((before, count) => {
      assert.ok(count - before <= RELEASED_PER_TURN, `${count - before} in one turn`);
      return count;
    }, 0);
  });

  it("ends each wait at its own limit with one timer", async () => {
    const { wakeup, clock } = create();
    const ended: string[] = [];
    const waits = [300, 100, 200].map((untilMs) => wakeup.wait(untilMs).then((outcome) => ended.push(`${untilMs} ${outcome}`)));
    assert.equal(clock.armed(), 1);
    await clock.advanceTo(99);
    assert.deepEqual(ended, []);
    await clock.advanceTo(200);
    assert.deepEqual(ended, ["100 timeout", "200 timeout"]);
    assert.equal(clock.armed(), 1);
    wakeup.wakeAll();
    await Promise.all(waits);
    assert.deepEqual(ended.at(-1), "300 woken");
    assert.equal(clock.armed(), 0);
  });

  it("does not wait for a moment that has passed, nor for one that is no number", async () => {
    const { wakeup, clock } = create();
    assert.equal(await wakeup.wait(0), "timeout");
    assert.equal(await wakeup.wait(NaN), "timeout");
    assert.equal(clock.armed(), 0);
  });

  it("ends a wait with the system's own timer", async () => {
    const wakeup = createWakeup({ now: () => performance.now() });
    assert.equal(await wakeup.wait(performance.now() + 5), "timeout");
  });
});

function create() {
  let nowMs = 0;
  const timers = new Map<number, { atMs: number; callback: () => void }>();
  let nextId = 0;
  const wakeup = createWakeup({
    now: () => nowMs,
    setTimer(callback, delayMs) {
      const id = nextId++;
      timers.set(id, { atMs: nowMs + delayMs, callback });
      return () => timers.delete(id);
    },
  });
  const clock = {
    armed: () => timers.size,
    async advanceTo(toMs: number) {
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.atMs <= toMs).sort((a, b) => a[1].atMs - b[1].atMs)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        nowMs = due[1].atMs;
        due[1].callback();
        await Promise.resolve();
      }
      nowMs = toMs;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return { wakeup, clock };
}
