import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { waitFor } from "../fixtures/condition.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";
import { startObs } from "../fixtures/obs.ts";
import { openStage } from "./stage.ts";

/** OBS itself takes its time on a busy machine. */
const WITHIN_MS = 60_000;

// `setup.sh --tests` brings it where packages are Debian's. Two of them at a time are too much for a small machine, so these run one after the other.
if (findOnPath(["obs"]) !== null && findOnPath(["Xvfb"]) !== null) {
  describe("OBS on air", () => {
    it("is live, is killed, and is shown again within a second of its return", async () => {
      await using stage = await openStage();
      const { watch, reception } = stage;
      const wish = { server: `rtmp://127.0.0.1:${reception.port}/live`, key: reception.key };
      {
        await using obs = await startObs(wish);
        await stage.untilShown(0, WITHIN_MS);
        await obs.kill();
      }
      const cardMs = await stage.untilCard(watch.nowMs, WITHIN_MS);
      await using _again = await startObs(wish);
      await waitFor("its return", WITHIN_MS, () => reception.logged.filter((line) => line.startsWith("OBS publishes")).length === 2, 10);
      const returnedMs = watch.nowMs;
      const backMs = await stage.untilShown(cardMs + 1, WITHIN_MS);
      assert.ok(backMs - returnedMs < 1000, `its picture was back ${backMs - returnedMs} ms after its return`);
    });
  });
}
