import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startLiveTs } from "../fixtures/live_ts.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { assertNoOtherMap } from "./no_other_map.ts";
import { startRecorder } from "./recorder.ts";
import { watchStates } from "./states.ts";

// Stopped, cut off and in bursts: deno task bench away.
describe("a live source that goes away", () => {
  it("is held for two seconds, then the card stands, then it is back; one line each way, and no MAP for it", async () => {
    await using live = startLiveTs();
    await using server = await startTercet({ args: ["--source", live.url, "--ladder", LIGHT_LADDER] });
    const states = watchStates(server.baseUrl);
    try {
      await waitFor("the source", 15_000, () => states.now === "live", 50);
      await using recorder = startRecorder(`${server.baseUrl}/live.m3u8`);
      await pause(2000);
      const linesBefore = server.output().split("\n").length;
      const killedAtMs = performance.now();
      live.kill();
      await waitFor("the card", 10_000, () => states.now === "card", 20);
      const heldMs = performance.now() - killedAtMs;
      assert.ok(heldMs > 1500, `held for ${heldMs} ms`);
      await pause(1000);
      live.start();
      await waitFor("the source again", 15_000, () => states.now === "live", 50);
      await pause(1500);
      const said = server.output().split("\n").slice(linesBefore - 1).filter((line) => line.includes("Source "));
      assert.equal(said.length, 2, said.join("\n"));
      assert.match(said[0]!, /is away: .*The card is shown/);
      assert.match(said[1]!, /is back after \d+ s/);
      const recording = recorder.soFar();
      assert.deepEqual([recording.faults, recording.jumps], [[], []]);
      assertNoOtherMap(recording, server);
    } finally {
      await states.stop();
    }
  });
});
