/// <reference lib="dom" />
import { createAsk } from "../shared/ask.ts";
import { every } from "../shared/every.ts";
import { createHeldPicture } from "./picture/held_picture.ts";
import { createNoticeLine } from "./notice_line.ts";
import { createPlayer, isPlayerSupported } from "./playing/player.ts";
import { createNativePlayer } from "./playing/player_native.ts";
import { createSound } from "./playing/sound.ts";
import { createAskPlaylist, createAskShow } from "./standby/ask_show.ts";
import { createStandby, isOffAir } from "./standby/standby.ts";
import { createStranger, createViewerHolder } from "./playing/viewer.ts";
import { createWatching, NEVER_BEHIND } from "./playing/watching.ts";
import type { ToldShow } from "./choosing/told.ts";
import { FIRST_WISH } from "./choosing/wish_memory.ts";
import { beginLanguage, words } from "../shared/words/words.ts";

// The picture alone, for a frame in another site: automatic quality, at the live edge, and back by itself like the whole page. A press pauses it.

const TICK_MS = 250;
const LOOK_EVERY_MS = 2000;
const STANDS_AFTER_MS = 1500;
const ASK_PATIENCE_MS = 4000;

beginLanguage({ storage: null, languages: navigator.languages, root: document.documentElement });
const video = document.querySelector("video")!;
const toggle = document.querySelector<HTMLButtonElement>("#toggle")!;
const tapForSound = document.querySelector<HTMLButtonElement>("#tap-for-sound")!;
const sound = createSound(video, showControls);
const isHlsJs = isPlayerSupported();
const hasInvite = /[?&](?:invite|key)=/.test(location.search);
const isStranger = globalThis.origin === "null" || hasInvite;
const isSupported = isHlsJs || video.canPlayType("application/vnd.apple.mpegurl") !== "";
const watching = createWatching({
  video,
  held: createHeldPicture(video, document.querySelector("canvas")!),
  // In a sandboxed frame the page is of no origin, and only what other sites may read can be asked for: the playlists. With an invite in its address it
  // is in a frame of another site, which keeps no cookie.
  viewers: isStranger ? createStranger(document.baseURI, hasInvite ? location.search : "") : createViewerHolder({
    fetch: (address, init) => fetch(address, init),
    storage: null,
    base: document.baseURI,
    player: isHlsJs ? "hls.js" : "native",
    wish: () => FIRST_WISH,
    onShutOut: () => location.reload(),
    every,
  }),
  behind: () => NEVER_BEHIND,
  makePlayer: (setup, events) => isHlsJs ? createPlayer(video, setup, events) : createNativePlayer(video),
  play: () => sound.play(),
  onViewer(viewer) {
    if (viewer.title) document.title = viewer.title;
  },
  onPaused: showControls,
  onReturned() {},
  onReachable() {},
  now: Date.now,
  random: Math.random,
});
const showStandby = createStandby(document.querySelector<HTMLElement>("#standby")!);
const ask = createAsk({ fetch: (address, init) => fetch(address, init), base: document.baseURI, patienceMs: ASK_PATIENCE_MS });
const askShow = isStranger ? createAskPlaylist(ask, hasInvite ? location.search : "") : createAskShow(ask);
let show: ToldShow | null = null;
const notice = createNoticeLine(document.querySelector<HTMLElement>("#notice")!, {
  video,
  isSupported,
  base: document.baseURI,
  lastPictureMs: () => watching.lastPictureMs,
  isPutOut: () => false,
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
showControls();
if (isSupported) void watching.start();
setInterval(tick, TICK_MS);
// Who asks by a playlist becomes a viewer by it where the show is on.
if (isSupported) setInterval(() => void look(), isStranger ? 2 * LOOK_EVERY_MS : LOOK_EVERY_MS);
document.documentElement.dataset["begun"] = "";

function tick(): void {
  if (isSupported) watching.tick();
  notice.show();
  showStandby(watching.isResting ? show : null);
  showControls();
}

/** Where nothing moves it may be that no show is on, which no event tells here. */
async function look(): Promise<void> {
  if (!watching.isResting && Date.now() - watching.lastPictureMs < STANDS_AFTER_MS) return;
  show = await askShow() ?? show;
  if (isOffAir(show)) watching.rest();
  else if (watching.isResting) void watching.start();
}

function showControls(): void {
  toggle.hidden = watching.isResting;
  tapForSound.hidden = !sound.isBlocked || watching.isRefused || watching.isResting;
  toggle.querySelector("svg")!.toggleAttribute("hidden", !watching.isPaused);
  toggle.setAttribute("aria-label", watching.isPaused ? words().player.play : words().player.pause);
}
