import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Ladder } from "../../media/hls/rendition.ts";
import type { Segment } from "../../media/hls/segment.ts";
import type { Init } from "../../media/mp4/inits.ts";
import { createVariants } from "../../media/variants.ts";

const LADDER: Ladder = [
  { name: "hq", width: 1280, height: 720, bitsPerSecond: 8000 },
  { name: "mq", width: 854, height: 480, bitsPerSecond: 4000 },
  { name: "lq", width: 426, height: 240, bitsPerSecond: 2000 },
];

/** A segment of one second that weighs so many bytes in each rendition. */
function segment(msn: number, bytes: readonly number[], o: { isClosed?: boolean; initRun?: string } = {}): Segment {
  const place = { msn, part: 0, durationSeconds: 1, isIndependent: true };
  return {
    msn,
    run: "r1",
    initRuns: Array.from({ length: 3 }, () => o.initRun ?? "r1"),
    mediaTimeSeconds: msn,
    programDateTimeMs: msn * 1000,
    durationSeconds: 1,
    isClosed: o.isClosed ?? true,
    parts: [{ ...place, bodies: bytes.map((length) => new Uint8Array(length)) }],
  };
}

/** Inits are known of run r1, a little smaller than the ladder says, as a source may be. */
function findInit(run: string, rendition: number): Init | null {
  if (run !== "r1") return null;
  return { bytes: new Uint8Array(), codecs: `avc1.${rendition},mp4a.40.2`, width: 640 >> rendition, height: 360 >> rendition };
}

describe("the variants", () => {
  it("are none before the first segment is closed", () => {
    const segments = [segment(1, [1, 1, 1], { isClosed: false })];
    assert.deepEqual(createVariants({ window: { segments }, inits: { find: findInit }, ladder: LADDER, rate: 30 })(), []);
  });

  it("tell what the init says, the bit rate that is held to or the heaviest segment's, and the average", () => {
    const segments = [segment(1, [500, 900, 100]), segment(2, [700, 300, 100]), segment(3, [9999, 9999, 9999], { isClosed: false })];
    const variants = createVariants({ window: { segments }, inits: { find: findInit }, ladder: LADDER, rate: 30 })();
    assert.deepEqual(variants, [
      { name: "hq", width: 640, height: 360, codecs: "avc1.0,mp4a.40.2", frameRate: 30, bandwidth: 8000, averageBandwidth: 4800 },
      { name: "mq", width: 320, height: 180, codecs: "avc1.1,mp4a.40.2", frameRate: 30, bandwidth: 7200, averageBandwidth: 4800 },
      { name: "lq", width: 160, height: 90, codecs: "avc1.2,mp4a.40.2", frameRate: 30, bandwidth: 2000, averageBandwidth: 800 },
    ]);
  });

  it("are measured anew when a segment is closed, and not before", () => {
    const window = { segments: [segment(1, [500, 500, 500])] };
    const find = createVariants({ window, inits: { find: findInit }, ladder: LADDER, rate: 30 });
    const first = find();
    window.segments = [...window.segments, segment(2, [700, 700, 700], { isClosed: false })];
    assert.equal(find(), first);
    window.segments = [window.segments[0]!, segment(2, [700, 700, 700])];
    assert.deepEqual(find().map(({ averageBandwidth }) => averageBandwidth), [4800, 4800, 4800]);
  });

  it("are without a rendition whose init nobody has", () => {
    const segments = [segment(1, [500, 500, 500], { initRun: "gone" })];
    assert.deepEqual(createVariants({ window: { segments }, inits: { find: findInit }, ladder: LADDER, rate: 30 })(), []);
  });
});
