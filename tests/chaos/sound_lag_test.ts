import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { pause } from "../fixtures/condition.ts";
import { startLiveTs } from "../fixtures/live_ts.ts";
import { beeping, numbered } from "../fixtures/numbered.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { startRecorder } from "./recorder.ts";
import { soundLagsMs } from "./sound_lag.ts";

/** On a quiet machine 70 ms and 150 ms: deno task bench sound_lag. */
const MOST_MS = 350;

describe("sound", () => {
  const graph = `lavfi:${numbered({ width: 640, height: 360, rate: 30 })}[out0];${beeping()}[out1]`;
  for (const kind of ["stored", "live"] as const) {
    it(`ends near its picture in every part: a ${kind} source`, async () => {
      await using live = startLiveTs();
      await using server = await startTercet({ args: ["--source", kind === "live" ? live.url : graph, "--ladder", LIGHT_LADDER] });
      await using recorder = startRecorder(`${server.baseUrl}/live.m3u8`);
      await pause(4000);
      const lags = soundLagsMs(recorder.soFar());
      assert.ok(lags.length > 10, `${lags.length} parts`);
      assert.ok(Math.max(...lags) < MOST_MS, `sound ends up to ${Math.max(...lags)} ms behind its picture`);
    });
  }
});
