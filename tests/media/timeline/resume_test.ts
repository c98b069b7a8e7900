import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createGrid } from "../../../media/timeline/grid.ts";
import { startTimeline } from "../../../media/timeline/resume.ts";

const grid = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const NOW_MS = 1_790_000_000_000;
const memory = { msn: 77, mediaTimeSeconds: NOW_MS / 1000, spentSeconds: NOW_MS / 1000 + 1, offsetMs: 0 };

describe("the start of a timeline", () => {
  it("is the wall clock, with MSN = floor(media time / segment), where nothing is remembered", () => {
    const start = startTimeline(null, grid, NOW_MS + 500);
    const frame = start.frameAt(NOW_MS + 500);
    assert.equal(frame / 30, NOW_MS / 1000 + 0.5);
    assert.equal(start.msnAt(frame), NOW_MS / 1000);
  });

  it("advances MSN and media time by the time away", () => {
    const start = startTimeline(memory, grid, NOW_MS + 4300);
    const frame = start.frameAt(NOW_MS + 4300);
    assert.equal(frame / 30, NOW_MS / 1000 + 4.3);
    assert.equal(start.msnAt(frame), 77 + 5);
  });

  it("never gives out media time that may have been published", () => {
    const frame = startTimeline(memory, grid, NOW_MS + 300).frameAt(NOW_MS + 300);
    assert.equal(frame / 30, NOW_MS / 1000 + 1);
  });

  it("moves the offset, not the media time, when the wall clock was set back", () => {
    const start = startTimeline(memory, grid, NOW_MS - 3_600_000);
    const frame = start.frameAt(NOW_MS - 3_600_000);
    assert.equal(frame / 30, memory.spentSeconds);
    assert.equal(frame / 30 * 1000 + start.offsetMs, NOW_MS - 3_600_000);
    assert.equal(start.msnAt(frame), 78);
  });
});
