/// <reference lib="dom" />
// The light build carries no types of its own.
// @ts-types="hls.js"
import Hls, { type ErrorData, type HlsConfig, type LoadPolicy, type RetryConfig } from "hls.js/light";
import { describeCmcd } from "./cmcd.ts";

/** One life of hls.js on the page's video element. */
export interface Player {
  /** Plays from the multivariant playlist at `address`. Once in a player's life. */
  load(address: string): void;
  /** Plays the media playlist at `address` from what was made at this moment, or from its beginning where that is later. Once in a player's life. */
  loadAt(address: string, wallMs: number): void;
  /** Behind the estimated edge of the playlist, as hls.js counts it; null before it can. */
  latencySeconds(): number | null;
  /** Where the latency should be: the playlist's hold-back and what stalls have added. */
  targetSeconds(): number | null;
  /** The wall clock when the picture on screen was made, by PROGRAM-DATE-TIME. */
  shownAtMs(): number | null;
  /** What can be shown without asking for another playlist; null before the first picture. */
  reach(): Reach | null;
  bufferedSeconds(): number;
  setExtraLatency(seconds: number): void;
  /** Highest level that may be loaded, -1 for all. */
  setHighestLevel(level: number): void;
  jumpToLive(): void;
  recoverMedia(): void;
  destroy(): void;
}

/** Spans of the wall clock by PROGRAM-DATE-TIME, in ms. */
export interface Reach {
  /** The wall clock at media time 0. */
  readonly zeroMs: number;
  readonly buffered: readonly (readonly [startMs: number, endMs: number])[];
  /** What the loaded playlist lists. */
  readonly listed: readonly [startMs: number, endMs: number] | null;
}

/** What is known of the way to this viewer before the player's first request. */
export interface PlayerSetup {
  readonly bandwidthBitsPerSecond: number;
  readonly extraSeconds: number;
  readonly highestLevel: number;
}

export interface PlayerEvents {
  onNetworkError(): void;
  onMediaError(): void;
  /** The picture stands for want of media, where the buffer and the playlist end, and on which level. */
  onStall(stall: { level: number; edgeSeconds: number; bufferedEndSeconds: number; partSeconds: number }): void;
  /** New media is there for a picture that moves, when so much was left ahead of it. */
  onAppending(bufferedSeconds: number): void;
  /** Bits per second of the way to the server, as measured so far. */
  onBandwidth(bitsPerSecond: number): void;
}

export function isPlayerSupported(): boolean {
  return Hls.isSupported();
}

/** Gets ready to play at the live edge: takes the element over before the address is known, so that the two do not wait for each other. */
export function createPlayer(video: HTMLVideoElement, o: PlayerSetup, events: PlayerEvents): Player {
  const hls = new Hls({ ...CONFIG, abrEwmaDefaultEstimate: o.bandwidthBitsPerSecond, xhrSetup });
  let extraSeconds = o.extraSeconds;
  let isTargetSet = false;
  let bitsPerSecond: number | null = null;
  let isStarved = false;
  /** Media time and PROGRAM-DATE-TIME advance together, so once known it stays known. */
  let zeroMs: number | null = null;

  hls.on(Hls.Events.ERROR, (_, error) => {
    if (error.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) reportStall();
    if (error.fatal) reportFatal(error);
  });
  hls.on(Hls.Events.MANIFEST_PARSED, () => setHighestLevel(o.highestLevel));
  hls.on(Hls.Events.LEVEL_UPDATED, () => isTargetSet || applyExtra());
  hls.on(Hls.Events.BUFFER_APPENDING, () => {
    if (!video.paused && !video.seeking && playedSeconds() > BEGINNING_SECONDS) events.onAppending(bufferedSeconds());
  });
  hls.on(Hls.Events.FRAG_BUFFERED, () => events.onBandwidth(bitsPerSecond = hls.bandwidthEstimate));
  hls.attachMedia(video);

  /** Media addresses are everybody's, so only playlists carry what this player has to say. hls.js's light build has no CMCD of its own. */
  function xhrSetup(request: XMLHttpRequest, address: string): void {
    if (!isPlaylist(address)) return;
    request.open("GET", address);
    const headers = describeCmcd({ bufferedSeconds: bufferedSeconds(), bitsPerSecond, isStarved });
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    isStarved = false;
  }

  function reportFatal(error: ErrorData): void {
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR) events.onMediaError();
    else events.onNetworkError();
  }

  function reportStall(): void {
    isStarved = true;
    const details = hls.latestLevelDetails;
    if (!details) return;
    const bufferedEndSeconds = video.currentTime + bufferedSeconds();
    events.onStall({
      level: hls.loadLevel,
      edgeSeconds: details.edge,
      bufferedEndSeconds,
      partSeconds: details.partTarget || details.targetduration,
    });
  }

  // hls.js keeps its own target as long as none is set, so nothing is set until a stall has taught something.
  function applyExtra(): void {
    const details = hls.latestLevelDetails;
    if (!details || (extraSeconds === 0 && !isTargetSet)) return;
    hls.targetLatency = (details.partHoldBack || details.holdBack || 3 * details.targetduration) + extraSeconds;
    isTargetSet = true;
  }

  function setHighestLevel(level: number): void {
    if (hls.autoLevelCapping !== level) hls.autoLevelCapping = level;
  }

  /** Since the start, or since the last jump. */
  function playedSeconds(): number {
    const { played } = video;
    const last = played.length - 1;
    return last < 0 ? 0 : played.end(last) - played.start(last);
  }

  function bufferedSeconds(): number {
    const { buffered, currentTime } = video;
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= currentTime + 0.1 && currentTime <= buffered.end(i)) return buffered.end(i) - currentTime;
    }
    return 0;
  }

  function loadAt(address: string, wallMs: number): void {
    hls.config.autoStartLoad = false;
    hls.once(Hls.Events.LEVEL_UPDATED, (_, { details }) => {
      const { fragments } = details;
      const first = fragments[0], wanted = fragments.find((each) => (each.programDateTime ?? 0) + each.duration * 1000 > wallMs);
      if (!first) return events.onNetworkError();
      const fragment = wanted ?? fragments[fragments.length - 1]!;
      const withinSeconds = Math.max(0, wallMs - (fragment.programDateTime ?? wallMs)) / 1000;
      hls.startLoad(Math.max(0.01, fragment.start + Math.min(withinSeconds, fragment.duration / 2)));
    });
    hls.loadSource(address);
  }

  function shownAtMs(): number | null {
    const shownMs = hls.playingDate?.getTime();
    if (shownMs === undefined) return zeroMs === null ? null : zeroMs + video.currentTime * 1000;
    zeroMs = shownMs - video.currentTime * 1000;
    return shownMs;
  }

  function reach(): Reach | null {
    shownAtMs();
    if (zeroMs === null) return null;
    const zero = zeroMs;
    const { buffered } = video;
    const details = hls.latestLevelDetails;
    const span = (startSeconds: number, endSeconds: number) => [zero + startSeconds * 1000, zero + endSeconds * 1000] as const;
    return {
      zeroMs: zero,
      buffered: Array.from({ length: buffered.length }, (_, i) => span(buffered.start(i), buffered.end(i))),
      listed: details ? span(details.fragmentStart, details.edge) : null,
    };
  }

  return {
    load: (address) => hls.loadSource(address),
    loadAt,
    latencySeconds: () => hls.latency || null,
    targetSeconds: () => hls.targetLatency,
    shownAtMs,
    reach,
    bufferedSeconds,
    setExtraLatency(seconds) {
      if (seconds === extraSeconds) return;
      extraSeconds = seconds;
      applyExtra();
    },
    setHighestLevel,
    jumpToLive() {
      const position = hls.liveSyncPosition;
      // Never back: where nothing new comes, that would show the same half second again and again, and look like a picture that moves.
      if (position !== null && position - video.currentTime > 0.2) video.currentTime = position;
    },
    recoverMedia: () => hls.recoverMediaError(),
    destroy: () => hls.destroy(),
  };
}

/** A start and a jump begin with an empty buffer, which says nothing of the network. */
const BEGINNING_SECONDS = 2;

/** Of this page's own server only: headers like these would make another one be asked for leave first. */
function isPlaylist(address: string): boolean {
  const { origin, pathname } = new URL(address, document.baseURI);
  return origin === location.origin && pathname.endsWith(".m3u8");
}

/** A restarting server is away for a second or two: ask often, and leave the longer outages to the page's own recovery. */
const OFTEN: RetryConfig = {
  maxNumRetry: 8,
  retryDelayMs: 150,
  maxRetryDelayMs: 500,
  // hls.js gives up at once where nobody listens (status 0); the server may be there again in a moment.
  shouldRetry: (config, count, isTimeout, response) =>
    count < (config?.maxNumRetry ?? 0) && (isTimeout || !response?.code || response.code >= 500 || response.code === 429),
};

// A held playlist is answered when its part is there, or with 503; silence for longer means that the connection is dead.
const POLICY: LoadPolicy = {
  default: { maxTimeToFirstByteMs: 5000, maxLoadTimeMs: 15_000, timeoutRetry: { ...OFTEN, maxNumRetry: 1 }, errorRetry: OFTEN },
};

const CONFIG: Partial<HlsConfig> = {
  lowLatencyMode: true,
  // Fragments pass through as they are: a worker would add a hop, and a blob: address to the security policy.
  enableWorker: false,
  // The page steers the rate and the target (steering.ts, target_memory.ts).
  maxLiveSyncPlaybackRate: 1,
  liveSyncOnStallIncrease: 0,
  // A minute back and a minute's pause come from memory; at the live edge there is nothing ahead to buffer.
  backBufferLength: 60,
  maxBufferLength: 60,
  liveDurationInfinity: true,
  // The first second: no test load on the lowest level, no question to the decoder, fragments before the media source is open.
  testBandwidth: false,
  useMediaCapabilities: false,
  startFragPrefetch: true,
  abrEwmaDefaultEstimateMax: 1e9,
  errorPenaltyExpireMs: 15_000,
  enableID3MetadataCues: false,
  enableEmsgMetadataCues: false,
  enableDateRangeMetadataCues: false,
  manifestLoadPolicy: POLICY,
  playlistLoadPolicy: POLICY,
  fragLoadPolicy: POLICY,
};
