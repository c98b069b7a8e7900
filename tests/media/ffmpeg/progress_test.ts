import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { createLineSplitter, createProgressReader, parseLogLine } from "../../../media/ffmpeg/progress.ts";

describe("what ffmpeg says of itself", () => {
  it("is a block that ends with progress=", () => {
    const read = createProgressReader();
    const block = "frame=146\nfps=29.55\nstream_0_0_q=20.0\nspeed=0.989x\ndup_frames=3\ndrop_frames=1\nprogress=continue".split("\n");
    const results = block.map(read);
    assert.deepEqual(results.slice(0, -1), [null, null, null, null, null, null]);
    assert.deepEqual(results.at(-1), { frames: 146, rate: 29.55, speed: 0.989, repeatedFrames: 3, droppedFrames: 1, isLast: false });
  });

  it("may be unknown", () => {
    const read = createProgressReader();
    ["frame=0", "fps=0.00", "speed=N/A", "no equals sign"].forEach(read);
    assert.deepEqual(read("progress=end"), { frames: 0, rate: 0, speed: null, repeatedFrames: 0, droppedFrames: 0, isLast: true });
  });

  it("is cut into lines, and endless lines are cut short", () => {
    const splitter = createLineSplitter(10);
    assert.deepEqual(splitter.push("ab"), []);
    assert.deepEqual(splitter.push("c\r\nd\n"), ["abc", "d"]);
    for (let i = 0; i < 100; i++) assert.deepEqual(splitter.push("x".repeat(100)), []);
    assert.deepEqual(splitter.end(), ["x".repeat(10)]);
  });

  const lines: [string, ReturnType<typeof parseLogLine>][] = [
    ["[rtmp @ 0x5649b88a3100] [error] Cannot open", { level: "error", component: "rtmp", text: "Cannot open" }],
    ["[fatal] Invalid argument", { level: "fatal", component: null, text: "Invalid argument" }],
    ["Unrecognized option 'foo'.", { level: null, component: null, text: "Unrecognized option 'foo'." }],
    ["[swscaler @ 0x1] [swscaler @ 0x2] [warning] deprecated", { level: "warning", component: "swscaler", text: "deprecated" }],
    ["[h264 @ 0x1] [warning] a [b] c", { level: "warning", component: "h264", text: "a [b] c" }],
  ];
  for (const [line, expected] of lines) it(`reads ${line}`, () => assert.deepEqual(parseLogLine(line), expected));
});
