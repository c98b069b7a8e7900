import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createMotionReader } from "../../../media/audience/motion_samples.ts";

const PRINTED = [
  "frame:0    pts:1       pts_time:0.1",
  "lavfi.signalstats.YAVG=0",
  "frame:1    pts:2       pts_time:0.2",
  "lavfi.signalstats.YAVG=51",
  "frame:8642 pts:8643    pts_time:864.3",
  "lavfi.signalstats.YAVG=255",
  "frame:8643 pts:8644    pts_time:864.4",
  "lavfi.signalstats.YAVG=7.08333e-05",
  "",
].join("\n");
const READ = [
  { timeSeconds: 0.1, changedShare: 0 },
  { timeSeconds: 0.2, changedShare: 0.2 },
  { timeSeconds: 864.3, changedShare: 1 },
  { timeSeconds: 864.4, changedShare: 7.08333e-05 / 255 },
];

function read(...chunks: string[]) {
  const reader = createMotionReader();
  return chunks.flatMap((chunk) => reader.push(new TextEncoder().encode(chunk)));
}

describe("the motion samples", () => {
  it("are read from what ffmpeg prints", () => {
    assert.deepEqual(read(PRINTED), READ);
  });
  it("take their time from what is exact: pts_time has six digits, which is a second after a day", () => {
    assert.deepEqual(read("frame:9 pts:8640123 pts_time:864012\nlavfi.signalstats.YAVG=51\n"), [{
      timeSeconds: 864_012.3,
      changedShare: 0.2,
    }]);
  });
  it("are the same wherever the text is cut", () => {
    fc.assert(fc.property(fc.array(fc.nat(PRINTED.length), { maxLength: 20 }), (cuts) => {
      const sorted = [0, ...cuts.sort((a, b) => a - b), PRINTED.length];
      assert.deepEqual(read(...sorted.slice(1).map((end, index) => PRINTED.slice(sorted[index], end))), READ);
    }));
  });
  it("come one by one, as soon as their line is complete", () => {
    const reader = createMotionReader();
    const push = (text: string) => reader.push(new TextEncoder().encode(text)).length;
    assert.deepEqual([push("frame:0    pts:1       pts_time:0.1\nlavfi.signalstats.YAVG=0"), push("\n"), push("frame:1")], [0, 1, 0]);
  });
  it("pass over all that is none: lost halves, other keys, means that cannot be", () => {
    assert.deepEqual(read("signalstats.YAVG=3\nlavfi.signalstats.YAVG=3\n", PRINTED), READ);
    assert.deepEqual(read("frame:0    pts:1  pts_time:0.1\nlavfi.signalstats.UAVG=3\nlavfi.signalstats.YAVG=3.", "x\n", PRINTED), READ);
    assert.deepEqual(read("frame:0    pts:1  pts_time:0.1\nlavfi.signalstats.YAVG=256\n"), []);
    assert.deepEqual(read("frame:0    pts:NOPTS  pts_time:NOPTS\nlavfi.signalstats.YAVG=3\n"), []);
    assert.deepEqual(read("frame:0    pts:1  pts_time:0.1\nlavfi.signalstats.YAVG=nan\n", PRINTED), READ);
  });
  it("need no memory for a line that never ends", () => {
    assert.deepEqual(read("x".repeat(1 << 20), "x".repeat(1 << 20), "\n", PRINTED), READ);
  });
  it("never break the reader, whatever bytes come", () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
      const reader = createMotionReader();
      for (const chunk of chunks) for (const { changedShare } of reader.push(chunk)) assert.ok(changedShare >= 0 && changedShare <= 1);
    }));
  });
});
