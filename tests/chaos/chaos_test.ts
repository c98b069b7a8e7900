import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { hasChromium } from "../browser/chromium.ts";
import { serverAway, torments } from "./faults.ts";
import { playFault } from "./play_fault.ts";

// The full list is tests/chaos/long.ts, a part of the bench.
describe("the show goes on", () => {
  const browsers = hasChromium() ? ["stock" as const] : [];
  it("through two kills and a stop of the picture's encoder and a kill of the sound's, in a browser, VLC and mpv", async () => {
    const fault = torments([["pictures", "SIGKILL"], ["sound", "SIGKILL"], ["pictures", "SIGSTOP"], ["pictures", "SIGKILL"]]);
    const verdict = await playFault({
      ...fault,
      witnesses: [...browsers, "vlc", "mpv"],
      freezeBarMs: CI_FREEZE_BAR_MS,
      gapBarMs: CI_GAP_BAR_MS,
    }, 3000);
    assert.deepEqual(verdict.complaints, [], JSON.stringify(verdict.figures));
  });
  it("over a restart of the server within a second, in a browser and VLC", async () => {
    const verdict = await playFault({ ...serverAway(200, [...browsers, "vlc"]) }, 3000);
    assert.deepEqual(verdict.complaints, [], JSON.stringify(verdict.figures));
  });
});

/** Machines that run tests are busy: the true bars of 500 ms and 1 s are the bench's. */
const CI_FREEZE_BAR_MS = 1500;
const CI_GAP_BAR_MS = 2500;
