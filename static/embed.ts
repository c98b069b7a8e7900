/// <reference lib="dom" />
import { every } from "./every.ts";
import { createHeldPicture } from "./held_picture.ts";
import { createNoticeLine } from "./notice_line.ts";
import { createPlayer, isPlayerSupported } from "./player.ts";
import { createNativePlayer } from "./player_native.ts";
import { createSound } from "./sound.ts";
import { createViewerHolder } from "./viewer.ts";
import { type Behind, createWatching } from "./watching.ts";
import { FIRST_WISH } from "./wish_memory.ts";
import { beginLanguage, words } from "./words.ts";

// The picture alone, for a frame in another site: automatic quality, at the live edge, and back by itself like the whole page. A press pauses it.

const TICK_MS = 250;
const NEVER_BEHIND: Behind = {
  isBehind: false,
  load: (player, playlist) => player.load(playlist),
  moved() {},
  failed() {},
  keep() {},
};

beginLanguage({ storage: null, languages: navigator.languages, root: document.documentElement });
const video = document.querySelector("video")!;
const toggle = document.querySelector<HTMLButtonElement>("#toggle")!;
const tapForSound = document.querySelector<HTMLButtonElement>("#tap-for-sound")!;
const sound = createSound(video, show);
const isHlsJs = isPlayerSupported();
const isSupported = isHlsJs || video.canPlayType("application/vnd.apple.mpegurl") !== "";
const watching = createWatching({
  video,
  held: createHeldPicture(video, document.querySelector("canvas")!),
  viewers: createViewerHolder({
    fetch: (address, init) => fetch(address, init),
    storage: null,
    base: document.baseURI,
    player: isHlsJs ? "hls.js" : "native",
    wish: () => FIRST_WISH,
    every,
  }),
  behind: () => NEVER_BEHIND,
  makePlayer: (setup, events) => isHlsJs ? createPlayer(video, setup, events) : createNativePlayer(video),
  play: () => sound.play(),
  onViewer(viewer) {
    if (viewer.title) document.title = viewer.title;
  },
  onPaused: show,
  onReturned() {},
  onReachable() {},
  now: Date.now,
  random: Math.random,
});
const notice = createNoticeLine(document.querySelector<HTMLElement>("#notice")!, {
  video,
  isSupported,
  base: document.baseURI,
  lastPictureMs: () => watching.lastPictureMs,
});

video.setAttribute("aria-label", words().player.picture);
tapForSound.textContent = words().player.tapForSound;
toggle.addEventListener("click", () => {
  if (!watching.isPaused) return watching.pause();
  watching.jump();
  watching.resume();
});
tapForSound.addEventListener("click", () => sound.setMuted(false));
video.addEventListener("error", watching.died);
addEventListener("online", watching.returned);
addEventListener("pageshow", (event) => event.persisted && watching.returned());
addEventListener("pagehide", watching.leave);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tick());
show();
if (isSupported) void watching.start();
setInterval(tick, TICK_MS);

function tick(): void {
  if (isSupported) watching.tick();
  notice.show();
}

function show(): void {
  tapForSound.hidden = !sound.isBlocked;
  toggle.querySelector("svg")!.toggleAttribute("hidden", !watching.isPaused);
  toggle.setAttribute("aria-label", watching.isPaused ? words().player.play : words().player.pause);
}
