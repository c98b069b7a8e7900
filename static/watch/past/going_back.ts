/// <reference lib="dom" />
import type { Wish } from "../../../media/audience/viewer.ts";
import type { RenditionName } from "../../../media/hls/rendition.ts";
import type { Player, Reach } from "../playing/player.ts";
import { addressPast, findWay, isStranded } from "./time_shift.ts";
import type { Behind, Watching } from "../playing/watching.ts";

/** Where in the show the viewer is, and the ways elsewhere. All times are the wall clock of the pictures (PROGRAM-DATE-TIME), in ms. */
export interface GoingBack extends Behind {
  /** The player has the long list of the past rather than the live playlist. */
  readonly isPast: boolean;
  /** Behind the live edge; null before the first picture. */
  readonly behindSeconds: number | null;
  /** The playback rate that the viewer wishes for while behind. */
  readonly speed: number;
  /** The live edge. */
  edgeMs(): number;
  seekTo(wantedMs: number): void;
  /** Seconds forward, negative for back. */
  seekBy(seconds: number): void;
  setSpeed(speed: number): void;
  /** The viewer wishes for another picture: what is loaded ahead is still the old one, and would be shown for as long as one is behind. */
  wished(): void;
  goLive(): void;
  /** After a pause: where it stopped, unless that was so short that the playback rate makes up for it. */
  goOn(): void;
  /** The show is over: nothing of it is gone back to. */
  forget(): void;
}

/** A pause so short is made up for by the playback rate. */
const SHORT_PAUSE_SECONDS = 1;
/** With less than this in hand, and nothing to follow it in the live playlist, the long list is loaded. */
const STRANDED_SECONDS = 3;
/** With more than this of the old picture ahead, another one that is wished for is not waited for. */
const MOST_AWAITED_SECONDS = 3;
/** So often a past that does not come is asked for again. */
const MOST_PAST_FAILURES = 2;

/** Going back in the show and forward again: in memory, in what the live playlist lists, and in the long list of what the server keeps. */
export function createGoingBack(o: {
  readonly video: Pick<HTMLVideoElement, "currentTime" | "seeking" | "playbackRate">;
  readonly watching: Pick<Watching, "player" | "isPlaying" | "isPaused" | "start" | "resume" | "jump">;
  /** How far back the server lets one go; 0 where that is not known, or where this player cannot use it. */
  readonly dvrSeconds: () => number;
  readonly wish: () => Wish;
  /** What is on screen; null where that cannot be told. */
  readonly shown: () => RenditionName | null;
  /** The viewer has asked for another moment. */
  readonly onSeek: () => void;
  readonly now: () => number;
}): GoingBack {
  const { video, watching } = o;
  let isBehind = false;
  let isPast = false;
  let pastFailures = 0;
  /** The moment that is on screen, or that the viewer has asked for; null before the first picture. */
  let shownMs: number | null = null;
  /** How far the live edge, by the playlist, is before or behind this machine's clock. */
  let edgeAheadMs = 0;
  let speed = 1;

  function load(player: Player, playlist: string): void {
    if (watching.isPaused) goOn();
    isPast = isBehind && shownMs !== null && pastFailures < MOST_PAST_FAILURES;
    if (isPast && shownMs !== null) player.loadAt(addressPast(playlist, o.wish(), o.shown()), shownMs);
    else {
      setBehind(false);
      player.load(playlist);
    }
  }

  function moved(nowMs: number): void {
    pastFailures = 0;
    const { player } = watching;
    shownMs = player?.shownAtMs() ?? shownMs;
    const latencySeconds = player?.latencySeconds() ?? null;
    if (shownMs !== null && latencySeconds !== null && !isPast) edgeAheadMs = shownMs + latencySeconds * 1000 - nowMs;
  }

  /** As fast as the viewer wishes, until that leads to the live edge; with the long list where the live playlist has moved on. */
  function keep(): void {
    const { player } = watching;
    if (!player || watching.isPaused || !watching.isPlaying || shownMs === null) return;
    if (video.playbackRate !== speed) video.playbackRate = speed;
    const reach = player.reach();
    if (reach === null || video.seeking) return;
    const bufferedSeconds = player.bufferedSeconds();
    const behindSeconds = (edgeMs() - shownMs) / 1000;
    // The past lists whole segments only: a little before its end the live playlist takes over.
    const isAtEdge = isPast ? behindSeconds < 4 && bufferedSeconds < 1.5 : behindSeconds < (player.targetSeconds() ?? 1) + 0.3;
    if (speed > 1 && isAtEdge) goLive();
    else if (!isPast && bufferedSeconds < STRANDED_SECONDS && isStranded({ reach, shownMs })) void watching.start();
  }

  function edgeMs(): number {
    return o.now() + edgeAheadMs;
  }

  function seekTo(wantedMs: number): void {
    const reach = watching.player?.reach() ?? findReachMeanwhile();
    if (reach === null) return;
    const way = findWay({ wantedMs, edgeMs: edgeMs(), reach, dvrSeconds: o.dvrSeconds() });
    if (way.kind === "live") return goLive();
    setBehind(true);
    if (way.kind === "seek") {
      video.currentTime = way.seconds;
      shownMs = reach.zeroMs + way.seconds * 1000;
    } else {
      shownMs = way.wallMs;
      pastFailures = 0;
      void watching.start();
    }
    o.onSeek();
  }

  /** While one player takes over from another nothing is in reach but the long list: a viewer who goes further back then is not to be kept waiting. */
  function findReachMeanwhile(): Reach | null {
    return shownMs === null || o.dvrSeconds() === 0 ? null : { zeroMs: shownMs, buffered: [], listed: null };
  }

  function setSpeed(chosen: number): void {
    speed = chosen;
    // At the edge there is nothing to hurry to, but everybody can fall behind.
    if (chosen < 1) setBehind(true);
  }

  function wished(): void {
    const aheadSeconds = watching.player?.bufferedSeconds() ?? 0;
    if (isPast || (isBehind && aheadSeconds > MOST_AWAITED_SECONDS)) void watching.start();
  }

  function setBehind(is: boolean): void {
    isBehind = is;
    if (is) return;
    speed = 1;
    video.playbackRate = 1;
  }

  function goOn(): void {
    const targetSeconds = watching.player?.targetSeconds() ?? 1;
    if (shownMs !== null && (edgeMs() - shownMs) / 1000 > targetSeconds + SHORT_PAUSE_SECONDS) setBehind(true);
  }

  function goLive(): void {
    setBehind(false);
    // What is asked for next counts from there, also before the picture has moved.
    if (shownMs !== null) shownMs = edgeMs() - (watching.player?.targetSeconds() ?? 1) * 1000;
    if (isPast) void watching.start();
    if (watching.isPaused) watching.resume();
    if (!isPast) watching.jump();
  }

  return {
    get isBehind() {
      return isBehind;
    },
    get isPast() {
      return isPast;
    },
    get behindSeconds() {
      return shownMs === null ? null : (edgeMs() - shownMs) / 1000;
    },
    get speed() {
      return speed;
    },
    load,
    moved,
    failed: () => isPast && pastFailures++,
    keep,
    edgeMs,
    seekTo,
    seekBy: (seconds) => shownMs !== null && seekTo(shownMs + seconds * 1000),
    setSpeed,
    wished,
    goLive,
    goOn,
    forget() {
      setBehind(false);
      isPast = false;
      shownMs = null;
    },
  };
}
