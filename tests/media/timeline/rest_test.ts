import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createGrid } from "../../../media/timeline/grid.ts";
import { createRest } from "../../../media/timeline/rest.ts";

const GRID = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const FRAME_MS = 1000 / 30;

/** One rendition (or more) read picture by picture, each when it is due; `rests` says after which picture it rested, and for how long. */
function createReader(o: { renditions?: number; grid?: typeof GRID; keptBytes?: number; dueInMs?: (ahead: number) => number | null } = {}) {
  const { renditions = 1, grid = GRID, keptBytes = 1000, dueInMs = (ahead) => ahead * FRAME_MS } = o;
  const rests: [picture: number, ms: number][] = [];
  let newest = -1;
  let wake = () => {};
  const rest = createRest({
    grid,
    renditions,
    keptBytes,
    untilDueMs: (picture) => dueInMs(picture - newest),
    sleep(ms) {
      rests.push([newest, Math.round(ms)]);
      return new Promise((resolve) => wake = resolve);
    },
  });
  return {
    rest,
    rests,
    wake: () => wake(),
    /** Whether the reader goes on at once. */
    async read(picture: number, bytes = 10, rendition = 0): Promise<boolean> {
      newest = picture;
      return await isOver(rest.afterPicture(rendition, bytes, picture));
    },
    async readSegments(count: number, bytesOf: (picture: number) => number = () => 10): Promise<void> {
      for (let picture = 0; picture < count * grid.framesPerSegment; picture++) {
        await this.read(picture, bytesOf(picture));
        wake();
        await isOver(Promise.resolve());
      }
    },
  };
}

async function isOver(promise: Promise<void>): Promise<boolean> {
  let isThrough = false;
  promise.then(() => isThrough = true);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  return isThrough;
}

describe("the rest between a run's parts", () => {
  it("is taken after each part's last picture, until half a picture before the next part's last is due", async () => {
    const reader = createReader();
    await reader.readSegments(2);
    assert.deepEqual(reader.rests, [29, 35, 41, 47, 53, 59].map((picture) => [picture, Math.round(5.5 * FRAME_MS)]));
  });

  it("ends earlier where a segment's last part is a short one", async () => {
    const reader = createReader({ grid: createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 16 / 30 }) });
    await reader.readSegments(2);
    assert.deepEqual(reader.rests, [[15, 183], [21, 183], [27, Math.round(3.5 * FRAME_MS)], [31, 183]]);
  });

  it("is never so long that it looks like silence", async () => {
    const reader = createReader({ grid: createGrid({ rate: 30, partSeconds: 1, segmentSeconds: 2 }) });
    await reader.readSegments(1);
    assert.deepEqual(reader.rests, [[59, Math.round(200 - FRAME_MS / 2)]]);
  });

  it("is not taken before a whole segment has been weighed, nor in the segment after a heavy part", async () => {
    const reader = createReader({ keptBytes: 100 });
    await reader.readSegments(4, (picture) => picture === 62 ? 60 : 10);
    const rested = reader.rests.map(([picture]) => picture);
    // Picture 62 makes its part (60 to 65) 110 bytes heavy: from 65 until that place has been weighed again at 95.
    assert.deepEqual(rested, [29, 35, 41, 47, 53, 59, 95, 101, 107, 113, 119]);
  });

  it("is not taken while nobody knows when a picture is due, nor by one who is late", async () => {
    for (const dueInMs of [() => null, (ahead: number) => (ahead - 5) * FRAME_MS]) {
      const reader = createReader({ dueInMs });
      await reader.readSegments(2);
      assert.deepEqual(reader.rests, []);
    }
  });

  it("is one for all renditions, and for sound and motion", async () => {
    const reader = createReader({ renditions: 2 });
    for (let picture = 0; picture < 30; picture++) {
      for (const rendition of [0, 1]) {
        assert.equal(await isOver(reader.rest.afterOther()), picture < 29 || rendition === 0);
        assert.equal(await reader.read(picture, 10, rendition), picture < 29);
      }
    }
    const others = [reader.rest.afterOther(), reader.rest.afterOther()];
    assert.equal(await isOver(others[0]!), false);
    reader.wake();
    await Promise.all(others);
    assert.equal(reader.rests.length, 1);
  });
});
