/// <reference lib="dom" />
import { expectBandwidth, rememberBandwidth } from "./bandwidth.ts";
import { createChoosing } from "./choosing.ts";
import { bindControls } from "./controls.ts";
import { createHeldPicture } from "./held_picture.ts";
import { measureLatency, sayLatency } from "./latency.ts";
import { barLevel, highestLevel, isLevelToBlame, type LevelMemory } from "./level_memory.ts";
import { sayNotice } from "./notice.ts";
import { createPlayer, isPlayerSupported, type Player } from "./player.ts";
import { createNativePlayer } from "./player_native.ts";
import { recover, type RecoveryEvent, startRecovery } from "./recovery.ts";
import { createSound } from "./sound.ts";
import { steer } from "./steering.ts";
import { FRESH_TARGET, lowerTarget, raiseTarget } from "./target_memory.ts";
import { findElements, showText } from "./view.ts";
import { createViewerHolder, type ViewerOutcome } from "./viewer.ts";

const TICK_MS = 250;
/** Ticks further apart than this mean that the machine slept or the browser froze the page. */
const SLEPT_MS = 5000;
/** So long it is said why a press was refused. */
const REFUSAL_MS = 5000;

const isHlsJs = isPlayerSupported();
const storage = openStorage();
const viewerHolder = createViewerHolder({
  fetch: (address, init) => fetch(address, init),
  storage,
  base: document.baseURI,
  player: isHlsJs ? "hls.js" : "native",
  wish: () => choosing.wish,
});
// Asked before anything else is set up: the answer is on its way while the page wires itself.
const firstViewer = viewerHolder.find();

const elements = findElements();
const { video } = elements;
const held = createHeldPicture(video, elements.held);
const sound = createSound(video, () => show());
const choosing = createChoosing({
  place: elements.choices,
  video,
  storage,
  base: document.baseURI,
  send: (wish) => viewerHolder.send(wish),
  say(text) {
    refusal = { text, untilMs: Date.now() + REFUSAL_MS };
    showNotice();
  },
});
const isSupported = isHlsJs || video.canPlayType("application/vnd.apple.mpegurl") !== "";

let player: Player | null = null;
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

const show = bindControls(elements, sound, { isPaused: () => isPausedByViewer, setPaused, goLive });

if (isSupported) {
  void start(firstViewer);
  setInterval(tick, TICK_MS);
}
showNotice();
show();
if (!isSupported) setInterval(showNotice, 1000);

async function start(finding: Promise<ViewerOutcome>): Promise<void> {
  const mine = ++attempt;
  player ??= preparePlayer();
  const found = await finding;
  if (mine !== attempt) return;
  if (found.kind === "unreachable") return happen({ kind: "network_error" });
  choosing.follow(found.viewer.id);
  if (found.viewer.title) showTitle(found.viewer.title);
  if (isPlayerUsed) {
    held.hold();
    player.destroy();
    player = preparePlayer();
  }
  isPlayerUsed = true;
  lastTime = 0;
  player.load(found.viewer.playlist);
  if (!isPausedByViewer) void sound.play();
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
    onNetworkError: () => prepared === player && happen({ kind: "network_error" }),
    onMediaError: () => prepared === player && happen({ kind: "media_error" }),
    onStall(stall) {
      target = raiseTarget(target, Date.now());
      if (isLevelToBlame(stall)) levels = barLevel(levels, stall.level, Date.now());
    },
    onBandwidth: (bitsPerSecond) => bandwidth = bitsPerSecond,
  });
  return prepared;
}

/** Tells recovery what happened, and does what it says. */
function happen(event: RecoveryEvent): void {
  const step = recover(recovery, event, Date.now(), Math.random());
  recovery = step.state;
  switch (step.action) {
    case "none":
      return;
    case "jump":
      return jump();
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
  if (isMoving) {
    held.release();
    lastPictureMs = nowMs;
  }
  if (isPausedByViewer) lastPictureMs = nowMs;
  else if (video.paused && player && video.readyState >= 2) void sound.play();

  if (sleptMs > SLEPT_MS) returned();
  else happen({ kind: "tick", isMoving, isWanted: !isPausedByViewer });
  choosing.tick();
  keepLive(nowMs);
  showLatency(isMoving, nowMs);
  showNotice();
}

function returned(): void {
  happen({ kind: "returned" });
  choosing.returned();
}

function keepLive(nowMs: number): void {
  if (!player || isPausedByViewer || recovery.kind !== "playing") return;
  target = lowerTarget(target, nowMs);
  player.setExtraLatency(target.extraSeconds);
  player.setHighestLevel(highestLevel(levels, nowMs));
  const steering = steer({
    nowMs,
    latencySeconds: player.latencySeconds(),
    targetSeconds: player.targetSeconds(),
    bufferedSeconds: player.bufferedSeconds(),
    rate: video.playbackRate,
    isSeeking: video.seeking,
    jumpedAtMs,
  });
  if (steering.kind === "jump") jump();
  else if (video.playbackRate !== steering.rate) video.playbackRate = steering.rate;
}

function jump(): void {
  jumpedAtMs = Date.now();
  video.playbackRate = 1;
  player?.jumpToLive();
}

function setPaused(isPaused: boolean): void {
  isPausedByViewer = isPaused;
  if (isPaused) video.pause();
  else void sound.play();
  show();
}

function goLive(): void {
  if (isPausedByViewer) setPaused(false);
  jump();
}

function showLatency(isMoving: boolean, nowMs: number): void {
  const countedSeconds = player?.latencySeconds() ?? null;
  const isLive = isMoving && recovery.kind === "playing";
  elements.stage.dataset["live"] = String(isLive);
  if (!isLive || countedSeconds === null || !player) return showText(elements.latency, null);
  showText(elements.latency, sayLatency(measureLatency({ countedSeconds, shownAtMs: player.shownAtMs(), nowMs })));
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

function showTitle(title: string): void {
  showText(elements.title, title);
  document.title = title;
}

video.addEventListener("playing", () => {
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

function openStorage(): Storage | null {
  try {
    return globalThis.sessionStorage;
  } catch {
    return null;
  }
}
