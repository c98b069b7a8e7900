import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createGrid, endOfFirstSegment } from "../../../media/timeline/grid.ts";
import { createMemoryWriter, loadMemory } from "../../../media/timeline/memory_file.ts";
import { startTimeline, type TimelineMemory } from "../../../media/timeline/resume.ts";

const grid = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const NOW_MS = 1_790_000_000_000;
const memory: TimelineMemory = {
  msn: 77,
  mediaTimeSeconds: NOW_MS / 1000,
  spentSeconds: NOW_MS / 1000 + 1,
  offsetMs: 0,
  toldOffsetMs: 0,
};

describe("the start of a timeline", () => {
  it("is the wall clock, with MSN = floor(media time / segment), where nothing is remembered", () => {
    const start = startTimeline(null, grid, NOW_MS + 500);
    const frame = start.frameAt(NOW_MS + 500);
    assert.equal(frame / 30, NOW_MS / 1000 + 0.5);
    assert.equal(start.msnAt(frame), NOW_MS / 1000);
    assert.equal(start.offsetMs, null, "nobody was told any");
  });

  it("advances MSN and media time by the time away", () => {
    const start = startTimeline(memory, grid, NOW_MS + 4300);
    const frame = start.frameAt(NOW_MS + 4300);
    assert.equal(frame / 30, NOW_MS / 1000 + 4.3);
    // Its segment ends at 5 s, as the one with this number would have without a restart: hls.js stands for seconds where MSN and media time part.
    assert.equal(start.msnAt(frame), 77 + 4);
  });

  it("keeps MSN and media time in step over any number of restarts, whenever they come", () => {
    let known = memory;
    for (let life = 1; life <= 200; life++) {
      const nowMs = known.mediaTimeSeconds * 1000 + 1100 + life * 137;
      const start = startTimeline(known, grid, nowMs);
      const frame = start.frameAt(nowMs);
      const msn = start.msnAt(frame);
      assert.ok(msn > known.msn);
      assert.equal(msn - memory.msn, endOfFirstSegment(grid, frame) / grid.framesPerSegment - 1 - NOW_MS / 1000);
      known = { ...known, msn, mediaTimeSeconds: frame / 30, spentSeconds: frame / 30 + 1.2 };
    }
  });

  it("never gives out media time that may have been published", () => {
    const frame = startTimeline(memory, grid, NOW_MS + 300).frameAt(NOW_MS + 300);
    assert.equal(frame / 30, NOW_MS / 1000 + 1);
  });

  it("goes on with what PROGRAM-DATE-TIME told, which may still be on its way to the wall clock", () => {
    const start = startTimeline({ ...memory, offsetMs: 30_000, toldOffsetMs: 400 }, grid, NOW_MS + 34_300);
    assert.equal(start.offsetMs, 400);
    assert.equal(start.frameAt(NOW_MS + 34_300) / 30, NOW_MS / 1000 + 4.3, "media time advances by the time away, by the wall clock");
  });

  it("moves the offset, not the media time, when the wall clock was set back", () => {
    const start = startTimeline(memory, grid, NOW_MS - 3_600_000);
    const frame = start.frameAt(NOW_MS - 3_600_000);
    assert.equal(frame / 30, memory.spentSeconds);
    assert.equal(frame / 30 * 1000 + start.offsetMs!, NOW_MS - 3_600_000);
    assert.equal(start.msnAt(frame), 78);
  });
});

describe("the memory of a timeline", () => {
  async function withFile(check: (path: string) => Promise<void>): Promise<void> {
    const folder = await Deno.makeTempDir({ prefix: "tercet-memory-" });
    try {
      await check(`${folder}/timeline.json`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }

  it("is read as it was written, the newest one", () =>
    withFile(async (path) => {
      const problems: unknown[] = [];
      const writer = createMemoryWriter(path, (problem) => problems.push(problem));
      for (const msn of [1, 2, 3]) writer.save({ ...memory, msn, toldOffsetMs: 5 });
      await writer.settled();
      assert.deepEqual([await loadMemory(path), problems], [{ ...memory, msn: 3, toldOffsetMs: 5 }, []]);
    }));

  it("of version 0.1 told what it knew", () =>
    withFile(async (path) => {
      const { toldOffsetMs: _, ...old } = { ...memory, offsetMs: 250 };
      await Deno.writeTextFile(path, JSON.stringify(old));
      assert.deepEqual(await loadMemory(path), { ...old, toldOffsetMs: 250 });
    }));

  for (
    const text of ["", "{", "null", "[]", JSON.stringify({ ...memory, msn: 1.5 }), JSON.stringify({ ...memory, toldOffsetMs: "1" })]
  ) {
    it(`is nothing where the file says ${JSON.stringify(text)}`, () =>
      withFile(async (path) => {
        await Deno.writeTextFile(path, text);
        assert.equal(await loadMemory(path), null);
      }));
  }

  it("is nothing where there is no file", async () => assert.equal(await loadMemory("/nowhere/at/all.json"), null));
});
