import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { PlayerEvents, PlayerSetup } from "../../../../static/watch/playing/player.ts";
import type { ViewerOutcome } from "../../../../static/watch/playing/viewer.ts";
import { type Behind, createWatching } from "../../../../static/watch/playing/watching.ts";
import { createFakePlayer, type FakePlayer } from "./fake_player.ts";

const TICK_MS = 250;
const FOUND: ViewerOutcome = { kind: "viewer", viewer: { id: "ada", playlist: "http://host/v/ada/live.m3u8", title: null } };

/** A page on paper: its players, what was done in which order, and a clock. */
function openPage(o: { isBehind?: boolean; isRefused?: boolean } = {}) {
  const done: string[] = [];
  const players: { fake: FakePlayer; setup: PlayerSetup; events: PlayerEvents }[] = [];
  let nowMs = 1_000_000;
  let confirmed: ViewerOutcome = FOUND;
  const video = {
    currentTime: 0,
    seeking: false,
    readyState: 4,
    paused: false,
    ended: false,
    playbackRate: 1,
    pause: () => void (video.paused = true),
  };
  const behind: Behind = {
    isBehind: o.isBehind ?? false,
    load(player, playlist) {
      done.push("load");
      player.load(playlist);
    },
    moved() {},
    failed: () => void done.push("failed"),
    keep: () => void done.push("keep behind"),
  };
  const watching = createWatching({
    video,
    held: { hold: () => void done.push("hold"), release: () => void done.push("release") },
    viewers: {
      find: () => Promise.resolve(FOUND),
      confirm() {
        done.push("confirm");
        return Promise.resolve(confirmed);
      },
    },
    behind: () => behind,
    makePlayer(setup, events) {
      const fake = createFakePlayer();
      players.push({ fake, setup, events });
      done.push("make player");
      return fake;
    },
    play() {
      done.push("play");
      return Promise.resolve(!o.isRefused);
    },
    onViewer: ({ id }) => void done.push(`viewer ${id}`),
    onPaused: () => void done.push("show"),
    onReturned: () => void done.push("returned"),
    onReachable: () => void done.push("reachable"),
    now: () => nowMs,
    random: () => 0.5,
  });

  return {
    watching,
    video,
    done,
    players,
    /** Time goes by in ticks; what was begun meanwhile comes to its end. */
    async wait(forMs: number, isMoving: boolean): Promise<void> {
      for (const endMs = nowMs + forMs; nowMs < endMs;) {
        nowMs += TICK_MS;
        if (isMoving) video.currentTime += TICK_MS / 1000;
        watching.tick();
        await settle();
      }
    },
    sleep: (forMs: number) => void (nowMs += forMs),
    answer: (outcome: ViewerOutcome) => void (confirmed = outcome),
    count: (what: string) => done.filter((each) => each === what).length,
  };
}

/** Everything that waits for nothing but promises has run by then. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe("the playing loop", () => {
  it("rests off the air, whatever happens, and plays with a fresh player when it is told to start", async () => {
    const page = openPage();
    await page.watching.start();
    page.watching.rest();
    assert.ok(page.watching.isResting);
    page.done.length = 0;
    page.watching.died();
    page.players[0]!.events.onNetworkError();
    await page.wait(15_000, false);
    assert.deepEqual(page.done, []);
    await page.watching.start();
    assert.ok(!page.watching.isResting);
    assert.deepEqual(page.done, ["make player", "viewer ada", "load", "play"]);
  });

  it("a show that has come to its end is not played again from its beginning", async () => {
    const page = openPage();
    await page.watching.start();
    page.video.ended = page.video.paused = true;
    page.done.length = 0;
    await page.wait(500, false);
    assert.ok(!page.done.includes("play"), page.done.join());
  });

  it("a player is ready before the viewer is known, and the viewer is told of before anything is loaded", async () => {
    const page = openPage();
    const finding = Promise.withResolvers<ViewerOutcome>();
    const started = page.watching.start(finding.promise);
    assert.deepEqual(page.done, ["make player"]);
    finding.resolve(FOUND);
    await started;
    assert.deepEqual(page.done, ["make player", "viewer ada", "load", "play"]);
  });

  it("a used player is replaced, its last picture held meanwhile", async () => {
    const page = openPage();
    await page.watching.start();
    page.done.length = 0;
    await page.watching.start();
    assert.deepEqual(page.done, ["viewer ada", "hold", "make player", "load", "play"]);
    assert.ok(page.players[0]!.fake.asked.includes("destroy"));
    assert.equal(page.watching.player, page.players[1]!.fake);
  });

  it("an answer that comes after the next attempt began is dropped", async () => {
    const page = openPage();
    const late = Promise.withResolvers<ViewerOutcome>();
    const first = page.watching.start(late.promise);
    await page.watching.start();
    late.resolve(FOUND);
    await first;
    assert.deepEqual(page.done, ["make player", "viewer ada", "load", "play"]);
  });

  it("what a replaced player still has to say is not heard", async () => {
    const page = openPage();
    await page.watching.start();
    await page.watching.start();
    page.players[0]!.events.onNetworkError();
    assert.equal(page.count("failed"), 0);
    page.players[1]!.events.onNetworkError();
    assert.equal(page.count("failed"), 1);
  });

  it("a picture that stands is jumped to the edge, then loaded anew", async () => {
    const page = openPage();
    await page.watching.start();
    await page.wait(2000, true);
    await page.wait(3000, false);
    assert.ok(page.players[0]!.fake.asked.includes("jump"));
    assert.equal(page.count("confirm"), 0);
    await page.wait(3000, false);
    assert.equal(page.count("confirm"), 1);
    assert.equal(page.players.length, 2);
  });

  it("asks again and again while the server cannot be reached, then plays", async () => {
    const page = openPage();
    page.answer({ kind: "unreachable" });
    await page.watching.start(Promise.resolve({ kind: "unreachable" }));
    await page.wait(10_000, false);
    assert.ok(page.count("confirm") > 3, `${page.count("confirm")}`);
    assert.equal(page.count("load"), 0);
    page.answer(FOUND);
    await page.wait(3000, false);
    assert.equal(page.count("load"), 1);
    assert.equal(page.players.length, 1);
  });

  it("a picture that moves again tells that the server answers, whoever brought it back", async () => {
    const page = openPage();
    await page.watching.start();
    await page.wait(2000, true);
    await page.wait(1500, false);
    await page.wait(1000, true);
    assert.equal(page.count("reachable"), 0);
    await page.wait(4000, false);
    assert.equal(page.count("reachable"), 0);
    await page.wait(1000, true);
    assert.equal(page.count("reachable"), 1);
  });

  it("a paused picture may stand, and is not played again", async () => {
    const page = openPage();
    await page.watching.start();
    await page.wait(2000, true);
    page.watching.pause();
    page.done.length = 0;
    await page.wait(20_000, false);
    assert.ok(page.done.every((each) => each === "release"), page.done.join());
    page.watching.resume();
    assert.deepEqual(page.done.slice(-2), ["play", "show"]);
  });

  it("a machine that slept asks at once where it stands", async () => {
    const page = openPage();
    await page.watching.start();
    await page.wait(2000, true);
    page.sleep(60_000);
    await page.wait(TICK_MS, false);
    assert.deepEqual(page.done.filter((each) => each === "returned" || each === "confirm"), ["confirm", "returned"]);
  });

  it("a stall at the edge lets the next player begin further behind and below the level that was too much", async () => {
    const page = openPage();
    await page.watching.start();
    page.players[0]!.events.onStall({ level: 2, edgeSeconds: 10, bufferedEndSeconds: 9, partSeconds: 0.2 });
    await page.watching.start();
    assert.equal(page.players[1]!.setup.extraSeconds, 0.4);
    assert.equal(page.players[1]!.setup.highestLevel, 1);
  });

  for (const [standsMs, extraSeconds, highestLevel] of [[1000, 0.4, 1], [4000, 0, -1]] as const) {
    for (const movesMs of [0, TICK_MS]) {
      const learns = extraSeconds === 0 ? "nothing: no distance would have helped" : "from it";
      it(`a picture that stood for ${standsMs / 1000} s has learnt ${learns}; seen to move ${movesMs} ms after it was said to stand`, async () => {
        const page = openPage();
        await page.watching.start();
        await page.wait(2000, true);
        page.players[0]!.events.onStall({ level: 2, edgeSeconds: 10, bufferedEndSeconds: 9, partSeconds: 0.2 });
        await page.wait(movesMs, true);
        await page.wait(standsMs, false);
        page.players[0]!.events.onAppending(0);
        await page.wait(1000, true);
        await page.watching.start();
        assert.equal(page.players.at(-1)!.setup.extraSeconds, extraSeconds);
        assert.equal(page.players.at(-1)!.setup.highestLevel, highestLevel);
      });
    }
  }

  it("behind by wish, a stall teaches nothing and nothing steers", async () => {
    const page = openPage({ isBehind: true });
    await page.watching.start();
    const { fake, events } = page.players[0]!;
    fake.moment = { ...fake.moment, latencySeconds: 20, targetSeconds: 0.6 };
    events.onStall({ level: 2, edgeSeconds: 10, bufferedEndSeconds: 9, partSeconds: 0.2 });
    await page.wait(2000, true);
    assert.ok(page.count("keep behind") > 0);
    assert.ok(!fake.asked.includes("jump"), fake.asked.join());
    assert.equal(page.video.playbackRate, 1);
    await page.watching.start();
    assert.equal(page.players[1]!.setup.extraSeconds, 0);
    assert.equal(page.players[1]!.setup.highestLevel, -1);
  });

  it("a little behind the edge it hurries, far behind it jumps", async () => {
    const page = openPage();
    await page.watching.start();
    const { fake } = page.players[0]!;
    fake.moment = { ...fake.moment, latencySeconds: 1.2, targetSeconds: 0.6, bufferedSeconds: 0.5 };
    await page.wait(1000, true);
    assert.equal(page.video.playbackRate, 1.15);
    fake.moment = { ...fake.moment, latencySeconds: 5 };
    await page.wait(TICK_MS, true);
    assert.ok(fake.asked.includes("jump"));
    assert.equal(page.video.playbackRate, 1);
  });

  it("a browser that plays nothing before a press is asked once, and nothing is replaced meanwhile; one press plays", async () => {
    const refusing = { isRefused: true };
    const page = openPage(refusing);
    page.video.paused = true;
    await page.watching.start();
    await page.wait(30_000, false);
    assert.deepEqual([page.watching.isRefused, page.watching.isPaused], [true, true]);
    assert.deepEqual([page.count("play"), page.count("make player"), page.count("confirm")], [1, 1, 0]);
    refusing.isRefused = false;
    page.video.paused = false;
    page.watching.resume();
    await page.wait(500, true);
    assert.deepEqual([page.watching.isRefused, page.watching.isPaused], [false, false]);
    assert.equal(page.count("play"), 2);
  });
});
