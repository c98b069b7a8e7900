/// <reference lib="dom" />
import { createAmbient } from "./picture/ambient.ts";
import { bindAside } from "./aside.ts";
import { mountChat } from "./chat/chat.ts";
import { createChoosing } from "./choosing/choosing.ts";
import { createAudience } from "./audience.ts";
import { bindMediaSession } from "./media_session.ts";
import { createRemotePlayback, type RemotePlayback } from "./remote_playback.ts";
import { bindControls } from "./controls.ts";
import { mountDonate } from "./donate/donate.ts";
import { attempt } from "../shared/attempt.ts";
import { every } from "../shared/every.ts";
import { keepFilter, recallFilter } from "./picture/filters.ts";
import { createFlash } from "./flash.ts";
import { createGoingBack } from "./past/going_back.ts";
import { createHeldPicture } from "./picture/held_picture.ts";
import { createNoticeLine } from "./notice_line.ts";
import type { PageDeps } from "./page_deps.ts";
import { createPictureFilter } from "./picture/picture_filter.ts";
import { offersPictureInPicture, togglePictureInPicture } from "./picture_in_picture.ts";
import { createPlayer, isPlayerSupported } from "./playing/player.ts";
import { createNativePlayer } from "./playing/player_native.ts";
import { readStats } from "./panels/read_stats.ts";
import { createSettingsPanel } from "./panels/settings_panel.ts";
import { mountShare } from "./share/share.ts";
import { createShortcutsList } from "./panels/shortcuts_list.ts";
import { createSound } from "./playing/sound.ts";
import { createStandby, isOffAir } from "./standby/standby.ts";
import { createStats } from "./panels/stats.ts";
import { openStorage } from "../shared/storage.ts";
import { createTabClaim } from "./playing/tab_claim.ts";
import { createTheme } from "../shared/controls/theme.ts";
import type { ServerEvent } from "../shared/server_event.ts";
import { findElements } from "./view.ts";
import { showText } from "../shared/controls/show.ts";
import { createViewerHolder } from "./playing/viewer.ts";
import { createWatching } from "./playing/watching.ts";
import { createWhere } from "./where.ts";
import { beginLanguage, onLanguage } from "../shared/words/words.ts";

const TICK_MS = 250;
const STANDS_AFTER_MS = 1500;
const ASK_AGAIN_MS = 4000;
const nothing = () => {};

const isHlsJs = isPlayerSupported();
const storage = openStorage(() => globalThis.sessionStorage);
const lastingStorage = openStorage(() => globalThis.localStorage);
const viewerHolder = createViewerHolder({
  fetch: (address, init) => fetch(address, init),
  storage,
  base: document.baseURI,
  player: isHlsJs ? "hls.js" : "native",
  early: isHlsJs ? (globalThis as { earlyViewer?: Promise<Response | null> }).earlyViewer ?? null : null,
  wish: () => choosing.wish,
  // The server asks for the key where the page would be.
  onShutOut: () => location.reload(),
  every,
});
// Asked before anything else is set up: the answer is on its way while the page wires itself.
const firstViewer = viewerHolder.find();

// First the picture and what the viewer may do with it.
beginLanguage({ storage: lastingStorage, languages: navigator.languages, root: document.documentElement });
const elements = findElements();
const { video } = elements;
const sound = createSound(video, () => show());
const listeners = new Set<(event: ServerEvent) => void>();
const reachableListeners = new Set<() => void>();
const isSupported = isHlsJs || video.canPlayType("application/vnd.apple.mpegurl") !== "";
let viewerId: string | null = null;
/** The page's address as others reach it: as `localhost` it would lead them to their own machine. */
const reach = document.documentElement.dataset["reach"] || document.baseURI;

const watching = createWatching({
  video,
  held: createHeldPicture(video, elements.held),
  viewers: viewerHolder,
  behind: () => goingBack,
  makePlayer: (setup, events) => isHlsJs ? createPlayer(video, setup, events) : createNativePlayer(video),
  play: () => sound.play(),
  onViewer(viewer) {
    viewerId = viewer.id;
    tabClaim.claim(viewer.id);
    choosing.follow(viewer.id);
    if (viewer.title) showTitle(viewer.title);
  },
  onPaused: () => show(),
  onReturned: () => choosing.returned(),
  onReachable() {
    choosing.reachable();
    reachableListeners.forEach((listener) => listener());
  },
  now: Date.now,
  random: Math.random,
});
const tabClaim = createTabClaim({
  open: () => "BroadcastChannel" in globalThis ? new BroadcastChannel("tercet") : null,
  nonce: String(Math.random()),
  onTaken() {
    viewerHolder.drop();
    void watching.start();
  },
});
const goingBack = createGoingBack({
  video,
  watching,
  dvrSeconds: () => isHlsJs ? choosing.told.dvr?.seconds ?? 0 : 0,
  wish: () => choosing.wish,
  shown: () => choosing.shown,
  onSeek: () => showWhere(false, Date.now()),
  now: Date.now,
});
const notice = createNoticeLine(elements.notice, {
  video,
  isSupported,
  base: document.baseURI,
  lastPictureMs: () => watching.lastPictureMs,
  isPutOut: () => viewerHolder.isPutOut,
});
const flash = createFlash(elements.shown);
const choosing = createChoosing({
  place: elements.choices,
  video,
  storage,
  base: document.baseURI,
  send: (wish) => viewerHolder.send(wish),
  say: notice.say,
  onEvent: (event) => listeners.forEach((listener) => listener(event)),
  onWish: () => goingBack.wished(),
  onShown: flash,
  isPast: () => goingBack.isPast,
});
const showWhere = createWhere(elements, { watching, goingBack, told: () => choosing.told });
const show = bindControls(elements, sound, {
  isPaused: () => watching.isPaused,
  isRefused: () => watching.isRefused,
  setPaused,
  goLive: goingBack.goLive,
  seekBy: goingBack.seekBy,
  openSettings: () => openSettings(),
  openShortcuts: () => openShortcuts(),
});
const showStandby = createStandby(elements.standby);
let askedAtMs = -Infinity;
const tickers: (() => void)[] = [];

if (isSupported) {
  void watching.start(firstViewer);
  setInterval(tick, TICK_MS);
} else setInterval(notice.show, 1000);
onLanguage(notice.show);
show();
document.documentElement.dataset["begun"] = "";

// Then the chat, then all else: what a browser lacks for one of them is missed by that one alone.
const deps: PageDeps = {
  base: document.baseURI,
  viewerId: () => viewerId,
  onEvent: (listener) => void listeners.add(listener),
  onReachable: (listener) => void reachableListeners.add(listener),
  say: notice.say,
};
mount("chat", () => mountChat(elements.chat, deps));
mount("donate", () => mountDonate(elements.donate, deps));
attempt(() => mountShare(elements.share, { base: reach }), undefined);
attempt(() => bindAside(elements, lastingStorage), undefined);
const stats = attempt(() =>
  createStats(elements.stats, {
    read: () => readStats({ video, watching, goingBack, choosing }),
    refresh: () => void choosing.refresh(),
  }), null);
if (stats !== null) tickers.push(stats.tick);
tickers.push(attempt(() => createAudience(elements, () => choosing.told), nothing));
tickers.push(attempt(bindKeys, nothing));
const remote = attempt(bindRemote, null);
tickers.push(attempt(() => createAmbient(video, elements.ambient), nothing));
const openShortcuts = attempt(() => createShortcutsList(elements.shortcuts), nothing);
const openSettings = attempt(bindSettings, nothing);
// A viewer that was kept over a reload does not know the title.
deps.onEvent((event) => event.type === "state" && event.stream.title !== "" && showTitle(event.stream.title));

/** The keys of headsets and lock screens. */
function bindKeys(): () => void {
  const tell = bindMediaSession(document.baseURI, {
    play: () => watching.isPaused && setPaused(false),
    pause: () => watching.isPaused || setPaused(true),
    seekBy: goingBack.seekBy,
  });
  return () => tell({ title: document.title, isPaused: watching.isPaused });
}

/** Another device would look for a `localhost` of its own, and the page may load media from its own origin only. In a room it has no key. */
function bindRemote(): RemotePlayback | null {
  if (reach !== document.baseURI || /\bremote\b/.test(document.documentElement.dataset["without"] ?? "")) return null;
  const { remotePlayback: button } = elements;
  const found = createRemotePlayback({
    make: () => document.createElement("video"),
    address: new URL("live.m3u8", document.baseURI).href,
    onAvailable: (isAvailable) => button.hidden = !isAvailable,
    onAway: () => watching.pause(),
    onBack: () => goingBack.goLive(),
  });
  button.addEventListener("click", () => found?.choose());
  return found;
}

/** What a part of the page puts into its place; where that cannot be, the place goes as with a show that has none. */
function mount(name: string, put: () => void): void {
  const { dataset } = document.documentElement;
  attempt(() => (put(), true), false) || (dataset["without"] = `${dataset["without"] ?? ""} ${name}`);
}

function bindSettings(): () => void {
  const theme = createTheme(document.documentElement, lastingStorage);
  const applyFilter = attempt(() => createPictureFilter(video, elements.effect), nothing);
  let filter = recallFilter(lastingStorage);
  applyFilter(filter);
  return createSettingsPanel(elements.settings, {
    speed: () => goingBack.speed,
    setSpeed: goingBack.setSpeed,
    filter: () => filter,
    setFilter(chosen) {
      filter = chosen;
      keepFilter(lastingStorage, chosen);
      applyFilter(chosen);
    },
    theme: () => theme.theme,
    setTheme: (chosen) => theme.choose(chosen),
    chooseRemote: () => elements.remotePlayback.hidden ? null : () => remote?.choose(),
    togglePictureInPicture: offersPictureInPicture(video) ? () => void togglePictureInPicture(video) : null,
    openStats: () => stats?.isOpen || stats?.toggle(),
    openShortcuts,
  });
}

function setPaused(isPaused: boolean): void {
  if (isPaused) return watching.pause();
  if (watching.isRefused) watching.jump();
  else goingBack.goOn();
  watching.resume();
}

function tick(): void {
  const { isMoving, nowMs } = watching.tick();
  choosing.tick();
  standBy(isMoving, nowMs);
  showWhere(isMoving, nowMs);
  notice.show();
  for (const each of tickers) each();
}

/** Off the air nothing is played; who is behind plays to the end first. Where the picture stands it is asked why: the news may not come through. */
function standBy(isMoving: boolean, nowMs: number): void {
  if (!watching.isResting && nowMs - watching.lastPictureMs > STANDS_AFTER_MS && Math.abs(nowMs - askedAtMs) > ASK_AGAIN_MS) {
    askedAtMs = nowMs;
    void choosing.refresh();
  }
  const { show } = choosing.told;
  const isOver = isOffAir(show);
  if (isOver && !watching.isResting && !(goingBack.isBehind && isMoving)) {
    watching.rest();
    goingBack.forget();
  } else if (!isOver && watching.isResting) void watching.start();
  elements.stage.dataset["standby"] = String(watching.isResting);
  showStandby(watching.isResting ? show : null);
  showText(elements.description, !watching.isResting && show?.description ? show.description : null);
}

function showTitle(title: string): void {
  showText(elements.title, title);
  document.title = title;
}

video.addEventListener("playing", () => {
  // The event comes a moment later: pause may have been pressed since.
  if (video.paused) return;
  if (watching.isPaused) goingBack.goOn();
  watching.notePaused(false);
});
video.addEventListener("pause", () => {
  // Media keys and the system's own controls pause behind our back; that is the viewer's wish too.
  const isWish = video.readyState >= 2 && !video.ended && document.visibilityState === "visible";
  watching.notePaused(watching.isPaused || isWish);
});
video.addEventListener("error", watching.died);
addEventListener("online", watching.returned);
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  viewerHolder.take();
  if (viewerId !== null) tabClaim.claim(viewerId);
  watching.returned();
});
addEventListener("pagehide", () => {
  viewerHolder.keep();
  tabClaim.release();
  choosing.leave();
  watching.leave();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tick());
