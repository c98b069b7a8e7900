import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHouse } from "../../../media/audience/house.ts";
import { createHistory } from "../../../media/audience/history.ts";
import type { Client, Viewer } from "../../../media/audience/viewer.ts";
import type { Segment } from "../../../media/hls/segment.ts";
import { parseLadder } from "../../../media/settings/values.ts";

const { ladder } = parseLadder("1280x720@2500k,854x480@1000k,426x240@400k");
const START_MS = 1_790_000_000_000;

function openHouse(uplinkBitsPerSecond: number) {
  let nowMs = START_MS;
  const lines: string[] = [];
  const house = createHouse({
    ladder,
    uplinkBitsPerSecond,
    motionThreshold: 0.008,
    segmentSeconds: 1,
    partsPerSecond: 5,
    isEvenLadder: false,
    now: () => nowMs,
    log: (line) => lines.push(line),
  });
  return {
    house,
    lines,
    /** Announces segments for so many seconds. */
    pass(seconds: number, present: readonly Viewer[], o: { segments?: readonly Segment[]; isSlate?: boolean; besideBytes?: number } = {}) {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1000;
        for (const _ of present) house.sentBeside(o.besideBytes ?? 4000);
        house.settle({ nowMs, segments: o.segments ?? [], present, isSlate: o.isSlate ?? false });
      }
    },
  };
}

function viewer(id: number, client: Client = "hls.js"): Viewer {
  return {
    id: `viewer${id}`,
    publicId: `public${id}`,
    invite: null,
    client,
    slots: [0, 1, 2],
    mode: "home",
    quality: "auto",
    firstSeenMs: START_MS + id,
    lastSeenMs: START_MS,
    lastSlot: 0,
    choices: [],
    cap: null,
    history: createHistory(3),
  };
}

/** Closed segments whose renditions weigh so many bits a second. */
function segments(rates: readonly number[]): Segment[] {
  return Array.from({ length: 10 }, (_, msn) => ({
    msn,
    run: "r",
    initRuns: ["r", "r", "r"],
    mediaTimeSeconds: msn,
    programDateTimeMs: msn * 1000,
    durationSeconds: 1,
    isClosed: true,
    parts: [{ msn, part: 0, durationSeconds: 1, isIndependent: true, bodies: rates.map((rate) => new Uint8Array(rate / 8)) }],
  }));
}

describe("the house", () => {
  it("lets a viewer begin when there is room and the moment is good for its player", () => {
    const { house } = openHouse(100_000_000);
    const [stock, vlc] = [viewer(1, "other"), viewer(2, "vlc")];
    assert.deepEqual([2, 3].map((upcomingPart) => house.mayBegin(stock, upcomingPart)), [false, true]);
    assert.deepEqual([2, 3].map((upcomingPart) => house.mayBegin(vlc, upcomingPart)), [false, true]);
    for (const [id, client] of (["hls.js", "mpv", "apple"] as const).entries()) {
      assert.equal(house.mayBegin(viewer(3 + id, client), 2), true, client);
    }
  });
  it("counts nobody as pulling who waits to begin", () => {
    const { house, pass } = openHouse(10_000_000);
    const crowd = Array.from({ length: 20 }, (_, id) => viewer(id));
    const begin = () => crowd.filter((each) => house.mayBegin(each, 3)).length;
    assert.ok(begin() < 10, "the first burst fills the link");
    const waiting = crowd.filter((each) => !house.mayBegin(each, 3));
    pass(1, crowd);
    assert.ok(waiting.filter((each) => house.mayBegin(each, 3)).length >= 3, `${waiting.length} waited`);
  });
  it("lets a few viewers have everything and a crowd the least", () => {
    const few = Array.from({ length: 3 }, (_, id) => viewer(id));
    const { house, pass } = openHouse(20_000_000);
    pass(60, few);
    assert.deepEqual(few.map((each) => house.circumstances(each).cap), ["hq", "hq", "hq"]);
    const crowd = Array.from({ length: 60 }, (_, id) => viewer(id));
    pass(1, crowd);
    assert.ok(crowd.every((each) => house.circumstances(each).cap === "lq"), "it shrinks with the next segment");
    assert.equal(house.budget.uplink, 20_000_000);
  });

  it("goes by what the renditions weigh, not by what they may", () => {
    const crowd = Array.from({ length: 30 }, (_, id) => viewer(id));
    const { house, pass } = openHouse(20_000_000);
    pass(60, crowd, { segments: segments([400_000, 200_000, 100_000]) });
    assert.ok(crowd.every((each) => house.circumstances(each).cap === "hq"), "thirty times 0.4 Mbit/s fit");
    const [hq, mq, lq] = house.weights;
    assert.deepEqual([hq - lq, mq - lq].map(Math.round), [300_000, 100_000]);
    assert.ok(lq > 101_000 && lq < 140_000, `${lq} bit/s, what goes beside it among them`);
  });

  it("tells once that the uplink is too small, and once that it no longer is, however often a viewer comes and goes", () => {
    const crowd = Array.from({ length: 40 }, (_, id) => viewer(id));
    const { lines, pass } = openHouse(20_000_000);
    pass(5, crowd.slice(0, 39));
    assert.deepEqual(lines, []);
    for (let time = 0; time < 5; time++) {
      pass(3, crowd);
      pass(6, crowd.slice(0, 39));
    }
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /too small: LQ for 40 viewers is 17\.3 Mbit\/s, and 17\.0 of its 20\.0 may be used/);
    pass(4, crowd.slice(0, 39));
    assert.deepEqual(lines.slice(1), ["The uplink carries all 39 viewers again."]);
  });

  it("counts what playlists and heads really cost each viewer, once it has seen enough of it", () => {
    const five = Array.from({ length: 5 }, (_, id) => viewer(id));
    const { house, pass } = openHouse(100_000_000);
    const besides = () => house.budget.spent - 5 * 2_500_000;
    pass(1, five, { besideBytes: 100_000 });
    assert.equal(besides(), 5 * 32_000, "what is usual, as long as little is known");
    pass(11, five, { besideBytes: 1500 });
    assert.equal(besides(), 5 * 12_000);
    pass(10, five, { besideBytes: 10_000 });
    assert.equal(besides(), 5 * 80_000);
  });

  it("lets who comes to an empty house have HQ at once, but not twenty in the same second", () => {
    const { house, pass } = openHouse(20_000_000);
    pass(1, []);
    const twenty = Array.from({ length: 20 }, (_, id) => viewer(id));
    const caps = () => twenty.map((each) => house.circumstances(each).cap);
    assert.deepEqual(caps(), ["hq", ...Array(19).fill("lq")]);
    assert.deepEqual(caps(), caps(), "and keeps to it until the next segment");
    pass(1, twenty);
    assert.ok(caps().filter((cap) => cap === "mq").length >= 13);
  });

  it("settles the motion's pick when a segment is announced, for all who choose for it", () => {
    const { house, pass } = openHouse(1e9);
    pass(1, []);
    for (let tenth = 0; tenth < 15; tenth++) house.takeMotion({ timeSeconds: tenth / 10, changedShare: 0.2 });
    assert.equal(house.circumstances(viewer(1)).motionPick, "mq");
    assert.ok(house.motion.moving);
    pass(1, []);
    assert.equal(house.circumstances(viewer(1)).motionPick, "hq");
    pass(4, [], { isSlate: true });
    assert.equal(house.circumstances(viewer(1)).motionPick, "lq", "the slate stands still");
  });

  it("drives mpv up when it keeps up, VLC only where the size stays, and a browser not at all", () => {
    const mpv = viewer(1, "mpv"), browser = viewer(2), vlc = viewer(3, "vlc");
    const { house, pass } = openHouse(1e9);
    for (let msn = 0; msn < 45; msn++) {
      for (const each of [mpv, browser, vlc]) house.listed(each, msn);
      pass(1, [mpv, browser, vlc]);
    }
    assert.equal(house.circumstances(mpv).drivenPick, "hq");
    assert.equal(house.circumstances(vlc).drivenPick, "mq");
    assert.equal(house.circumstances(browser).drivenPick, "mq");
  });
  it("drives a player that is opened again anew: the time in between was no trouble", () => {
    const { house, pass } = openHouse(1e9);
    const vlc = viewer(1, "vlc");
    const watch = (firstMsn: number) => {
      house.mayBegin(vlc, 3);
      for (let msn = firstMsn; msn < firstMsn + 5; msn++) {
        house.listed(vlc, msn);
        house.asked(vlc, msn);
        pass(1, [vlc]);
      }
    };
    watch(0);
    pass(60, []);
    watch(65);
    pass(15, [vlc]);
    assert.equal(house.circumstances(vlc).drivenPick, "mq");
  });
});
