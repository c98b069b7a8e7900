import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Reach } from "../../../../static/watch/playing/player.ts";
import { addressPast, findReachSeconds, findWay, isStranded, sayTime, type Way } from "../../../../static/watch/past/time_shift.ts";

const ZERO_MS = 1_000_000;
const at = (seconds: number) => ZERO_MS + seconds * 1000;
/** Twenty seconds in memory, twelve listed, the edge at 100 s. */
const reach: Reach = { zeroMs: ZERO_MS, buffered: [[at(79), at(99)]], listed: [at(88), at(100)] };
const past: Reach = { zeroMs: ZERO_MS, buffered: [[at(20), at(25)]], listed: [at(10), at(99)] };
const way = (wantedSeconds: number, change: Partial<Parameters<typeof findWay>[0]> = {}): Way =>
  findWay({ wantedMs: at(wantedSeconds), edgeMs: at(100), reach, dvrSeconds: 60, ...change });

describe("the way to another moment", () => {
  const ways: [string, Way, Way][] = [
    ["near the edge is the edge", way(98), { kind: "live" }],
    ["beyond the edge is the edge", way(130), { kind: "live" }],
    ["in memory is a seek", way(80), { kind: "seek", seconds: 80 }],
    ["listed but not in memory is a seek", way(89, { reach: { ...reach, buffered: [[at(95), at(99)]] } }), { kind: "seek", seconds: 89 }],
    ["older is the long list", way(70), { kind: "dvr", wallMs: at(70) }],
    ["older than all is the oldest of the long list", way(10), { kind: "dvr", wallMs: at(40) }],
    ["within the long list is a seek", way(50, { reach: past }), { kind: "seek", seconds: 50 }],
    ["older than all, where the server keeps nothing, is the oldest in memory", way(10, { dvrSeconds: 0 }), { kind: "seek", seconds: 79 }],
    ["a moment that is just about to leave memory is not trusted", way(98.9, { edgeMs: at(110), reach: { ...reach, listed: null } }), {
      kind: "dvr",
      wallMs: at(98.9),
    }],
  ];
  for (const [name, found, expected] of ways) it(name, () => assert.deepEqual(found, expected));
});

describe("standing behind a list that moves on", () => {
  it("is well while the list still has what comes after the buffer", () => {
    assert.equal(isStranded({ reach, shownMs: at(85) }), false);
    assert.equal(isStranded({ reach: { ...reach, listed: [at(99), at(111)] }, shownMs: at(85) }), false);
  });
  it("is stranded once it has not, also where the picture stands in no span at all", () => {
    assert.equal(isStranded({ reach: { ...reach, listed: [at(101), at(113)] }, shownMs: at(85) }), true);
    assert.equal(isStranded({ reach: { ...reach, buffered: [] }, shownMs: at(85) }), true);
  });
  it("cannot be told without a list", () => assert.equal(isStranded({ reach: { ...reach, listed: null }, shownMs: at(85) }), false));
});

describe("how far back one can go", () => {
  it("is what the server keeps, but no more than there was, and never less than is at hand", () => {
    const reachOf = (dvrSeconds: number, showSeconds: number, of: Reach | null = reach) =>
      findReachSeconds({ dvrSeconds, showSeconds, reach: of, edgeMs: at(100) });
    assert.equal(reachOf(1800, 3600), 1800);
    assert.equal(reachOf(1800, 90), 90);
    assert.equal(reachOf(0, 90), 21);
    assert.equal(reachOf(60, 5, null), 5);
    assert.equal(reachOf(0, 0, { ...reach, buffered: [] }), 12);
  });
});

it("a time is said as on a clock", () => {
  const times = [0, 6.6, 59.6, 750, 3723, -1].map(sayTime);
  assert.deepEqual(times, ["0:00", "0:07", "1:00", "12:30", "1:02:03", "0:00"]);
});

describe("the address of the past", () => {
  const LIVE = "http://host/prefix/v/ada/live.m3u8";

  it("stands beside the live playlist, with the wished rendition or else the one on screen", () => {
    const past = "http://host/prefix/v/ada/dvr.m3u8";
    assert.equal(addressPast(LIVE, { mode: "home", quality: "hq" }, "lq"), `${past}?rendition=hq`);
    assert.equal(addressPast(LIVE, { mode: "home", quality: "auto" }, "lq"), `${past}?rendition=lq`);
    assert.equal(addressPast(LIVE, { mode: "gaming", quality: "hq" }, "lq"), `${past}?rendition=lq`);
    assert.equal(addressPast(LIVE, { mode: "home", quality: "auto" }, null), past);
  });
});
