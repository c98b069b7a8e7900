import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { hasChromium } from "../browser/chromium.ts";
import { openStock } from "../browser/watch.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { descendantsOf, signalTo } from "../fixtures/proc.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { makeWallClock } from "../fixtures/wall_clock.ts";
import { watchAnswers } from "./answers.ts";
import { assertNoOtherMap } from "./no_other_map.ts";
import { startRecorder } from "./recorder.ts";

const ARGS = ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER];
/** Machines that run tests are busy: the true bars are those of deno task bench clock. */
const MOST_GAP_MS = 2500;

describe("time that does not go on as usual", () => {
  it("a wall clock that is set back by an hour stops nothing, and is said", async () => {
    const wallClock = await makeWallClock();
    try {
      await using server = await startTercet({ args: ARGS, env: wallClock.env, isUnconfined: true });
      const url = `${server.baseUrl}/live.m3u8`;
      await using recorder = startRecorder(url);
      const stock = hasChromium() ? await openStock(url) : null;
      const answers = watchAnswers(server.baseUrl);
      try {
        await waitFor("a picture in hls.js", 20_000, async () => !stock || (await stock.read()).firstFrameMs !== null, 200);
        await pause(2000);
        answers.take();
        await wallClock.set(-3600);
        await pause(2000);
        await stock?.page.evaluate(() => {
          (globalThis as unknown as { hls: { nextLevel: number } }).hls.nextLevel = 2;
        });
        await pause(4000);
        const seen = await stock?.read();
        const { parts, faults, jumps, longestGap } = recorder.soFar();
        assert.deepEqual([faults, jumps], [[], []]);
        assert.ok(longestGap.forMs < MOST_GAP_MS, `no part for ${longestGap.forMs} ms`);
        const steps = parts.filter(({ segmentDateMs }, at) =>
          Math.abs((segmentDateMs ?? 0) - (parts[at - 1]?.segmentDateMs ?? segmentDateMs ?? 0)) > 3_500_000
        );
        assert.equal(steps.length, 1, "its date follows, once");
        assert.match(server.output(), /The clock of this machine was set back by 3[56]\d\d s/);
        const told = answers.take();
        assert.deepEqual(told.wrong, []);
        assert.ok(told.slowestMs < MOST_GAP_MS, `an answer took ${told.slowestMs} ms`);
        assert.deepEqual(seen?.errors.filter((error) => error.includes("FATAL")) ?? [], []);
        assert.deepEqual(seen?.freezes.filter(({ forMs }) => forMs > MOST_GAP_MS) ?? [], []);
      } finally {
        await answers.stop();
        await stock?.close();
      }
    } finally {
      await wallClock.remove();
    }
  });

  it("a machine that sleeps for three seconds goes on where it stood", async () => {
    await using server = await startTercet({ args: ARGS });
    await using recorder = startRecorder(`${server.baseUrl}/live.m3u8`);
    await waitFor("some parts", 10_000, () => recorder.soFar().parts.length > 10);
    const pids = [server.pid, ...descendantsOf(server.pid)];
    for (const pid of pids) signalTo(pid, "SIGSTOP");
    await pause(3000);
    const wokenAtMs = performance.now();
    for (const pid of pids) signalTo(pid, "SIGCONT");
    await waitFor("a part after waking", MOST_GAP_MS, () => recorder.soFar().parts.some(({ listedAtMs }) => listedAtMs > wokenAtMs));
    await pause(2500);
    const recording = recorder.soFar();
    assert.deepEqual([recording.faults, recording.jumps], [[], []]);
    assertNoOtherMap(recording, server);
    const slip = await server.metric("tercet_slip_seconds");
    assert.ok(slip > 2.5 && slip < 6, `${slip} s of slip`);
    assert.match(server.output(), /Nothing could be made for \d/);
  });
});
