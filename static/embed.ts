/// <reference lib="dom" />
import { expectBandwidth, rememberBandwidth } from "./bandwidth.ts";
import { createHeldPicture } from "./held_picture.ts";
import { sayNotice } from "./notice.ts";
import { createPlayer, isPlayerSupported, type Player } from "./player.ts";
import { createNativePlayer } from "./player_native.ts";
import { recover, type RecoveryEvent, startRecovery } from "./recovery.ts";
import { createSound } from "./sound.ts";
import { steer } from "./steering.ts";
import { FRESH_TARGET, lowerTarget, noteBuffered, raiseTarget } from "./target_memory.ts";
import { showText } from "./view.ts";
import { createViewerHolder, type ViewerOutcome } from "./viewer.ts";
import { FIRST_WISH } from "./wish_memory.ts";
import { beginLanguage, words } from "./words.ts";

// The picture alone, for a frame in another site: automatic quality, at the live edge, and back by itself like the whole page. A press pauses it.

const TICK_MS = 250;
const SLEPT_MS = 5000;

beginLanguage({ storage: null, languages: navigator.languages, root: document.documentElement });
const video = document.querySelector("video")!;
const toggle = document.querySelector<HTMLButtonElement>("#toggle")!;
const tapForSound = document.querySelector<HTMLButtonElement>("#tap-for-sound")!;
const notice = document.querySelector<HTMLElement>("#notice")!;
const held = createHeldPicture(video, document.querySelector("canvas")!);
const sound = createSound(video, show);
const isHlsJs = isPlayerSupported();
const isSupported = isHlsJs || video.canPlayType("application/vnd.apple.mpegurl") !== "";
const holder = createViewerHolder({
  fetch: (address, init) => fetch(address, init),
  storage: null,
  base: document.baseURI,
  player: isHlsJs ? "hls.js" : "native",
  wish: () => FIRST_WISH,
});

let player: Player | null = null;
let recovery = startRecovery(Date.now());
let target = FRESH_TARGET;
let isPaused = false;
let jumpedAtMs: number | null = null;
let lastTime = 0;
let lastTickMs = Date.now();
let lastPictureMs = Date.now();
let bandwidth = 0;
let attempt = 0;

video.setAttribute("aria-label", words().player.picture);
tapForSound.textContent = words().player.tapForSound;
toggle.addEventListener("click", () => {
  isPaused = !isPaused;
  if (isPaused) video.pause();
  else {
    jump();
    void sound.play();
  }
  show();
});
tapForSound.addEventListener("click", () => sound.setMuted(false));
video.addEventListener("error", () => happen({ kind: "dead" }));
addEventListener("online", () => happen({ kind: "returned" }));
addEventListener("pageshow", (event) => event.persisted && happen({ kind: "returned" }));
addEventListener("pagehide", () => bandwidth > 0 && rememberBandwidth(bandwidth));
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tick());
show();
if (isSupported) void start(holder.find());
setInterval(tick, TICK_MS);

async function start(finding: Promise<ViewerOutcome>): Promise<void> {
  const mine = ++attempt;
  const found = await finding;
  if (mine !== attempt) return;
  if (found.kind === "unreachable") return happen({ kind: "network_error" });
  if (found.viewer.title) document.title = found.viewer.title;
  held.hold();
  player?.destroy();
  const made = player = isHlsJs ? makePlayer() : createNativePlayer(video);
  lastTime = 0;
  made.load(found.viewer.playlist);
  if (!isPaused) void sound.play();
}

function makePlayer(): Player {
  const made: Player = createPlayer(video, {
    bandwidthBitsPerSecond: bandwidth || expectBandwidth(),
    extraSeconds: target.extraSeconds,
    highestLevel: -1,
  }, {
    onNetworkError: () => made === player && happen({ kind: "network_error" }),
    onMediaError: () => made === player && happen({ kind: "media_error" }),
    onStall: () => target = raiseTarget(target, Date.now()),
    onAppending: (bufferedSeconds) => target = noteBuffered(target, bufferedSeconds, Date.now()),
    onBandwidth: (bitsPerSecond) => bandwidth = bitsPerSecond,
  });
  return made;
}

function happen(event: RecoveryEvent): void {
  const step = recover(recovery, event, Date.now(), Math.random());
  recovery = step.state;
  if (step.action === "jump") jump();
  else if (step.action === "recover_media") player?.recoverMedia();
  else if (step.action === "restart") void start(holder.confirm());
}

function tick(): void {
  const nowMs = Date.now();
  const sleptMs = nowMs - lastTickMs;
  lastTickMs = nowMs;
  const isMoving = video.currentTime !== lastTime && !video.seeking && video.readyState >= 2;
  lastTime = video.currentTime;
  if (isMoving) held.release();
  if (isMoving || isPaused) lastPictureMs = nowMs;
  else if (video.paused && player && video.readyState >= 2) void sound.play();
  if (sleptMs > SLEPT_MS) happen({ kind: "returned" });
  else if (isSupported) happen({ kind: "tick", isMoving, isWanted: !isPaused });
  keepLive(nowMs);
  showNotice(nowMs);
}

function keepLive(nowMs: number): void {
  if (!player || isPaused || recovery.kind !== "playing") return;
  const targetSeconds = player.targetSeconds();
  if (targetSeconds !== null) target = lowerTarget(target, targetSeconds - target.extraSeconds, nowMs);
  player.setExtraLatency(target.extraSeconds);
  const steering = steer({
    nowMs,
    latencySeconds: player.latencySeconds(),
    targetSeconds,
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
  jumpedAtMs = Date.now();
  video.playbackRate = 1;
  player?.jumpToLive();
}

function show(): void {
  tapForSound.hidden = !sound.isBlocked;
  toggle.setAttribute("aria-label", isPaused ? words().player.play : words().player.pause);
}

function showNotice(nowMs: number): void {
  showText(
    notice,
    sayNotice({
      hasPicture: video.videoWidth > 0,
      withoutPictureMs: nowMs - lastPictureMs,
      isSupported,
      isOnline: navigator.onLine,
      refusal: null,
      streamAddress: new URL("live.m3u8", document.baseURI).href,
    }),
  );
}
