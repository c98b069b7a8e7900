/// <reference lib="dom" />
import { createAmbient } from "./ambient.ts";
import { bindAside } from "./aside.ts";
import { expectBandwidth, rememberBandwidth } from "./bandwidth.ts";
import { mountChat } from "./chat/chat.ts";
import { createChoosing } from "./choosing.ts";
import { bindControls } from "./controls.ts";
import { mountDonate } from "./donate/donate.ts";
import { keepFilter, recallFilter } from "./filters.ts";
import { createFlash } from "./flash.ts";
import { createHeldPicture } from "./held_picture.ts";
import { measureLatency, sayLatency } from "./latency.ts";
import { barLevel, highestLevel, isLevelToBlame, type LevelMemory } from "./level_memory.ts";
import { sayNotice } from "./notice.ts";
import type { PageDeps } from "./page_deps.ts";
import { createPictureFilter } from "./picture_filter.ts";
import { offersPictureInPicture, togglePictureInPicture } from "./picture_in_picture.ts";
import { createPlayer, isPlayerSupported, type Player } from "./player.ts";
import { createNativePlayer } from "./player_native.ts";
import { createPositionBar } from "./position_bar.ts";
import { recover, type RecoveryEvent, startRecovery } from "./recovery.ts";
import { createSettingsPanel } from "./settings_panel.ts";
import { mountShare } from "./share/share.ts";
import { createShortcutsList } from "./shortcuts_list.ts";
import { createSound } from "./sound.ts";
import { createStats, type StatsMoment } from "./stats.ts";
import { steer } from "./steering.ts";
import { FRESH_TARGET, lowerTarget, noteBuffered, raiseTarget } from "./target_memory.ts";
import { createTheme } from "./theme.ts";
import { findReachSeconds, findWay, isStranded } from "./time_shift.ts";
import type { ServerEvent } from "./told.ts";
import { findElements, showText } from "./view.ts";
import { createViewerHolder, type ViewerOutcome } from "./viewer.ts";
import { beginLanguage, onLanguage } from "./words.ts";

const TICK_MS = 250;
/** Ticks further apart than this mean that the machine slept or the browser froze the page. */
const SLEPT_MS = 5000;
/** So long it is said why a press was refused. */
const REFUSAL_MS = 5000;
/** A pause so short is made up for by the playback rate. */
const SHORT_PAUSE_SECONDS = 1;
/** With less than this in hand, and nothing to follow it in the live playlist, the long list is loaded. */
const STRANDED_SECONDS = 3;
/** So often a past that does not come is asked for again. */
const MOST_PAST_FAILURES = 2;

const isHlsJs = isPlayerSupported();
const storage = openStorage(() => globalThis.sessionStorage);
const lastingStorage = openStorage(() => globalThis.localStorage);
const viewerHolder = createViewerHolder({
  fetch: (address, init) => fetch(address, init),
  storage,
  base: document.baseURI,
  player: isHlsJs ? "hls.js" : "native",
  wish: () => choosing.wish,
});
// Asked before anything else is set up: the answer is on its way while the page wires itself.
const firstViewer = viewerHolder.find();

beginLanguage({ storage: lastingStorage, languages: navigator.languages, root: document.documentElement });
const theme = createTheme(document.documentElement, lastingStorage);
const elements = findElements();
const { video } = elements;
const held = createHeldPicture(video, elements.held);
const flash = createFlash(elements.shown);
const drawAmbient = createAmbient(video, elements.ambient);
const sound = createSound(video, () => show());
const listeners = new Set<(event: ServerEvent) => void>();
const isSupported = isHlsJs || video.canPlayType("application/vnd.apple.mpegurl") !== "";

let player: Player | null = null;
let viewerId: string | null = null;
let isPlayerUsed = false;
let recovery = startRecovery(Date.now());
let target = FRESH_TARGET;
let levels: LevelMemory = new Map();
let isPausedByViewer = false;
let jumpedAtMs: number | null = null;
let lastTime = 0;
let lastTickMs = Date.now();
let lastPictureMs = Date.now();
let bandwidth = 0;
let refusal = { text: "", untilMs: 0 };
/** Counts attempts, so that an answer that comes after the next one began is dropped. */
let attempt = 0;
/** Behind live because the viewer wishes so: nothing hurries or jumps to the edge then. */
let isBehind = false;
/** The player has the long list of the past rather than the live playlist. */
let isPast = false;
let pastFailures = 0;
/** The moment that is on screen, or that the viewer has asked for; null before the first picture. */
let shownMs: number | null = null;
/** How far the live edge, by the playlist, is before or behind this machine's clock. */
let edgeAheadMs = 0;
let speed = 1;
let filter = recallFilter(lastingStorage);

const choosing = createChoosing({
  place: elements.choices,
  video,
  storage,
  base: document.baseURI,
  send: (wish) => viewerHolder.send(wish),
  say,
  onEvent: (event) => listeners.forEach((listener) => listener(event)),
  onWish: () => isPast && shownMs !== null && void start(viewerHolder.find()),
  onShown: flash,
  isPast: () => isPast,
});
const stats = createStats(elements.stats, { read: readStats, refresh: () => void choosing.refresh() });
const openShortcuts = createShortcutsList(elements.shortcuts);
const openSettings = createSettingsPanel(elements.settings, {
  speed: () => speed,
  setSpeed,
  filter: () => filter,
  setFilter(chosen) {
    filter = chosen;
    keepFilter(lastingStorage, chosen);
    applyFilter(chosen);
  },
  theme: () => theme.theme,
  setTheme: (chosen) => theme.choose(chosen),
  togglePictureInPicture: offersPictureInPicture(video) ? () => void togglePictureInPicture(video) : null,
  openStats: () => stats.isOpen || stats.toggle(),
  openShortcuts,
});
const applyFilter = createPictureFilter(video, elements.effect);
const showPosition = createPositionBar(elements.position, (behindSeconds) => seekTo(edgeMs() - behindSeconds * 1000));
const show = bindControls(elements, sound, {
  isPaused: () => isPausedByViewer,
  setPaused,
  goLive,
  seekBy: (seconds) => shownMs !== null && seekTo(shownMs + seconds * 1000),
  openSettings,
  openShortcuts,
});

bindAside(elements, lastingStorage);
const deps: PageDeps = {
  base: document.baseURI,
  viewerId: () => viewerId,
  onEvent: (listener) => void listeners.add(listener),
  say,
};
mountChat(elements.chat, deps);
mountDonate(elements.donate, deps);
mountShare(elements.share, deps);
// A viewer that was kept over a reload does not know the title.
deps.onEvent((event) => event.type === "state" && event.stream.title !== "" && showTitle(event.stream.title));
applyFilter(filter);

if (isSupported) {
  void start(firstViewer);
  setInterval(tick, TICK_MS);
}
onLanguage(showNotice);
show();
if (!isSupported) setInterval(showNotice, 1000);

async function start(finding: Promise<ViewerOutcome>): Promise<void> {
  const mine = ++attempt;
  player ??= preparePlayer();
  const found = await finding;
  if (mine !== attempt) return;
  if (found.kind === "unreachable") return happen({ kind: "network_error" });
  viewerId = found.viewer.id;
  choosing.follow(viewerId);
  if (found.viewer.title) showTitle(found.viewer.title);
  if (isPlayerUsed) {
    held.hold();
    player.destroy();
    player = preparePlayer();
  }
  isPlayerUsed = true;
  lastTime = 0;
  if (isPausedByViewer) goOn();
  isPast = isBehind && shownMs !== null && pastFailures < MOST_PAST_FAILURES;
  if (isPast && shownMs !== null) player.loadAt(pastAddress(found.viewer.playlist), shownMs);
  else {
    setBehind(false);
    player.load(found.viewer.playlist);
  }
  if (!isPausedByViewer) void sound.play();
}

/** The long list stands beside the viewer's live playlist; what a player reads there is one rendition throughout. */
function pastAddress(playlist: string): string {
  const { mode, quality } = choosing.wish;
  const address = new URL("dvr.m3u8", playlist);
  const rendition = mode === "home" && quality !== "auto" ? quality : choosing.shown;
  if (rendition !== null) address.searchParams.set("rendition", rendition);
  return address.href;
}

function preparePlayer(): Player {
  isPlayerUsed = false;
  if (!isHlsJs) return createNativePlayer(video);
  const prepared = createPlayer(video, {
    bandwidthBitsPerSecond: bandwidth || expectBandwidth(),
    extraSeconds: target.extraSeconds,
    highestLevel: highestLevel(levels, Date.now()),
  }, {
    // A player that was replaced may still have something to say.
    onNetworkError: () => prepared === player && fail({ kind: "network_error" }),
    onMediaError: () => prepared === player && fail({ kind: "media_error" }),
    onStall(stall) {
      if (isBehind) return;
      target = raiseTarget(target, Date.now());
      if (isLevelToBlame(stall)) levels = barLevel(levels, stall.level, Date.now());
    },
    onAppending(bufferedSeconds) {
      if (!isBehind) target = noteBuffered(target, bufferedSeconds, Date.now());
    },
    onBandwidth: (bitsPerSecond) => bandwidth = bitsPerSecond,
  });
  return prepared;
}

function fail(event: RecoveryEvent): void {
  if (isPast) pastFailures++;
  happen(event);
}

/** Tells recovery what happened, and does what it says. */
function happen(event: RecoveryEvent): void {
  const step = recover(recovery, event, Date.now(), Math.random());
  recovery = step.state;
  switch (step.action) {
    case "none":
      return;
    case "jump":
      return isBehind ? undefined : jump();
    case "recover_media":
      held.hold();
      return player?.recoverMedia();
    case "restart":
      return void start(viewerHolder.confirm());
  }
}

function tick(): void {
  const nowMs = Date.now();
  const sleptMs = nowMs - lastTickMs;
  lastTickMs = nowMs;
  const isMoving = video.currentTime !== lastTime && !video.seeking && video.readyState >= 2;
  lastTime = video.currentTime;
  if (isMoving || (isPausedByViewer && !video.seeking && video.readyState >= 2)) held.release();
  if (isMoving) {
    lastPictureMs = nowMs;
    pastFailures = 0;
    readClocks(nowMs);
  }
  if (isPausedByViewer) lastPictureMs = nowMs;
  else if (video.paused && player && video.readyState >= 2) void sound.play();

  if (sleptMs > SLEPT_MS) returned();
  else happen({ kind: "tick", isMoving, isWanted: !isPausedByViewer });
  choosing.tick();
  if (isBehind) keepBehind();
  else keepLive(nowMs);
  showWhere(isMoving, nowMs);
  showNotice();
  stats.tick();
  drawAmbient();
}

function readClocks(nowMs: number): void {
  shownMs = player?.shownAtMs() ?? shownMs;
  const latencySeconds = player?.latencySeconds() ?? null;
  if (shownMs !== null && latencySeconds !== null && !isPast) edgeAheadMs = shownMs + latencySeconds * 1000 - nowMs;
}

function returned(): void {
  happen({ kind: "returned" });
  choosing.returned();
}

function keepLive(nowMs: number): void {
  if (!player || isPausedByViewer || recovery.kind !== "playing") return;
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

/** As fast as the viewer wishes, until that leads to the live edge; with the long list where the live playlist has moved on. */
function keepBehind(): void {
  if (!player || isPausedByViewer || recovery.kind !== "playing" || shownMs === null) return;
  if (video.playbackRate !== speed) video.playbackRate = speed;
  const reach = player.reach();
  if (reach === null || video.seeking) return;
  const bufferedSeconds = player.bufferedSeconds();
  const behindSeconds = (edgeMs() - shownMs) / 1000;
  // The past lists whole segments only: a little before its end the live playlist takes over.
  const isAtEdge = isPast ? behindSeconds < 4 && bufferedSeconds < 1.5 : behindSeconds < (player.targetSeconds() ?? 1) + 0.3;
  if (speed > 1 && isAtEdge) goLive();
  else if (!isPast && bufferedSeconds < STRANDED_SECONDS && isStranded({ reach, shownMs })) void start(viewerHolder.find());
}

function jump(): void {
  jumpedAtMs = Date.now();
  video.playbackRate = 1;
  player?.jumpToLive();
}

/** The live edge as the wall clock of its pictures, in ms. */
function edgeMs(): number {
  return Date.now() + edgeAheadMs;
}

function seekTo(wantedMs: number): void {
  const reach = player?.reach() ?? null;
  if (!player || reach === null) return;
  const way = findWay({ wantedMs, edgeMs: edgeMs(), reach, dvrSeconds: isHlsJs ? choosing.told.dvr?.seconds ?? 0 : 0 });
  if (way.kind === "live") return goLive();
  setBehind(true);
  if (way.kind === "seek") {
    video.currentTime = way.seconds;
    shownMs = reach.zeroMs + way.seconds * 1000;
  } else {
    shownMs = way.wallMs;
    pastFailures = 0;
    void start(viewerHolder.find());
  }
  showWhere(false, Date.now());
}

function setSpeed(chosen: number): void {
  speed = chosen;
  // At the edge there is nothing to hurry to, but everybody can fall behind.
  if (chosen < 1) setBehind(true);
}

function setBehind(is: boolean): void {
  isBehind = is;
  if (is) return;
  speed = 1;
  video.playbackRate = 1;
}

function setPaused(isPaused: boolean): void {
  isPausedByViewer = isPaused;
  if (isPaused) video.pause();
  else {
    goOn();
    void sound.play();
  }
  show();
}

/** After a pause: where it stopped, unless that was so short that the playback rate makes up for it. */
function goOn(): void {
  const targetSeconds = player?.targetSeconds() ?? 1;
  if (shownMs !== null && (edgeMs() - shownMs) / 1000 > targetSeconds + SHORT_PAUSE_SECONDS) setBehind(true);
}

function goLive(): void {
  setBehind(false);
  if (isPast) void start(viewerHolder.find());
  if (isPausedByViewer) {
    isPausedByViewer = false;
    void sound.play();
    show();
  }
  if (!isPast) jump();
}

function showWhere(isMoving: boolean, nowMs: number): void {
  const countedSeconds = player?.latencySeconds() ?? null;
  const isPlaying = isMoving && recovery.kind === "playing";
  elements.stage.dataset["live"] = String(isPlaying && !isBehind);
  const behindSeconds = shownMs === null ? 0 : Math.max(0, (edgeMs() - shownMs) / 1000);
  const { dvr } = choosing.told;
  showPosition({
    isLive: !isBehind && !isPausedByViewer,
    behindSeconds,
    reachSeconds: findReachSeconds({
      dvrSeconds: dvr?.seconds ?? 0,
      showSeconds: dvr === null ? 0 : dvr.showSeconds + (nowMs - dvr.atMs) / 1000,
      reach: player?.reach() ?? null,
      edgeMs: edgeMs(),
    }),
  });
  if (isBehind) return showText(elements.latency, sayLatency({ seconds: behindSeconds, isMeasured: true }));
  if (!isPlaying || countedSeconds === null || !player) return showText(elements.latency, null);
  showText(elements.latency, sayLatency(measureLatency({ countedSeconds, shownAtMs: player.shownAtMs(), nowMs })));
}

function readStats(): StatsMoment {
  const { budget, motionScore } = choosing.told;
  const { videoWidth, videoHeight } = video;
  const quality = video.getVideoPlaybackQuality();
  const countedSeconds = player?.latencySeconds() ?? null;
  const liveSeconds = countedSeconds === null
    ? null
    : measureLatency({ countedSeconds, shownAtMs: player?.shownAtMs() ?? null, nowMs: Date.now() }).seconds;
  return {
    rendition: choosing.line === null ? null : `${choosing.line} (${videoWidth}×${videoHeight})`,
    latencySeconds: isBehind && shownMs !== null ? (edgeMs() - shownMs) / 1000 : liveSeconds,
    bufferSeconds: player?.bufferedSeconds() ?? 0,
    rate: video.playbackRate,
    droppedFrames: quality.droppedVideoFrames,
    totalFrames: quality.totalVideoFrames,
    throughputBitsPerSecond: bandwidth || null,
    budget,
    motionScore,
  };
}

function showNotice(): void {
  const withoutPictureMs = Date.now() - lastPictureMs;
  showText(
    elements.notice,
    sayNotice({
      hasPicture: video.videoWidth > 0,
      withoutPictureMs,
      isSupported,
      isOnline: navigator.onLine,
      refusal: Date.now() < refusal.untilMs ? refusal.text : null,
      streamAddress: new URL("live.m3u8", document.baseURI).href,
    }),
  );
}

function say(text: string): void {
  refusal = { text, untilMs: Date.now() + REFUSAL_MS };
  showNotice();
}

function showTitle(title: string): void {
  showText(elements.title, title);
  document.title = title;
}

video.addEventListener("playing", () => {
  if (isPausedByViewer) goOn();
  isPausedByViewer = false;
  show();
});
video.addEventListener("pause", () => {
  // Media keys and the system's own controls pause behind our back; that is the viewer's wish too.
  if (video.readyState >= 2 && document.visibilityState === "visible") isPausedByViewer = true;
  show();
});
video.addEventListener("error", () => happen({ kind: "dead" }));
addEventListener("online", returned);
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  viewerHolder.take();
  returned();
});
addEventListener("pagehide", () => {
  viewerHolder.keep();
  choosing.leave();
  if (bandwidth > 0) rememberBandwidth(bandwidth);
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tick());

function openStorage(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    return null;
  }
}
