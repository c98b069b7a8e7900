import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { describeFailedStart, judgeEnd, type RunEnd } from "../../../media/encoder/run_end.ts";

type Remains = Parameters<typeof judgeEnd>[0];
const REMAINS: Remains = { code: 0, signal: null, wish: null, hadRows: true, lastLines: ["[warning] x"], aliveMs: 5 };

describe("how an encoder ended", () => {
  const table: [string, Partial<Remains>, RunEnd["kind"], RegExp][] = [
    ["an input that was closed", {}, "finished", /given back all/],
    [
      "an encoder that is not there",
      { code: 1, hadRows: false, lastLines: ["[fatal] Unknown encoder 'x'"] },
      "cannot_start",
      /Unknown encoder/,
    ],
    [
      "an option that is not there",
      { code: 1, hadRows: false, lastLines: ["Unrecognized option 'x'."] },
      "cannot_start",
      /Unrecognized.*code 1/,
    ],
    ["a failure after rows", { code: 1, lastLines: ["[error] Conversion failed!", "[warning] y"] }, "lost", /Conversion failed.*code 1/],
    ["a failure without a word", { code: 1, lastLines: [] }, "lost", /^ffmpeg ended with code 1$/],
    ["a signal from elsewhere", { code: null, signal: "SIGKILL" }, "lost", /SIGKILL/],
    ["a signal before its first row", { code: null, signal: "SIGSEGV", hadRows: false }, "lost", /SIGSEGV/],
    ["the watchdog", { code: null, signal: "SIGKILL", wish: { kind: "stuck", reason: "Nothing came" } }, "stuck", /^Nothing came$/],
    ["broken output", { code: null, signal: "SIGKILL", wish: { kind: "broken", reason: "output 1: a lie" } }, "broken", /a lie/],
    ["our own wish", { code: 255, wish: { kind: "stopped", reason: "Stopped on request" } }, "stopped", /request/],
  ];
  for (const [name, remains, kind, reason] of table) {
    it(`tells ${name}: ${kind}`, () => {
      const end = judgeEnd({ ...REMAINS, ...remains });
      assert.equal(end.kind, kind);
      assert.match(end.reason, reason);
      const { code, signal, lastLines, aliveMs } = { ...REMAINS, ...remains };
      assert.deepEqual(end, { kind, reason: end.reason, code, signal, lastLines, aliveMs });
    });
  }

  it("has the same shape where it never began", () => {
    const { kind, reason, ...rest } = describeFailedStart("ffmpeg is not installed");
    assert.deepEqual([kind, reason, rest], [
      "cannot_start",
      "ffmpeg is not installed",
      { code: null, signal: null, lastLines: [], aliveMs: 0 },
    ]);
  });
});
