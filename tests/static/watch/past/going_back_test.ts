import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createGoingBack } from "../../../../static/watch/past/going_back.ts";
import type { Reach } from "../../../../static/watch/playing/player.ts";
import { createFakePlayer } from "../playing/fake_player.ts";

const LIVE = "http://host/v/ada/live.m3u8";
const NOW_MS = 1_000_000_000;
const ZERO_MS = NOW_MS - 100_000;
/** The edge by the wall clock is at 100 s; 20 s are in memory. */
const REACH: Reach = { zeroMs: ZERO_MS, buffered: [[ZERO_MS + 80_000, ZERO_MS + 99_500]], listed: [ZERO_MS + 88_000, ZERO_MS + 100_000] };

/** A page on paper that plays a second behind the edge. */
function openPage() {
  const done: string[] = [];
  const video = { currentTime: 99, seeking: false, playbackRate: 1 };
  const player = createFakePlayer();
  player.moment = { latencySeconds: 1, targetSeconds: 0.6, shownAtMs: NOW_MS - 1000, reach: REACH, bufferedSeconds: 0.5 };
  const watching = {
    player,
    isPlaying: true,
    isPaused: false,
    start() {
      done.push("start");
      goingBack.load(player, LIVE);
      return Promise.resolve();
    },
    resume() {
      watching.isPaused = false;
      done.push("resume");
    },
    jump: () => void done.push("jump"),
  };
  const clock = { nowMs: NOW_MS };
  const goingBack = createGoingBack({
    video,
    watching,
    dvrSeconds: () => 60,
    wish: () => ({ mode: "home", quality: "auto" }),
    shown: () => "mq",
    onSeek: () => void done.push("seek"),
    now: () => clock.nowMs,
  });
  goingBack.moved(NOW_MS);
  return { goingBack, watching, video, player, done, clock };
}

describe("going back", () => {
  it("to what is in memory is a seek", () => {
    const { goingBack, video, done } = openPage();
    goingBack.seekBy(-10);
    assert.equal(video.currentTime, 89);
    assert.deepEqual(done, ["seek"]);
    assert.equal(goingBack.behindSeconds, 11);
    assert.ok(goingBack.isBehind && !goingBack.isPast);
  });

  it("right after the way to the edge counts from there, also before the picture has moved", () => {
    const { goingBack, video } = openPage();
    goingBack.seekBy(-10);
    goingBack.goLive();
    goingBack.seekBy(-5);
    assert.ok(Math.abs(video.currentTime - 94.4) < 0.01, `at ${video.currentTime}, with the edge at 100`);
  });

  it("further than that is the long list, at that moment", () => {
    const { goingBack, player, done } = openPage();
    goingBack.seekBy(-40);
    assert.deepEqual(player.asked, [`load http://host/v/ada/dvr.m3u8?rendition=mq at ${NOW_MS - 41_000}`]);
    assert.deepEqual(done, ["start", "seek"]);
    assert.ok(goingBack.isBehind && goingBack.isPast);
  });

  it("another picture that is wished for comes at once where much of the old one is ahead, and from the edge by itself", () => {
    const { goingBack, player, done } = openPage();
    goingBack.wished();
    goingBack.seekBy(-10);
    player.moment = { ...player.moment, bufferedSeconds: 2 };
    goingBack.wished();
    assert.deepEqual(player.asked, []);
    player.moment = { ...player.moment, bufferedSeconds: 10 };
    goingBack.wished();
    assert.deepEqual(player.asked, [`load http://host/v/ada/dvr.m3u8?rendition=mq at ${NOW_MS - 11_000}`]);
    goingBack.wished();
    assert.deepEqual(done, ["seek", "start", "start"]);
  });

  it("a moment that is wished for while another player takes over is not forgotten, and several add up", () => {
    const { goingBack, player } = openPage();
    player.moment = { ...player.moment, reach: null };
    goingBack.seekBy(-5);
    goingBack.seekBy(-5);
    assert.equal(player.asked.at(-1), `load http://host/v/ada/dvr.m3u8?rendition=mq at ${NOW_MS - 11_000}`);
    goingBack.seekBy(10);
    assert.ok(!goingBack.isBehind);
  });

  it("a past that has failed twice gives way to live", () => {
    const { goingBack, watching, player } = openPage();
    goingBack.seekBy(-40);
    goingBack.failed();
    void watching.start();
    assert.ok(goingBack.isPast);
    goingBack.failed();
    void watching.start();
    assert.equal(player.asked.at(-1), `load ${LIVE}`);
    assert.ok(!goingBack.isBehind && !goingBack.isPast);
  });

  it("a past that has moved meanwhile is asked for again", () => {
    const { goingBack, watching, clock } = openPage();
    goingBack.seekBy(-40);
    for (let failure = 0; failure < 5; failure++) {
      goingBack.failed();
      goingBack.moved(clock.nowMs);
      void watching.start();
      assert.ok(goingBack.isPast);
    }
  });

  it("live again is a jump from memory, and the live playlist from the long list", () => {
    const near = openPage();
    near.goingBack.seekBy(-10);
    near.goingBack.goLive();
    assert.deepEqual(near.done, ["seek", "jump"]);
    const far = openPage();
    far.goingBack.seekBy(-40);
    far.done.length = 0;
    far.goingBack.goLive();
    assert.equal(far.done[0], "start");
    assert.equal(far.player.asked.at(-1), `load ${LIVE}`);
    assert.ok(!far.goingBack.isBehind && !far.goingBack.isPast);
  });

  it("live again ends a pause", () => {
    const { goingBack, watching, done } = openPage();
    watching.isPaused = true;
    goingBack.goLive();
    assert.deepEqual(done, ["resume", "jump"]);
  });

  it("after a pause of half a second it is live, after a longer one it goes on where it stood", () => {
    const { goingBack, clock } = openPage();
    clock.nowMs += 500;
    goingBack.goOn();
    assert.ok(!goingBack.isBehind);
    clock.nowMs += 500;
    goingBack.goOn();
    assert.ok(goingBack.isBehind);
  });

  it("slow motion falls behind, and the edge takes the speed back", () => {
    const { goingBack, video } = openPage();
    goingBack.setSpeed(1.5);
    assert.ok(!goingBack.isBehind);
    goingBack.setSpeed(0.5);
    goingBack.keep();
    assert.equal(video.playbackRate, 0.5);
    goingBack.goLive();
    assert.deepEqual([goingBack.speed, video.playbackRate], [1, 1]);
  });

  it("fast motion that has reached the edge is live", () => {
    const { goingBack, player, done, clock } = openPage();
    goingBack.seekBy(-10);
    goingBack.setSpeed(2);
    goingBack.keep();
    assert.deepEqual(done, ["seek"]);
    player.moment = { ...player.moment, shownAtMs: NOW_MS - 800, latencySeconds: 0.8 };
    goingBack.moved(clock.nowMs);
    goingBack.keep();
    assert.deepEqual(done, ["seek", "jump"]);
    assert.ok(!goingBack.isBehind);
  });

  it("the long list takes over where the live playlist has moved on", () => {
    const { goingBack, player, done, clock } = openPage();
    goingBack.seekBy(-18);
    const shownAtMs = ZERO_MS + 81_000;
    const reach: Reach = { ...REACH, buffered: [[ZERO_MS + 80_000, ZERO_MS + 83_000]] };
    player.moment = { ...player.moment, shownAtMs, latencySeconds: 19, reach, bufferedSeconds: 2 };
    goingBack.moved(clock.nowMs);
    goingBack.keep();
    assert.deepEqual(done, ["seek", "start"]);
    assert.match(player.asked.at(-1)!, /dvr\.m3u8/);
  });
});
