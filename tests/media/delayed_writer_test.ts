import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createDelayedWriter } from "../../media/delayed_writer.ts";

const AFTER_MS = 20;
const RETRY_AFTER_MS = 2000;

/** A writer to a disk that can be full, on a clock of our own. */
function openWriter(afterMs = AFTER_MS) {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  const did: string[] = [];
  const disk = { isFull: false };
  const writer = createDelayedWriter({
    write() {
      did.push(`${disk.isFull ? "failed" : "wrote"} at ${nowMs}`);
      if (disk.isFull) throw new Error("the disk is full");
    },
    letGo: () => did.push("let go"),
    say: (problem) => `Cannot write: ${(problem as Error).message}`,
    log: (line) => did.push(line),
    afterMs,
    setTimer(callback, delayMs) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  function pass(ms: number): void {
    nowMs += ms;
    for (const timer of timers) {
      if (timer.atMs > nowMs) continue;
      timers.delete(timer);
      timer.callback();
    }
  }
  return { writer, did, disk, pass, timers };
}

describe("a delayed writer", () => {
  it("writes once for all who wake it in the meantime, counted from the first", () => {
    const { writer, did, pass, timers } = openWriter();
    writer.wake();
    pass(AFTER_MS - 1);
    writer.wake();
    assert.deepEqual(did, []);
    pass(1);
    assert.deepEqual(did, ["wrote at 20"]);
    pass(10_000);
    assert.deepEqual([did.length, timers.size], [1, 0], "nothing waits, nothing is written");
    writer.wake();
    pass(AFTER_MS);
    assert.equal(did.at(-1), "wrote at 10040");
  });
  it("writes in the call itself where nothing is to be waited for", () => {
    const { writer, did, timers } = openWriter(0);
    writer.wake();
    writer.wake();
    assert.deepEqual([did, timers.size], [["wrote at 0", "wrote at 0"], 0]);
  });
  for (const afterMs of [0, AFTER_MS]) {
    it(`tries again by itself until it can, and says so once each time (after ${afterMs} ms)`, () => {
      const { writer, did, disk, pass } = openWriter(afterMs);
      disk.isFull = true;
      writer.wake();
      pass(afterMs);
      assert.ok(writer.isFailing);
      assert.deepEqual(did.splice(0), [`failed at ${afterMs}`, "Cannot write: the disk is full"]);
      writer.wake();
      pass(RETRY_AFTER_MS - 1);
      assert.deepEqual(did, [], "who comes meanwhile waits for the next try");
      pass(1);
      assert.deepEqual(did.splice(0), [`failed at ${afterMs + RETRY_AFTER_MS}`]);
      disk.isFull = false;
      pass(RETRY_AFTER_MS);
      assert.deepEqual(did.splice(0), [`wrote at ${afterMs + 2 * RETRY_AFTER_MS}`]);
      assert.equal(writer.isFailing, false);
      disk.isFull = true;
      writer.wake();
      pass(afterMs);
      assert.equal(did.at(-1), "Cannot write: the disk is full");
    });
  }
  it("writes what waits when it is closed, lets go once, and does nothing afterwards", () => {
    const { writer, did, timers } = openWriter();
    writer.wake();
    writer.close();
    writer.close();
    writer.wake();
    assert.deepEqual([did, timers.size, writer.isClosed], [["wrote at 0", "let go"], 0, true]);
  });
  it("lets go, too, when the last write fails, and does not try again", () => {
    const { writer, did, disk, pass, timers } = openWriter();
    disk.isFull = true;
    writer.wake();
    pass(AFTER_MS);
    writer.close();
    assert.deepEqual([did, timers.size], [["failed at 20", "Cannot write: the disk is full", "failed at 20", "let go"], 0]);
  });
});
