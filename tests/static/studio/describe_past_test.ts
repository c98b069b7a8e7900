import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { PastAnswer } from "../../../routes/studio/health.ts";
import { beginLanguage } from "../../../static/shared/words/words.ts";
import { describeGraph, GRAPHS } from "../../../static/studio/health/describe_past.ts";

const PAST: PastAnswer = {
  atMs: [1000, 3000],
  viewers: [2, 3],
  spent: { hq: [0, 2_540_000], mq: [0, 0], lq: [800_000, 400_000] },
  spendable: [8_500_000, 8_500_000],
  motion: [50, null],
  motionFrom: { hq: 67, mq: 34 },
  owed: [3, 4],
  leftOut: [2, 1],
  step: [0, 2],
};

describe("the graphs in words", () => {
  it("tell the newest values, what was left out in all, and what is not known", () => {
    beginLanguage({ storage: null, languages: ["en"], root: { lang: "" } });
    assert.deepEqual(GRAPHS.map((graph) => describeGraph(graph, PAST).label), [
      "Uplink, in Mbit/s. Now: HQ 2.5; MQ 0.0; LQ 0.4; May be spent 8.5.",
      "Motion and viewers. Now: Motion –; HQ from 67, MQ from 34; Viewers 3.",
      "The encoder. Now: Pictures in it 4; Left out in ten minutes 3; Steps coarser 2 of 4.",
    ]);
    assert.deepEqual(describeGraph("uplink", PAST).keys.map(({ series }) => series), ["hq", "mq", "lq", "spendable"]);
  });

  it("tell before anything is known that nothing is, in the page's language", () => {
    beginLanguage({ storage: null, languages: ["zh-TW"], root: { lang: "" } });
    assert.deepEqual(GRAPHS.map((graph) => describeGraph(graph, null).label), [
      "上傳頻寬（Mbit/s）。現在：高畫質 –；中畫質 –；低畫質 –；可用 –。",
      "動態與觀眾。現在：動態 –；– 分起高畫質，– 分起中畫質；觀眾 – 人。",
      "編碼器。現在：編碼中的畫面 – 張；十分鐘內略過 – 張；畫質如設定。",
    ]);
  });
});
