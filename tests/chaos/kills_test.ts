import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { pause } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { findClicks, judgeNumbers, lookForNumber, NUMBERED_CANVAS, NUMBERED_LADDER, NUMBERED_SOURCE } from "./numbered_show.ts";
import { assertNoOtherMap } from "./no_other_map.ts";
import { startTake } from "./take.ts";
import { type Encoding, torture } from "./torture.ts";

// Twenty times each, before players: deno task bench kills.
describe("an encoder that is killed", () => {
  for (const whose of ["pictures", "sound"] as const satisfies readonly Encoding[]) {
    it(`costs no picture, no sound and no MAP: that of the ${whose}`, async () => {
      await using server = await startTercet({ args: ["--source", NUMBERED_SOURCE, "--ladder", NUMBERED_LADDER] });
      await server.settled();
      await using taking = await startTake(`${server.baseUrl}/live.m3u8`, { canvas: NUMBERED_CANVAS, look: lookForNumber });
      await pause(2000);
      const leftOutBefore = await server.metric("tercet_pictures_left_out");
      for (let kill = 0; kill < 2; kill++) {
        await torture(server, whose, "SIGKILL");
        await pause(1300);
      }
      await pause(1000);
      const leftOut = await server.metric("tercet_pictures_left_out") - leftOutBefore;
      const take = await taking.end();
      const { missing, doubled, backwards, none, shown } = judgeNumbers(take.pictures);
      assert.ok(shown > 100, `${shown} pictures`);
      assert.deepEqual({ doubled, backwards, none }, { doubled: 0, backwards: 0, none: 0 }, server.output());
      assert.ok(missing <= leftOut, `${missing} pictures are missing, ${leftOut} were left out because the machine is busy`);
      assertNoOtherMap(take.recording, server);
      assert.deepEqual(take.recording.faults, []);
      if (whose === "pictures") assert.deepEqual(findClicks(take.sound), [], "clicks in the tone");
    });
  }
});
