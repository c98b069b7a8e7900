import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { pause, waitFor } from "../fixtures/condition.ts";
import { holdToCores } from "../fixtures/hold_to_cores.ts";
import { cpuSecondsOf } from "../fixtures/proc.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { startRecorder } from "./recorder.ts";

// With figures and for a minute: deno task bench half.
describe("a machine that is too slow", () => {
  it("encodes more coarsely, says so, and the show goes on in real time", async () => {
    await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER] });
    await server.settled();
    await using recorder = startRecorder(`${server.baseUrl}/live.m3u8`);
    const pid = (await server.runPid())!;
    const before = cpuSecondsOf(pid)!;
    await pause(3000);
    const needed = (cpuSecondsOf(pid)! - before) / 3;
    const hold = holdToCores(needed / 2, () => server.runPid());
    try {
      await waitFor("the line", 30_000, () => /This machine is too slow for what is set/.test(server.output()), 100);
      await pause(5000);
      assert.ok(await server.metric("tercet_encoding_step") > 0);
      assert.ok(await server.metric("tercet_pictures_owed") <= 30, "no more than a second is owed");
      const { parts, faults, jumps } = recorder.soFar();
      assert.deepEqual([faults, jumps], [[], []]);
      const last = parts.at(-1)!;
      const agoMs = performance.now() - last.listedAtMs;
      assert.ok(agoMs < 2500, `the newest part came ${agoMs} ms ago`);
    } finally {
      await hold.stop();
    }
  });
});
