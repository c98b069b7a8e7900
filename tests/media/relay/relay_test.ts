import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Segment } from "../../../media/hls/segment.ts";
import { createWindow, type Window } from "../../../media/hls/window.ts";
import { createFollower } from "../../../media/relay/follower.ts";
import { createShow } from "../hls/synthetic_show.ts";
import { follow, send, turns } from "./boxes.ts";
import { createFakeLog } from "./fake_log.ts";
import { makeEntry } from "./history.ts";

const PARTS = 5;

/** A segment as far as the other window has it, too. */
function sameAs(edge: Segment, origin: Segment): void {
  const parts = origin.parts.slice(0, edge.parts.length);
  const { isClosed: _, durationSeconds: __, ...head } = origin;
  assert.deepEqual({ ...edge, isClosed: null, durationSeconds: null }, { ...head, parts, isClosed: null, durationSeconds: null });
  if (edge.isClosed) assert.equal(edge.parts.length, origin.parts.length, `segment ${edge.msn}`);
}

function compare(edge: Window, origin: Window): void {
  for (const segment of edge.segments) {
    const known = origin.find(segment.msn);
    if (known !== null) sameAs(segment, known);
  }
}

describe("a window that goes over a log", () => {
  it("is the same on the edge, hint and inits included", async () => {
    const show = createShow(), log = createFakeLog();
    const publisher = send(show, log), edge = follow([log]);
    for (let at = 0; at < 3 * PARTS; at++) {
      show.publishPart();
      await turns();
      assert.deepEqual(edge.window.segments, show.window.segments);
      assert.deepEqual(edge.window.upcoming, show.window.upcoming);
    }
    assert.equal(new TextDecoder().decode(edge.follower.inits.find("r1", 2)!.bytes), "init of r1");
    await edge.stop();
    await publisher.stop();
  });

  it("lets who comes later have all that is kept", async () => {
    const show = createShow(), log = createFakeLog();
    const publisher = send(show, log);
    show.publishSegments(70);
    await turns(700);
    const edge = follow([log]);
    await turns(100);
    assert.deepEqual(edge.window.segments.map(({ msn }) => msn), show.window.segments.map(({ msn }) => msn));
    await edge.stop();
    await publisher.stop();
  });

  it("goes on with other inits where the run changes within it, or at its end", async () => {
    const show = createShow(), log = createFakeLog();
    const publisher = send(show, log), edge = follow([log]);
    show.publishSegments(1);
    show.publishPart();
    await turns();
    show.fault({ run: "r2", frames: 2, initRuns: ["r2", "r2", "r1"] });
    await turns();
    assert.deepEqual(edge.window.upcoming, show.window.upcoming);
    assert.ok(edge.follower.inits.find("r2", 0));
    // What was announced and has no part yet may become another run's.
    show.fault({ run: "r3", frames: 0, initRuns: ["r3", "r3", "r3"] });
    show.publishSegments(1);
    await turns();
    assert.deepEqual(edge.window.segments, show.window.segments);
    assert.ok(edge.follower.inits.find("r3", 2));
    await edge.stop();
    await publisher.stop();
  });

  it("is sent again where the log has lost it, and nobody notices", async () => {
    const show = createShow(), log = createFakeLog();
    const publisher = send(show, log), edge = follow([log]);
    show.publishSegments(5);
    await turns();
    log.forget();
    show.publishPart();
    await turns(100);
    assert.equal(log.rows.length, 26);
    assert.deepEqual(edge.window.segments, show.window.segments);
    assert.deepEqual(edge.anew, []);
    await edge.stop();
    await publisher.stop();
  });

  it("waits where another origin writes, and says so", async () => {
    const show = createShow(), other = createShow({ firstMsn: 200 }), log = createFakeLog();
    const said: string[] = [];
    const publisher = send(show, log);
    show.publishSegments(1);
    await turns();
    let nowMs = 0;
    const second = send(other, log, { term: { number: 2, name: "two" }, said, monotonic: () => nowMs += 1000 });
    other.publishSegments(1);
    await turns(20);
    assert.equal(log.rows.length, PARTS);
    assert.match(said[0]!, /another Tercet makes this show/);
    log.stop();
    await Promise.all([publisher.stop(), second.stop()]);
  });

  it("goes on behind what an earlier life has left, and begins anew where that was further on", async () => {
    for (const [firstMsn, cleared] of [[106, false], [50, true]] as const) {
      const show = createShow(), log = createFakeLog();
      const said: string[] = [];
      const first = send(show, log);
      show.publishSegments(5);
      await turns();
      log.stop();
      await first.stop();
      const rows = [...log.rows];
      log.isAway = false;
      log.forget();
      log.rows = rows;
      const next = createShow({ firstMsn });
      const publisher = send(next, log, { term: { number: 2, name: "two" }, said });
      next.publishSegments(2);
      await turns(40);
      assert.equal(log.rows.length, cleared ? 10 : 35);
      assert.equal(said.length, cleared ? 1 : 0);
      log.stop();
      await publisher.stop();
    }
  });

  it("holds the same values on both sides wherever both hold a position, and never steps back, whatever becomes of the log", async () => {
    const acts = fc.array(
      fc.constantFrom("part", "part", "part", "part", "part", "many", "away", "back", "forget", "damage", "trim", "fault"),
      { minLength: 100, maxLength: 100 },
    );
    await fc.assert(
      fc.asyncProperty(acts, async (steps) => {
        const show = createShow({ keepSeconds: 20 }), log = createFakeLog();
        const publisher = send(show, log), edge = follow([log]);
        let last = { msn: -1, mediaTimeSeconds: -1, programDateTimeMs: -1 };
        for (const [at, step] of steps.entries()) {
          if (step === "part") show.publishPart();
          else if (step === "many") show.publishSegments(8);
          else if (step === "away") log.isAway = true;
          else if (step === "back") log.isAway = false;
          else if (step === "forget") log.forget();
          else if (step === "trim") log.rows = log.rows.slice(-3);
          else if (step === "fault") show.fault({ run: `f${at}`, frames: at % 5, ...(at % 2 ? { initRuns: [`f${at}`, "r1", "r1"] } : {}) });
          else if (log.rows.length > 0) log.rows = log.rows.with(-1, { ...log.rows.at(-1)!, bytes: new Uint8Array(20) });
          await turns(3);
          compare(edge.window, show.window);
          const newest = edge.window.segments.at(-1);
          if (newest === undefined) continue;
          assert.ok(newest.msn >= last.msn && newest.mediaTimeSeconds >= last.mediaTimeSeconds, `step ${at}`);
          assert.ok(newest.programDateTimeMs >= last.programDateTimeMs);
          last = newest;
        }
        log.isAway = false;
        show.publishSegments(2);
        await turns(150);
        show.publishSegments(2);
        await turns(30);
        assert.deepEqual(edge.window.last(), show.window.last());
        await edge.stop();
        await publisher.stop();
      }),
      { numRuns: 100 },
    );
  });

  it("tells how late a part came, whatever lies between the clocks of the two boxes", () => {
    for (const skewMs of [-2000, 0, 2000]) {
      const window = createWindow({ keepSeconds: 60, now: () => 0, setTimer: () => () => {} });
      let nowMs = 0;
      const follower = createFollower({
        window,
        settle() {},
        onClosed() {},
        onAnew() {},
        monotonic: () => 0,
        wallMs: () => nowMs + skewMs,
      });
      const late = [3, 5, 3, 400, 4].map((lateMs, part) => {
        nowMs = 100_000 + part * 200 + lateMs;
        follower.take({ entry: makeEntry(100, part), isAnew: part === 0 });
        return follower.lateMs;
      });
      assert.deepEqual(late, [0, 2, 0, 397, 1], `${skewMs} ms`);
    }
  });

  it("comes whole over two logs, one of which is always there", async () => {
    const acts = fc.array(fc.constantFrom("part", "part", "part", "part", "away", "forget", "change"), { minLength: 100, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(acts, async (steps) => {
        const show = createShow({ keepSeconds: 20 }), logs = [createFakeLog(), createFakeLog()] as const;
        const publishers = logs.map((log) => send(show, log)), edge = follow(logs);
        show.publishSegments(1);
        await turns(20);
        let ill = 0;
        for (const step of steps) {
          if (step === "part") show.publishPart();
          else if (step === "away") logs[ill]!.isAway = true;
          else if (step === "forget") logs[ill]!.forget();
          else {
            // The other falls ill once this one has all again.
            logs[ill]!.isAway = false;
            await turns(120);
            ill = 1 - ill;
          }
          await turns(6);
          assert.deepEqual(edge.window.segments, show.window.segments);
        }
        assert.deepEqual(edge.anew, []);
        await edge.stop();
        await Promise.all(publishers.map((publisher) => publisher.stop()));
      }),
      { numRuns: 30 },
    );
  });
});
