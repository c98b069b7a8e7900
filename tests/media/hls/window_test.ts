import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Part } from "../../../media/hls/segment.ts";
import { createShow } from "./synthetic_show.ts";

describe("window", () => {
  it("hints part 0 of an announced segment and each following part as soon as the one before is there", () => {
    const { window, publishPart } = createShow();
    assert.deepEqual([window.upcoming?.msn, window.upcoming?.part, window.last()], [100, 0, null]);
    publishPart();
    assert.deepEqual([window.upcoming?.msn, window.upcoming?.part, window.last()], [100, 1, { msn: 100, part: 0 }]);
    for (let i = 0; i < 4; i += 1) publishPart();
    assert.deepEqual([window.upcoming?.msn, window.upcoming?.part, window.last()], [101, 0, { msn: 100, part: 4 }]);
    assert.equal(window.find(100)?.isClosed, true);
    assert.ok(Math.abs(window.find(100)!.durationSeconds - 1) < 1e-9);
  });

  it("counts a version for every change", () => {
    const { window, publishPart } = createShow();
    const before = window.version;
    publishPart();
    assert.equal(window.version, before + 1);
  });

  it("keeps closed segments and parts as the same objects and never changes what somebody holds", () => {
    const show = createShow();
    show.publishPart();
    const open = show.window.find(100)!;
    const list = show.window.segments;
    show.publishSegments(1);
    const closed = show.window.find(100)!;
    assert.equal(open.parts.length, 1);
    assert.equal(open.isClosed, false);
    assert.equal(list.length, 1);
    assert.equal(closed.parts[0], open.parts[0]);
    show.publishSegments(3);
    assert.equal(show.window.find(100), closed);
    assert.throws(() => (closed.parts as Part[]).push(closed.parts[0]!), TypeError);
  });

  it("keeps its seconds of closed segments beside the open one and lets go of the oldest", () => {
    const show = createShow({ keepSeconds: 10 });
    show.publishSegments(30);
    show.publishPart();
    assert.deepEqual([show.window.segments[0]?.msn, show.window.segments.length], [120, 11]);
    assert.equal(show.window.find(119), null);
    assert.equal(show.window.find(120)?.msn, 120);
    assert.equal(show.window.find(131), null);
    assert.equal(show.window.find(120.5), null);
  });

  it("never lets go of the open segment, however long it is", () => {
    const show = createShow({ keepSeconds: 0 });
    show.publishSegments(2);
    assert.equal(show.window.segments.length, 0);
    assert.equal(show.window.last(), null);
    show.publishPart();
    show.publishPart();
    assert.deepEqual(show.window.segments.map((segment) => [segment.msn, segment.parts.length]), [[102, 2]]);
  });

  it("ends a segment early at a fault, and the MSN goes on by one", () => {
    const show = createShow();
    show.publishPart();
    show.fault({ run: "slate", frames: 2 });
    show.publishPart();
    assert.deepEqual(show.window.segments.map((s) => [s.msn, s.run, s.parts.length, s.isClosed]), [[100, "r1", 2, true], [
      101,
      "slate",
      1,
      false,
    ]]);
  });

  it("takes a second announcement in place of the first until its part 0 is there", () => {
    const show = createShow();
    show.fault({ run: "slate", frames: 0 });
    assert.deepEqual([show.window.upcoming?.run, show.window.upcoming?.msn], ["slate", 100]);
  });

  it("refuses parts and segments out of turn", () => {
    const { window, publishPart } = createShow();
    const head = window.upcoming!;
    const part = { msn: 100, part: 1, durationSeconds: 0.2, isIndependent: true, bodies: [] };
    assert.throws(() => window.publish(part), /100\.1: 100\.0 is next/);
    publishPart();
    assert.throws(() => window.announce({ ...head, msn: 101 }), /still open/);
    window.close();
    window.close();
    assert.throws(() => window.publish(part), /nothing is announced/);
    assert.throws(() => window.announce({ ...head, msn: 102 }), RangeError);
  });

  it("wakes who waits for a change, after the whole change", async () => {
    const show = createShow();
    for (let i = 0; i < 4; i += 1) show.publishPart();
    const seen = show.window.waitForChange(1).then((outcome) => [outcome, show.window.upcoming?.msn, show.window.upcoming?.part]);
    show.publishPart();
    assert.deepEqual(await seen, ["woken", 101, 0]);
  });

  it("closes the open segment at a show's end, hints nothing, and begins anew with any MSN", async () => {
    const { window, publishPart } = createShow();
    for (let i = 0; i < 7; i += 1) publishPart();
    const waiting = window.waitForChange(1);
    window.finish();
    window.finish();
    assert.equal(await waiting, "woken");
    assert.deepEqual(window.segments.map((s) => [s.msn, s.parts.length, s.isClosed]), [[100, 5, true], [101, 2, true]]);
    assert.deepEqual([window.upcoming, window.isFinished, window.isEnded], [null, true, false]);
    window.clear();
    assert.deepEqual([window.segments.length, window.isFinished, window.last()], [0, false, null]);
    window.announce({ msn: 500, run: "r2", initRuns: ["r2"], mediaTimeSeconds: 900, programDateTimeMs: 900_000 });
    assert.equal(window.upcoming?.msn, 500);
  });

  it("lets everybody go at its end, and nobody waits afterwards", async () => {
    const { window } = createShow();
    const waiting = window.waitForChange(1);
    window.end();
    window.end();
    assert.equal(window.isEnded, true);
    assert.deepEqual(await Promise.all([waiting, window.waitForChange(1)]), ["woken", "woken"]);
  });
});
