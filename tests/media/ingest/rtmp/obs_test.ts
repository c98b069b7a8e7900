import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { waitFor } from "../../../fixtures/condition.ts";
import { findOnPath } from "../../../fixtures/find_on_path.ts";
import { startObs } from "../../../fixtures/obs.ts";
import { openReception, probe } from "./reception.ts";

const WITHIN_MS = 30_000;

// `setup.sh --tests` brings it where packages are Debian's.
if (findOnPath(["obs"]) !== null && findOnPath(["Xvfb"]) !== null) {
  describe("OBS publishes", () => {
    it("with its default key frame interval, is killed and comes back: one envelope, whole", async () => {
      await using reception = openReception();
      const wish = { server: `rtmp://127.0.0.1:${reception.port}/live`, key: reception.key };
      const count = () => reception.recordings[0]?.pieces.length ?? 0;
      {
        await using obs = await startObs(wish);
        await waitFor("OBS's pictures", WITHIN_MS, () => count() > 100);
        await obs.kill();
      }
      const before = count();
      await using again = await startObs(wish);
      await waitFor("OBS's pictures after its return", WITHIN_MS, () => count() > before + 100);
      const { picture, sound, encoder, reorderPictures } = reception.publishers[0]!.stats;
      assert.deepEqual(picture, { codec: "h264", width: 640, height: 360 });
      assert.deepEqual(sound, { codec: "aac", sampleRate: 48000, channels: 2 });
      assert.match(encoder!, /^obs-output module/);
      assert.equal(reorderPictures, 0); // preset ultrafast
      await again.kill();
      const { streams, complaints } = await probe(reception.recordings[0]!);
      assert.deepEqual([reception.publishers.length, complaints], [1, ""]);
      assert.match(streams[0]!, /^h264 640x360 \d{2,}$/);
    });

    it("with a wrong key, and says that it is one", async () => {
      await using reception = openReception();
      await using obs = await startObs({ server: `rtmp://127.0.0.1:${reception.port}/live`, key: "wrong" });
      // OBS_OUTPUT_INVALID_STREAM: it does not try again. Its threads write the log in any order.
      await waitFor("OBS's complaint", WITHIN_MS, () => /Connection to rtmp:\/\/127\.0\.0\.1:\d+\/live failed: -3/.test(obs.log()));
      assert.match(obs.log(), /NetStream\.Publish\.BadName \(The stream key is not right\.\)/);
    });
  });
}
