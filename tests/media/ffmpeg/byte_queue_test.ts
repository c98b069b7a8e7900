import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createByteQueue } from "../../../media/ffmpeg/byte_queue.ts";

/** Whether a push is through in the turn it was made in. */
async function isTaken(pushed: Promise<void>): Promise<boolean> {
  let isThrough = false;
  pushed.then(() => isThrough = true);
  await Promise.resolve();
  await Promise.resolve();
  return isThrough;
}

describe("a queue of bytes", () => {
  it("holds its writer up when the reader lags, until there is room", async () => {
    const queue = createByteQueue(10);
    assert.ok(await isTaken(queue.push(new Uint8Array(9))));
    const second = queue.push(new Uint8Array(5));
    assert.equal(await isTaken(second), false);
    assert.ok(queue.isFull);
    const reader = queue[Symbol.asyncIterator]();
    assert.equal((await reader.next()).value.byteLength, 9);
    await second;
    assert.equal(queue.received, 14);
  });

  // It once waited where the old text that was dropped left exactly as much as fits: then nobody read, and ffmpeg stood still after some 90 s.
  it("never holds its writer up where the oldest makes room, whatever the sizes", async () => {
    for (const size of [1, 3, 5, 10, 11, 25]) {
      const queue = createByteQueue(10, "drop_oldest");
      for (let push = 0; push < 40; push++) assert.ok(await isTaken(queue.push(new Uint8Array(size))), `${size} bytes, push ${push}`);
      assert.equal(queue.isFull, false);
    }
  });

  it("hands out what is queued after its end, and drops what comes later", async () => {
    const queue = createByteQueue(10);
    await queue.push(Uint8Array.of(1, 2));
    queue.end();
    await queue.push(Uint8Array.of(3));
    const read: number[] = [];
    for await (const bytes of queue) read.push(...bytes);
    assert.deepEqual(read, [1, 2]);
  });
});
