import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { drive, type Driving, noteAsked, noteListed, startDriving } from "../../../media/audience/driver.ts";
import { RENDITION_NAMES } from "../../../media/hls/rendition.ts";

const RATES = [2_500_000, 1_000_000, 400_000];
const SEGMENT_MS = 1000;

/**
 * A player against a server that closes segment n at n seconds. `lineBitsPerSecond` is what its line carries; `reload` says how it
 * reads playlists: VLC after each segment time, mpv for two segments at once. Gives the pick of each second.
 */
function play(
  o: { lineBitsPerSecond: (second: number) => number; seconds: number; reloadMs: number; isEvenLadder?: boolean; knowsSegments?: boolean },
) {
  let driving: Driving = startDriving(0);
  const picks: string[] = [];
  let next: number | null = null, freeAtMs = 0, listedMsn = 0;
  for (let atMs = 0; atMs < o.seconds * 1000; atMs += 10) {
    const closed = 100 + Math.floor(atMs / SEGMENT_MS);
    if (atMs % o.reloadMs === 0) {
      listedMsn = closed;
      driving = noteListed(driving, { msn: closed, atMs, segmentMs: SEGMENT_MS });
      next ??= closed - 2;
      if (closed - next > 10) next = closed - 2;
    }
    while (next !== null && next <= listedMsn && freeAtMs <= atMs) {
      if (o.knowsSegments !== false) driving = noteAsked(driving, { msn: next, atMs });
      const rate = RATES[RENDITION_NAMES.indexOf(driving.pick)]!;
      freeAtMs = atMs + (1000 * rate) / o.lineBitsPerSecond(atMs / 1000);
      next++;
    }
    if (atMs % SEGMENT_MS === 0) {
      driving = drive(driving, {
        nowMs: atMs,
        segmentMs: SEGMENT_MS,
        ratesBitsPerSecond: RATES,
        isEvenLadder: o.isEvenLadder ?? false,
        mayRaise: true,
      });
      picks.push(driving.pick);
    }
  }
  return picks;
}

function changes(picks: readonly string[]): number[] {
  return picks.flatMap((pick, second) => second > 0 && pick !== picks[second - 1] ? [second] : []);
}

describe("a player that the server drives", () => {
  it("begins at MQ", () => {
    assert.equal(startDriving(0).pick, "mq");
  });
  for (const [name, reloadMs] of [["VLC", 1000], ["mpv", 2000]] as const) {
    it(`gets HQ after ten seconds on a good line (${name})`, () => {
      const picks = play({ lineBitsPerSecond: () => 50e6, seconds: 120, reloadMs });
      assert.deepEqual(changes(picks), [10]);
      assert.equal(picks.at(-1), "hq");
    });
    it(`gets LQ on a line that does not carry MQ (${name})`, () => {
      const picks = play({ lineBitsPerSecond: () => 0.9e6, seconds: 25, reloadMs });
      assert.deepEqual([changes(picks).length, picks.at(-1)], [1, "lq"]);
    });
  }
  it("goes back to MQ from HQ that its line does not carry, and tries again ever later", () => {
    const picks = play({ lineBitsPerSecond: () => 1.6e6, seconds: 900, reloadMs: 1000 });
    const trials = changes(picks).filter((second) => picks[second] === "hq");
    const waits = trials.slice(1).map((second, index) => second - trials[index]!);
    assert.ok(!picks.includes("lq"));
    assert.ok(trials.length >= 2 && trials.length <= 6, `${trials}`);
    waits.slice(1).forEach((wait, index) => assert.ok(wait > 1.5 * waits[index]!, `${waits}`));
    assert.ok(picks.filter((pick) => pick === "hq").length < 0.12 * picks.length);
  });
  it("follows a line that gets worse and better again", () => {
    const picks = play({ lineBitsPerSecond: (second) => second > 60 && second < 120 ? 0.6e6 : 20e6, seconds: 300, reloadMs: 1000 });
    assert.deepEqual([picks[59], picks[100], picks.at(-1)], ["hq", "lq", "hq"]);
  });
  it("changes at most once in ten seconds with a ladder of sizes, whatever the line does", () => {
    const line = fc.array(fc.constantFrom(0.3e6, 0.9e6, 1.6e6, 5e6, 50e6), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(line, fc.constantFrom(1000, 2000), (rates, reloadMs) => {
        const at = changes(play({ lineBitsPerSecond: (second) => rates[Math.floor(second / 10)]!, seconds: 120, reloadMs }));
        [0, ...at].slice(1).forEach((second, index) => assert.ok(second - [0, ...at][index]! >= 10, `${at}`));
      }),
      { numRuns: 40 },
    );
  });
  it("is lowered after three slow segments with an even ladder, which costs nothing to switch", () => {
    const line = (second: number) => second < 20 ? 20e6 : 1.2e6;
    const picks = play({ lineBitsPerSecond: line, seconds: 40, reloadMs: 1000, isEvenLadder: true });
    assert.equal(picks[19], "hq");
    assert.notEqual(picks[27], "hq");
  });
  it("tries HQ after thirty seconds where only its playlists are known", () => {
    const picks = play({ lineBitsPerSecond: () => 50e6, seconds: 60, reloadMs: 1000, knowsSegments: false });
    assert.deepEqual(changes(picks), [30]);
  });
  it("is lowered when it skips a segment, or was away for long", () => {
    const at = (driving: Driving, nowMs: number) =>
      drive(driving, { nowMs, segmentMs: SEGMENT_MS, ratesBitsPerSecond: RATES, isEvenLadder: false, mayRaise: true }).pick;
    const listed = noteListed(startDriving(0), { msn: 5, atMs: 9000, segmentMs: SEGMENT_MS });
    const asked = noteAsked(listed, { msn: 5, atMs: 9000 });
    assert.equal(at(noteListed(noteAsked(asked, { msn: 8, atMs: 10_000 }), { msn: 8, atMs: 10_000, segmentMs: SEGMENT_MS }), 10_000), "lq");
    assert.equal(at(noteListed(listed, { msn: 14, atMs: 18_000, segmentMs: SEGMENT_MS }), 18_000), "lq");
    assert.equal(at(noteListed(asked, { msn: 6, atMs: 10_000, segmentMs: SEGMENT_MS }), 10_000), "mq");
  });

  it("is left where it is, whatever its line carries, where its picture would stand still at a change of size", () => {
    let driving = startDriving(0);
    for (let msn = 0; msn < 200; msn++) {
      driving = noteListed(driving, { msn, atMs: msn * SEGMENT_MS, segmentMs: SEGMENT_MS });
      const nowMs = msn * SEGMENT_MS + 500;
      driving = drive(driving, { nowMs, segmentMs: SEGMENT_MS, ratesBitsPerSecond: RATES, isEvenLadder: false, mayRaise: false });
      assert.equal(driving.pick, "mq");
    }
  });
});
