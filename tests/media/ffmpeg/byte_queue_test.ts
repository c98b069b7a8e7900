import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createByteQueue } from "../../../media/ffmpeg/byte_queue.ts";

/** Whether a push is through within a few turns. */
async function isTaken(pushed: Promise<void>): Promise<boolean> {
  let isThrough = false;
  pushed.then(() => isThrough = true);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  return isThrough;
}

describe("a queue of bytes", () => {
  it("holds its writer up while its reader is at work, until more is asked for", async () => {
    const queue = createByteQueue();
    const reader = queue[Symbol.asyncIterator]();
    const asked = reader.next();
    const pushed = queue.push(new Uint8Array(9));
    assert.equal((await asked).value.byteLength, 9);
    assert.equal(await isTaken(pushed), false);
    assert.deepEqual([queue.received, queue.hasUnread], [9, false]);
    const askedAgain = reader.next();
    assert.equal(await isTaken(pushed), true);
    queue.end();
    assert.equal((await askedAgain).done, true);
  });

  it("knows what nobody has taken yet", async () => {
    const queue = createByteQueue();
    assert.equal(await isTaken(queue.push(new Uint8Array(2))), false);
    assert.equal(queue.hasUnread, true);
  });

  it("lets every writer go when more is asked for", async () => {
    const queue = createByteQueue();
    const both = [queue.push(new Uint8Array(1)), queue.push(new Uint8Array(2))];
    const reader = queue[Symbol.asyncIterator]();
    await reader.next();
    await reader.next();
    const third = reader.next();
    await Promise.all(both);
    queue.end();
    await third;
  });

  it("never holds a writer up whose reader has turned away", async () => {
    const queue = createByteQueue();
    const pushed = queue.push(new Uint8Array(1));
    for await (const _ of queue) break;
    await pushed;
    await queue.push(new Uint8Array(1));
    assert.equal(queue.hasUnread, false);
  });

  it("hands out what is queued after its end, and drops what comes later", async () => {
    const queue = createByteQueue();
    const pushed = queue.push(Uint8Array.of(1, 2));
    queue.end();
    await pushed;
    await queue.push(Uint8Array.of(3));
    const read: number[] = [];
    for await (const bytes of queue) read.push(...bytes);
    assert.deepEqual(read, [1, 2]);
  });
});
