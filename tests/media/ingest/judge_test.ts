import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createArrivals } from "../../../media/ingest/arrivals.ts";
import { judgePublisher, type PublisherStats } from "../../../media/ingest/judge.ts";

const SHOW = { rate: 30, width: 1280, height: 720, bitsPerSecond: 2_500_000 };
const GOOD: PublisherStats = {
  bitsPerSecond: 4_000_000,
  picturesPerSecond: 30,
  keyIntervalSeconds: 1,
  reorderMs: 0,
  reorderPictures: 0,
  picturesLeftOut: 0,
  picture: { codec: "h264", width: 1280, height: 720 },
  sound: { codec: "aac", sampleRate: 48000, channels: 2 },
  encoder: "obs-output module (libobs version 29.0.2)",
};

describe("the line that judges what arrives", () => {
  const cases: [name: string, stats: Partial<PublisherStats>, lines: string[]][] = [
    ["nothing where all is well", {}, []],
    ["nothing where it is not known yet", { bitsPerSecond: null, picturesPerSecond: null, keyIntervalSeconds: null }, []],
    ["rare key frames", { keyIntervalSeconds: 8.333 }, ["key frames every 8.3 s: changes take that long; set 1 s in OBS"]],
    ["rare key frames of somebody else", { keyIntervalSeconds: 10, encoder: null }, [
      "key frames every 10 s: changes take that long; set 1 s",
    ]],
    ["B-frames", { reorderMs: 100, reorderPictures: 2 }, ["2 B-frames: 100 ms more; set 0 in OBS, or tune zerolatency"]],
    ["60 pictures a second", { picturesPerSecond: 59.94 }, ["60 pictures a second: shown at 30"]],
    ["15 pictures a second", { picturesPerSecond: 15 }, ["15 pictures a second arrive, 30 are shown: some stand twice"]],
    ["nothing at 29.97", { picturesPerSecond: 29.97 }, []],
    ["little", { bitsPerSecond: 1_200_000 }, ["1.2 Mbit/s arrives, HQ sends 2.5"]],
    ["portrait", { picture: { codec: "h264", width: 720, height: 1280 } }, ["720x1280 arrives: bars fill it up to 1280x720"]],
    ["a small picture", { picture: { codec: "h264", width: 640, height: 360 } }, ["640x360 arrives: stretched to 1280x720"]],
    [
      "4K by HEVC",
      { picture: { codec: "hevc", width: 3840, height: 2160 } },
      ["3840x2160 arrives: shown as 1280x720, so it costs more than it gives", "HEVC costs more to decode than H.264"],
    ],
    ["no sound", { sound: null }, ["no sound arrives"]],
    ["no picture", { picture: null }, ["no picture arrives"]],
  ];
  for (const [name, stats, lines] of cases) {
    it(`says of ${name}`, () => assert.deepEqual(judgePublisher({ ...GOOD, ...stats }, SHOW), lines));
  }
});

describe("what has arrived", () => {
  /** Pictures of 1000 bytes, `count` of them, a key picture each `keyEvery`. */
  function pictures(count: number, o: { stepMs?: number; keyEvery?: number; compositions?: readonly number[] } = {}) {
    const { stepMs = 1000 / 30, keyEvery = 30, compositions = [0] } = o;
    const arrivals = createArrivals();
    for (let at = 0; at < count; at++) {
      const compositionMs = compositions[at % compositions.length]!;
      arrivals.addPicture({ isKey: at % keyEvery === 0, compositionMs, data: new Uint8Array(1000) }, Math.round(at * stepMs));
    }
    return arrivals.stats();
  }

  it("is not judged before a second has come", () => {
    assert.deepEqual(pictures(20), {
      bitsPerSecond: null,
      picturesPerSecond: null,
      keyIntervalSeconds: null,
      reorderMs: 0,
      reorderPictures: 0,
    });
  });
  it("is measured over the last five seconds", () => {
    const stats = pictures(600);
    assert.equal(Math.round(stats.picturesPerSecond!), 30);
    assert.equal(Math.round(stats.bitsPerSecond! / 1000), 242);
    assert.equal(stats.keyIntervalSeconds, 1);
  });
  it("has its key interval while the next key picture has not come", () => {
    assert.equal(pictures(240, { keyEvery: 1000 }).keyIntervalSeconds, 7.967);
    assert.equal(pictures(500, { keyEvery: 250 }).keyIntervalSeconds, 8.333);
  });
  it("has B-frames where pictures are shown in another order", () => {
    const stats = pictures(100, { compositions: [33, 100, 0, 33] });
    assert.deepEqual([stats.reorderMs, stats.reorderPictures], [100, 2]);
    assert.equal(pictures(100, { compositions: [66] }).reorderPictures, 0);
  });
  it("costs no more memory the longer it goes on, whatever times are named", () => {
    const arrivals = createArrivals();
    for (let at = 0; at < 100_000; at++) arrivals.addSound(new Uint8Array(1), 5);
    assert.equal(arrivals.stats().bitsPerSecond, null);
  });
});
