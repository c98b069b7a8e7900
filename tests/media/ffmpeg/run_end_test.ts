import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { judgeEnd, type Remains, type RunEnd } from "../../../media/ffmpeg/run_end.ts";

const REMAINS: Remains = {
  code: 0,
  signal: null,
  wish: null,
  hadPictures: true,
  lastLines: [],
  inputAddresses: ["rtmp://h/x"],
  aliveMs: 5,
};

describe("how a run ended", () => {
  const table: [string, Partial<Remains>, RunEnd["kind"], RegExp][] = [
    ["a good end", {}, "source_ended", /came to its end/],
    ["a good end before any picture", { hadPictures: false }, "source_ended", /before its first picture/],
    [
      "an input that broke off, which ffmpeg calls a good end",
      { lastLines: ["[error] rtmp://h/x: Input/output error"] },
      "source_lost",
      /Input/,
    ],
    ["a broken picture, which is no lost input", { lastLines: ["[h264 @ 0x1] [error] error while decoding MB"] }, "source_ended", /end/],
    [
      "an input that cannot be opened",
      { code: 1, hadPictures: false, lastLines: ["[error] rtmp://h/x: Connection refused"] },
      "source_lost",
      /refused/,
    ],
    [
      "the same in ffmpeg 7",
      { code: 145, hadPictures: false, lastLines: ["[in#0 @ 0x5] [error] Error opening input: Connection refused"] },
      "source_lost",
      /refused/,
    ],
    [
      "an encoder that is not there",
      { code: 1, hadPictures: false, lastLines: ["[fatal] Unknown encoder 'x'"] },
      "cannot_start",
      /Unknown encoder/,
    ],
    [
      "an option that is not there",
      { code: 1, hadPictures: false, lastLines: ["Unrecognized option 'x'."] },
      "cannot_start",
      /Unrecognized/,
    ],
    ["a failure after pictures", { code: 1, lastLines: ["[error] Conversion failed!"] }, "source_lost", /Conversion failed.*code 1/],
    ["a signal from elsewhere", { code: null, signal: "SIGKILL" }, "source_lost", /SIGKILL/],
    ["the watchdog", { code: null, signal: "SIGKILL", wish: { kind: "stuck", reason: "No picture for 2 s" } }, "stuck", /No picture/],
    ["our own wish", { code: 255, wish: { kind: "stopped", reason: "Stopped on request" } }, "stopped", /request/],
  ];
  for (const [name, remains, kind, reason] of table) {
    it(`tells ${name}: ${kind}`, () => {
      const end = judgeEnd({ ...REMAINS, ...remains });
      assert.equal(end.kind, kind);
      assert.match(end.reason, reason);
    });
  }
});
