import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { measureLatency, sayLatency } from "../../../static/watch/playing/latency.ts";
import { type NoticeMoment, sayNotice } from "../../../static/watch/notice.ts";

describe("the latency shown", () => {
  it("is the wall clock's where the clocks agree", () => {
    const latency = measureLatency({ countedSeconds: 0.6, shownAtMs: 10_000, nowMs: 10_740 });
    assert.deepEqual(latency, { seconds: 0.74, isMeasured: true });
    assert.equal(sayLatency(latency), "0.7 s behind live");
  });

  it("is the player's count, and says so, where this machine's clock is off", () => {
    for (const nowMs of [9_000, 10_100, 13_000]) {
      assert.equal(sayLatency(measureLatency({ countedSeconds: 0.6, shownAtMs: 10_000, nowMs })), "about 0.6 s behind live");
    }
  });

  it("drops decimals from ten seconds on", () => assert.equal(sayLatency({ seconds: 9.96, isMeasured: true }), "10 s behind live"));
});

describe("the line over the picture", () => {
  const moment: NoticeMoment = {
    hasPicture: false,
    withoutPictureMs: 0,
    isSupported: true,
    isOnline: true,
    isPutOut: false,
    refusal: null,
    streamAddress: "http://tv.example/live.m3u8",
  };
  const lines: [string, Partial<NoticeMoment>, RegExp | null][] = [
    ["is silent at first", { withoutPictureMs: 900 }, null],
    ["says that it waits", { withoutPictureMs: 3000 }, /^Waiting/],
    ["says that it reconnects where there was a picture", { withoutPictureMs: 3000, hasPicture: true }, /^Reconnecting/],
    ["says what to do in the end", { withoutPictureMs: 9000 }, /http:\/\/tv\.example\/live\.m3u8 in VLC/],
    ["knows about a lost network", { withoutPictureMs: 9000, isOnline: false }, /offline/],
    ["tells who was put out, and no word of the network", { withoutPictureMs: 9000, isPutOut: true }, /put you out/],
    ["says why a press was refused, also amid other trouble", { refusal: "No.", withoutPictureMs: 3000 }, /^No\.$/],
    ["says so at once where the browser cannot play", { isSupported: false }, /cannot play/],
  ];
  for (const [name, change, expected] of lines) {
    it(name, () => {
      const line = sayNotice({ ...moment, ...change });
      if (expected === null) assert.equal(line, null);
      else assert.match(line ?? "", expected);
    });
  }
});
