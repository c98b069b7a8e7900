import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { createLineSplitter, parseLogLine } from "../../../media/ffmpeg/log_lines.ts";

describe("what ffmpeg says of itself", () => {
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
