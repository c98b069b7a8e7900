import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createPicturePool } from "../../../../media/intake/raw_picture.ts";
import { createSources } from "../../../../media/mixer/sources/sources.ts";
import { createShowClock } from "../../../../media/timeline/clock.ts";

describe("the list of sources", () => {
  it("tells how long one has been away, in the time of the show, and of one that nobody shows nothing", async () => {
    const time = { ms: 0 };
    const canvas = { width: 320, height: 180 };
    const sources = createSources({
      named: [{ wish: { kind: "obs" }, text: "obs" }, { wish: { kind: "test" }, text: "test" }],
      machine: { os: "linux", display: null, isWayland: false, ffmpegMajor: 7, hasZscale: true },
      largest: canvas,
      rate: 30,
      folder: "/nowhere",
      title: "",
      clock: createShowClock({ rate: 30, monotonicMs: () => time.ms }),
      log() {},
      now: () => time.ms,
    });
    try {
      sources.open({ canvas, pool: createPicturePool(320 * 180 * 3 / 2) });
      time.ms = 5000;
      sources.use(["1"]);
      time.ms = 17_000;
      assert.deepEqual(
        sources.list().map(({ state, awayMs }) => [state.kind === "away" ? state.tries : state.kind, awayMs]),
        [[0, 12_000], ["closed", null]],
      );
    } finally {
      await sources.stop();
    }
  });
});
