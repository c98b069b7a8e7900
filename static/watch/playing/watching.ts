/// <reference lib="dom" />
import { expectBandwidth, rememberBandwidth } from "./bandwidth.ts";
import { barLevel, highestLevel, isLevelToBlame, type LevelMemory } from "./level_memory.ts";
import type { Player, PlayerEvents, PlayerSetup } from "./player.ts";
import { recover, type RecoveryEvent, startRecovery } from "./recovery.ts";
import { steer } from "./steering.ts";
import { FRESH_TARGET, lowerTarget, noteBuffered, raiseTarget, type TargetMemory } from "./target_memory.ts";
import type { Viewer, ViewerHolder, ViewerOutcome } from "./viewer.ts";

/** The show on this page's video element, kept going. */
export interface Watching {
  /** The one that plays, or the one that is ready for its address; null before the first `start`. */
  readonly player: Player | null;
  /** Whether recovery takes the picture for good: not starting, not waiting to try again. */
  readonly isPlaying: boolean;
  /** The viewer's wish, whatever the element does; and while the browser plays nothing before a press. */
  readonly isPaused: boolean;
  /** The browser plays nothing before a press, not even without sound. */
  readonly isRefused: boolean;
  /** Off the air: nothing is played, and nothing asked for. */
  readonly isResting: boolean;
  /** When the picture last moved, or was last paused. */
  readonly lastPictureMs: number;
  /** Of the way to the server, as measured; 0 before. */
  readonly bandwidthBitsPerSecond: number;
  /** Plays as the viewer that is found, with a fresh player where this one has been used. Of two attempts at once the later one wins. */
  start(finding?: Promise<ViewerOutcome>): Promise<void>;
  /** The show is off the air: the player goes, until the next `start`. */
  rest(): void;
  /** To be called every 250 ms, and when the page is seen again. Tells whether media time has advanced since the last call. */
  tick(): { readonly isMoving: boolean; readonly nowMs: number };
  pause(): void;
  resume(): void;
  /** The element was paused, or plays again, by another hand than this. */
  notePaused(isPaused: boolean): void;
  /** To the live edge, with what is loaded. */
  jump(): void;
  /** The network is back, or the page or the machine has woken. */
  returned(): void;
  /** The media element is beyond repair. */
  died(): void;
  /** The page goes: what was learnt of the network is kept for the next visit. */
  leave(): void;
}

/** How one is behind live because one wishes to be, as far as the loop has to know. */
export interface Behind {
  /** Nothing hurries or jumps to the edge then, and stalls teach nothing. */
  readonly isBehind: boolean;
  /** Gives the player its address: the live playlist, or another one beside it. */
  load(player: Player, playlist: string): void;
  /** The picture moves. */
  moved(nowMs: number): void;
  /** The player has given up. */
  failed(): void;
  /** At every tick while behind, in place of what keeps the picture at the edge. */
  keep(): void;
}

/** Of a page without a way back. */
export const NEVER_BEHIND: Behind = {
  isBehind: false,
  load: (player, playlist) => player.load(playlist),
  moved() {},
  failed() {},
  keep() {},
};

/** What the loop works on, and whom it tells. `now` in ms, `random` from 0 to 1. */
export interface WatchingDeps {
  readonly video: Pick<HTMLVideoElement, "currentTime" | "seeking" | "readyState" | "paused" | "ended" | "playbackRate" | "pause">;
  readonly held: { hold(): void; release(): void };
  readonly viewers: Pick<ViewerHolder, "find" | "confirm">;
  readonly behind: () => Behind;
  readonly makePlayer: (setup: PlayerSetup, events: PlayerEvents) => Player;
  /** Plays the element, with sound where the browser allows it; false where it allows nothing. */
  readonly play: () => Promise<boolean>;
  /** Who this page is, before anything is loaded in that name. */
  readonly onViewer: (viewer: Viewer) => void;
  /** The wish to pause or to go on was heard. */
  readonly onPaused: () => void;
  readonly onReturned: () => void;
  /** The picture moves again after it stood, so the server answers. */
  readonly onReachable: () => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** Ticks further apart than this mean that the machine slept or the browser froze the page. */
const SLEPT_MS = 5000;

/** A picture that moves again after it stood for so long has had its network or its server back. No distance would have covered that: it teaches nothing. */
const STOOD_MS = 2000;

/** The last tick that sees a picture move may come so long after the player has noticed that it stands. */
const NOTICED_BEFORE_MS = 500;

/** The playing loop: joins recovery, steering and the two memories to one player after another. */
export function createWatching(o: WatchingDeps): Watching {
  const { video, held } = o;
  let player: Player | null = null;
  let isPlayerUsed = false;
  /** Counts attempts, so that an answer that comes after the next one began is dropped. */
  let attempt = 0;
  let recovery = startRecovery(o.now());
  let target = FRESH_TARGET;
  let levels: LevelMemory = new Map();
  /** The two as they were before the latest stand of the picture taught something. */
  let before = { atMs: -Infinity, target, levels };
  let isPaused = false;
  let isRefused = false;
  let isResting = false;
  let jumpedAtMs: number | null = null;
  let lastTime = 0;
  let lastTickMs = o.now();
  let lastPictureMs = o.now();
  let bandwidth = 0;

  async function start(finding: Promise<ViewerOutcome> = o.viewers.find()): Promise<void> {
    const mine = ++attempt;
    if (isResting) recovery = startRecovery(o.now());
    isResting = false;
    player ??= preparePlayer();
    const found = await finding;
    if (mine !== attempt) return;
    if (found.kind === "unreachable") return happen({ kind: "network_error" });
    o.onViewer(found.viewer);
    if (isPlayerUsed) {
      held.hold();
      player.destroy();
      player = preparePlayer();
    }
    isPlayerUsed = true;
    lastTime = 0;
    o.behind().load(player, found.viewer.playlist);
    if (!isPaused && !isRefused) void play();
  }

  async function play(): Promise<void> {
    const isAllowed = await o.play();
    if (isAllowed || isRefused || isPaused) return;
    isRefused = true;
    o.onPaused();
  }

  function preparePlayer(): Player {
    isPlayerUsed = false;
    const prepared: Player = o.makePlayer({
      bandwidthBitsPerSecond: bandwidth || expectBandwidth(),
      extraSeconds: target.extraSeconds,
      highestLevel: highestLevel(levels, o.now()),
    }, {
      // A player that was replaced may still have something to say.
      onNetworkError: () => prepared === player && fail({ kind: "network_error" }),
      onMediaError: () => prepared === player && fail({ kind: "media_error" }),
      onStall(stall) {
        if (o.behind().isBehind) return;
        learn(raiseTarget(target, o.now()), isLevelToBlame(stall) ? barLevel(levels, stall.level, o.now()) : levels);
      },
      onAppending(bufferedSeconds) {
        if (!o.behind().isBehind) learn(noteBuffered(target, bufferedSeconds, o.now()), levels);
      },
      onBandwidth: (bitsPerSecond) => bandwidth = bitsPerSecond,
    });
    return prepared;
  }

  function learn(nextTarget: TargetMemory, nextLevels: LevelMemory): void {
    const isNewStand = lastPictureMs - before.atMs > NOTICED_BEFORE_MS;
    if (isNewStand && (nextTarget.extraSeconds > target.extraSeconds || nextLevels !== levels)) before = { atMs: o.now(), target, levels };
    target = nextTarget;
    levels = nextLevels;
  }

  function unlearn(nowMs: number): void {
    if (before.atMs < lastPictureMs - NOTICED_BEFORE_MS) return;
    target = { ...before.target, stalledAtMs: nowMs, watchedSinceMs: nowMs };
    levels = before.levels;
  }

  function fail(event: RecoveryEvent): void {
    o.behind().failed();
    happen(event);
  }

  /** Tells recovery what happened, and does what it says. */
  function happen(event: RecoveryEvent): void {
    const step = recover(recovery, event, o.now(), o.random());
    recovery = step.state;
    switch (step.action) {
      case "none":
        return;
      case "jump":
        return o.behind().isBehind ? undefined : jump();
      case "recover_media":
        held.hold();
        return player?.recoverMedia();
      case "restart":
        return void start(o.viewers.confirm());
    }
  }

  function rest(): void {
    attempt++;
    isResting = true;
    player?.destroy();
    player = null;
    held.release();
  }

  function tick(): { isMoving: boolean; nowMs: number } {
    const nowMs = o.now();
    const sleptMs = nowMs - lastTickMs;
    lastTickMs = nowMs;
    if (isResting) {
      lastPictureMs = nowMs;
      if (sleptMs > SLEPT_MS) returned();
      return { isMoving: false, nowMs };
    }
    const isMoving = video.currentTime !== lastTime && !video.seeking && video.readyState >= 2;
    lastTime = video.currentTime;
    const isStill = isPaused || isRefused;
    if (isMoving || (isStill && !video.seeking && video.readyState >= 2)) held.release();
    if (isMoving) {
      if (nowMs - lastPictureMs > STOOD_MS) {
        unlearn(nowMs);
        o.onReachable();
      }
      lastPictureMs = nowMs;
      o.behind().moved(nowMs);
    }
    if (isStill) lastPictureMs = nowMs;
    // Played anew, what has ended would begin at its beginning.
    else if (video.paused && !video.ended && player && video.readyState >= 2) void play();

    if (sleptMs > SLEPT_MS) returned();
    else happen({ kind: "tick", isMoving, isWanted: !isStill });
    if (o.behind().isBehind) o.behind().keep();
    else keepLive(nowMs);
    return { isMoving, nowMs };
  }

  function returned(): void {
    if (!isResting) happen({ kind: "returned" });
    o.onReturned();
  }

  function keepLive(nowMs: number): void {
    if (!player || isPaused || isRefused || recovery.kind !== "playing") return;
    const targetSeconds = player.targetSeconds();
    if (targetSeconds !== null) target = lowerTarget(target, targetSeconds - target.extraSeconds, nowMs);
    player.setExtraLatency(target.extraSeconds);
    player.setHighestLevel(highestLevel(levels, nowMs));
    const steering = steer({
      nowMs,
      latencySeconds: player.latencySeconds(),
      targetSeconds: player.targetSeconds(),
      extraSeconds: target.extraSeconds,
      bufferedSeconds: player.bufferedSeconds(),
      rate: video.playbackRate,
      isSeeking: video.seeking,
      jumpedAtMs,
    });
    if (steering.kind === "jump") jump();
    else if (video.playbackRate !== steering.rate) video.playbackRate = steering.rate;
  }

  function jump(): void {
    jumpedAtMs = o.now();
    video.playbackRate = 1;
    player?.jumpToLive();
  }

  return {
    get player() {
      return player;
    },
    get isPlaying() {
      return recovery.kind === "playing";
    },
    get isPaused() {
      return isPaused || isRefused;
    },
    get isRefused() {
      return isRefused;
    },
    get isResting() {
      return isResting;
    },
    get lastPictureMs() {
      return lastPictureMs;
    },
    get bandwidthBitsPerSecond() {
      return bandwidth;
    },
    start,
    rest,
    tick,
    pause() {
      isPaused = true;
      video.pause();
      o.onPaused();
    },
    resume() {
      isPaused = isRefused = false;
      if (!isResting) void play();
      o.onPaused();
    },
    notePaused(is) {
      isPaused = is;
      if (!is) isRefused = false;
      o.onPaused();
    },
    jump,
    returned,
    died: () => isResting || happen({ kind: "dead" }),
    leave: () => bandwidth > 0 && rememberBandwidth(bandwidth),
  };
}
