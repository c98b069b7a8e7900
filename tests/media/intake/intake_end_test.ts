import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { ProcessEnd } from "../../../media/ffmpeg/process.ts";
import { describeFailedIntake, type IntakeRemains, judgeIntakeEnd } from "../../../media/intake/intake_end.ts";

const GOOD: ProcessEnd = { code: 0, signal: null, wish: null, lastLines: [], aliveMs: 5 };
const BROKEN = { isCutShort: false, reason: "no NUT" };
const CUT_SHORT = { isCutShort: true, reason: "it ends after 5 bytes" };

function judge(process: Partial<ProcessEnd>, more: Partial<IntakeRemains> = {}): [kind: string, reason: string] {
  const remains = {
    process: { ...GOOD, ...process },
    hadPictures: true,
    hadSound: false,
    faults: [],
    inputAddresses: ["rtsp://x/1"],
    ...more,
  };
  const { kind, reason } = judgeIntakeEnd(remains);
  return [kind, reason];
}

describe("the end of an intake", () => {
  const lost = "[error] rtsp://x/1: Connection timed out";
  const killed = { code: null, signal: "SIGKILL" };
  const nothing = { hadPictures: false };
  const cases: readonly [name: string, process: Partial<ProcessEnd>, more: Partial<IntakeRemains>, kind: string, reason: string][] = [
    ["a good end", {}, {}, "source_ended", "The source came to its end"],
    ["a good end of sound alone", {}, { hadPictures: false, hadSound: true }, "source_ended", "The source came to its end"],
    ["a good end of nothing", {}, nothing, "source_ended", "The source ended before its first picture"],
    ["an input that broke off", { lastLines: [lost, "[warning] later"] }, {}, "source_lost", "rtsp://x/1: Connection timed out"],
    ["an input that cannot be opened", { code: 1, lastLines: [lost] }, nothing, "source_lost", "rtsp://x/1: Connection timed out"],
    [
      "options that are refused",
      { code: 3, lastLines: ["Option not found"] },
      nothing,
      "cannot_start",
      "Option not found (ffmpeg ended with code 3)",
    ],
    ["a bad end later", { code: 3, lastLines: ["[error] what"] }, {}, "source_lost", "what (ffmpeg ended with code 3)"],
    ["a bad end of sound alone", { code: 3 }, { hadPictures: false, hadSound: true }, "source_lost", "ffmpeg ended with code 3"],
    ["a signal from elsewhere", killed, {}, "source_lost", "ffmpeg was ended by SIGKILL from elsewhere"],
    ["a signal, which cuts its output short", killed, { faults: [CUT_SHORT] }, "source_lost", "ffmpeg was ended by SIGKILL from elsewhere"],
    [
      "our own wish",
      { ...killed, wish: { kind: "stopped", reason: "Stopped on request" } },
      { faults: [BROKEN] },
      "stopped",
      "Stopped on request",
    ],
    ["a watchdog", { ...killed, wish: { kind: "stuck", reason: "No picture" } }, {}, "stuck", "No picture"],
    ["bytes that are none of ours", {}, { faults: [CUT_SHORT, BROKEN] }, "broken", "no NUT"],
    ["bytes that are none of ours, and a bad end", { code: 3 }, { faults: [BROKEN] }, "broken", "no NUT"],
    ["an output that was cut short at a good end", {}, { faults: [CUT_SHORT] }, "broken", "it ends after 5 bytes"],
    ["an output that was cut short at a bad end", { code: 1 }, { faults: [CUT_SHORT] }, "source_lost", "ffmpeg ended with code 1"],
  ];
  for (const [name, process, more, kind, reason] of cases) {
    it(`of ${name} is ${kind}`, () => assert.deepEqual(judge(process, more), [kind, reason]));
  }

  it("tells what is known of the process, and what it had delivered", () => {
    const process = { ...GOOD, lastLines: ["a"] };
    assert.deepEqual(judgeIntakeEnd({ process, hadPictures: true, hadSound: true, faults: [], inputAddresses: [] }), {
      kind: "source_ended",
      hadPictures: true,
      hadSound: true,
      code: 0,
      signal: null,
      reason: "The source came to its end",
      lastLines: ["a"],
      aliveMs: 5,
    });
    assert.equal(describeFailedIntake("no ffmpeg").kind, "cannot_start");
  });
});
