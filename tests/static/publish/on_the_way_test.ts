import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createOnTheWay } from "../../../static/publish/send/on_the_way.ts";

describe("what is on the way to the server", () => {
  it("is late by what it takes longer than the shortest way, and not at all when all of it has arrived", () => {
    const way = createOnTheWay();
    way.sent(1, 1000, 0);
    way.heard(1, false, 80);
    way.sent(2, 1000, 100);
    assert.deepEqual([way.lateMs(150), way.lateMs(230)], [0, 50]);
    way.heard(2, false, 230);
    for (const [number, atMs] of [[3, 300], [4, 700]] as const) way.sent(number, 1000, atMs);
    assert.deepEqual([way.lateMs(900), way.oldestMs(900)], [520, 600]);
    way.heard(3, false, 1000);
    assert.deepEqual([way.lateMs(1000), way.oldestMs(1000)], [220, 300]);
    way.heard(4, false, 1300);
    assert.deepEqual([way.lateMs(5000), way.oldestMs(5000)], [0, 0]);
  });

  it("will take as long as the way takes for it, as its speed was seen", () => {
    const way = createOnTheWay();
    way.sent(1, 100, 0);
    way.heard(1, false, 20);
    for (let number = 2; number < 6; number++) {
      way.sent(number, 39_000, number * 400);
      way.heard(number, false, number * 400 + 20 + 312);
    }
    way.sent(6, 39_000, 2400);
    assert.equal(Math.round(way.queuedMs()), 312);
    way.sent(7, 39_000, 2466);
    assert.equal(Math.round(way.queuedMs()), 624);
  });

  it("will not take long because of one large picture on a wide way, however little was sent before", () => {
    const way = createOnTheWay();
    for (let number = 1; number < 60; number++) {
      way.sent(number, 3000, number * 33);
      way.heard(number, false, number * 33 + 20 + number % 3);
    }
    way.sent(60, 150_000, 1980);
    assert.ok(way.queuedMs() < 100, `${way.queuedMs()}`);
  });

  it("has a rate, of what was heard in the last second", () => {
    const way = createOnTheWay();
    for (let number = 0; number < 60; number++) {
      way.sent(number, 1250, number * 100);
      way.heard(number, false, number * 100 + 50);
    }
    assert.equal(Math.round(way.heardBitsPerSecond(59 * 100 + 50)! / 1000), 100);
    assert.equal(createOnTheWay().heardBitsPerSecond(0), null);
  });

  it("is held for as long as the server has just said so, and all is forgotten on a new connection", () => {
    const way = createOnTheWay();
    way.sent(1, 10, 0);
    way.heard(1, true, 100);
    assert.deepEqual([way.isHeld(300), way.isHeld(500)], [true, false]);
    way.sent(2, 10, 100);
    way.restart();
    assert.deepEqual([way.isHeld(101), way.oldestMs(900), way.lateMs(900)], [false, 0, 0]);
    way.heard(2, false, 1000);
    assert.equal(way.lateMs(1000), 0);
  });
});
