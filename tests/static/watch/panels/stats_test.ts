import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sayStats, type StatsMoment } from "../../../../static/watch/panels/stats.ts";
import { beginLanguage } from "../../../../static/shared/words/words.ts";

const moment: StatsMoment = {
  rendition: "HQ · automatic (1280×720)",
  latencySeconds: 1.234,
  bufferSeconds: 0.5,
  rate: 1.05,
  droppedFrames: 3,
  totalFrames: 900,
  throughputBitsPerSecond: 25_340_000,
  budget: { spent: 5e6, spendable: 85e6 },
  motionScore: 66.6,
};

describe("stats for nerds", () => {
  afterEach(() => beginLanguage({ storage: null, languages: ["en"], root: { lang: "" } }));

  it("say each figure with its unit", () => {
    assert.deepEqual(sayStats(moment), {
      rendition: "HQ · automatic (1280×720)",
      latency: "1.23 s",
      buffer: "0.50 s",
      rate: "1.05×",
      dropped: "3 of 900",
      throughput: "25.3 Mbit/s",
      budget: "5.0 of 85.0 Mbit/s",
      motion: "67",
    });
  });
  it("say what is not known", () => {
    const said = sayStats({
      ...moment,
      rendition: null,
      latencySeconds: null,
      throughputBitsPerSecond: null,
      budget: null,
      motionScore: null,
    });
    assert.deepEqual(Object.values(said).filter((text) => text === "not known").length, 5);
  });
  it("speak the viewer's language", () => {
    beginLanguage({ storage: null, languages: ["zh-TW"], root: { lang: "" } });
    assert.equal(sayStats(moment).dropped, "900 格中掉了 3 格");
  });
});
