import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { hasChromium } from "../browser/chromium.ts";
import { killsAndStop, serverAway } from "./faults.ts";
import { playFault } from "./play_fault.ts";

// The full list is tests/chaos/long.ts, a part of the bench.
describe("the show goes on", () => {
  const browsers = hasChromium() ? ["stock" as const] : [];
  it("through three kills of ffmpeg and one stop, in a browser, VLC and mpv", async () => {
    const verdict = await playFault({ ...killsAndStop(3), witnesses: [...browsers, "vlc", "mpv"], freezeBarMs: CI_FREEZE_BAR_MS }, 3000);
    assert.deepEqual(verdict.complaints, [], JSON.stringify(verdict.figures));
  });
  it("over a restart of the server within a second, in a browser and VLC", async () => {
    const verdict = await playFault({ ...serverAway(200, [...browsers, "vlc"]) }, 3000);
    assert.deepEqual(verdict.complaints, [], JSON.stringify(verdict.figures));
  });
});

/** Machines that run tests are busy: the true bar of 500 ms is the bench's. */
const CI_FREEZE_BAR_MS = 1000;
