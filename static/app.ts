/// <reference lib="dom" />
import { createAmbient } from "./ambient.ts";
import { bindAside } from "./aside.ts";
import { mountChat } from "./chat/chat.ts";
import { createChoosing } from "./choosing.ts";
import { bindControls } from "./controls.ts";
import { mountDonate } from "./donate/donate.ts";
import { every } from "./every.ts";
import { keepFilter, recallFilter } from "./filters.ts";
import { createFlash } from "./flash.ts";
import { createGoingBack } from "./going_back.ts";
import { createHeldPicture } from "./held_picture.ts";
import { createNoticeLine } from "./notice_line.ts";
import type { PageDeps } from "./page_deps.ts";
import { createPictureFilter } from "./picture_filter.ts";
import { offersPictureInPicture, togglePictureInPicture } from "./picture_in_picture.ts";
import { createPlayer, isPlayerSupported } from "./player.ts";
import { createNativePlayer } from "./player_native.ts";
import { readStats } from "./read_stats.ts";
import { createSettingsPanel } from "./settings_panel.ts";
import { mountShare } from "./share/share.ts";
import { createShortcutsList } from "./shortcuts_list.ts";
import { createSound } from "./sound.ts";
import { createStats } from "./stats.ts";
import { openStorage } from "./storage.ts";
import { createTabClaim } from "./tab_claim.ts";
import { createTheme } from "./theme.ts";
import type { ServerEvent } from "./told.ts";
import { findElements, showText } from "./view.ts";
import { createViewerHolder } from "./viewer.ts";
import { createWatching } from "./watching.ts";
import { createWhere } from "./where.ts";
import { beginLanguage, onLanguage } from "./words.ts";

const TICK_MS = 250;

const isHlsJs = isPlayerSupported();
const storage = openStorage(() => globalThis.sessionStorage);
const lastingStorage = openStorage(() => globalThis.localStorage);
const viewerHolder = createViewerHolder({
  fetch: (address, init) => fetch(address, init),
  storage,
  base: document.baseURI,
  player: isHlsJs ? "hls.js" : "native",
  wish: () => choosing.wish,
  every,
});
// Asked before anything else is set up: the answer is on its way while the page wires itself.
const firstViewer = viewerHolder.find();

beginLanguage({ storage: lastingStorage, languages: navigator.languages, root: document.documentElement });
const theme = createTheme(document.documentElement, lastingStorage);
const elements = findElements();
const { video } = elements;
const flash = createFlash(elements.shown);
const drawAmbient = createAmbient(video, elements.ambient);
const sound = createSound(video, () => show());
const listeners = new Set<(event: ServerEvent) => void>();
const reachableListeners = new Set<() => void>();
const isSupported = isHlsJs || video.canPlayType("application/vnd.apple.mpegurl") !== "";
let viewerId: string | null = null;
let filter = recallFilter(lastingStorage);

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
});
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
const stats = createStats(elements.stats, {
  read: () => readStats({ video, watching, goingBack, choosing }),
  refresh: () => void choosing.refresh(),
});
const openShortcuts = createShortcutsList(elements.shortcuts);
const openSettings = createSettingsPanel(elements.settings, {
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
  togglePictureInPicture: offersPictureInPicture(video) ? () => void togglePictureInPicture(video) : null,
  openStats: () => stats.isOpen || stats.toggle(),
  openShortcuts,
});
const applyFilter = createPictureFilter(video, elements.effect);
const showWhere = createWhere(elements, { watching, goingBack, dvr: () => choosing.told.dvr });
const show = bindControls(elements, sound, {
  isPaused: () => watching.isPaused,
  setPaused(isPaused) {
    if (isPaused) return watching.pause();
    goingBack.goOn();
    watching.resume();
  },
  goLive: goingBack.goLive,
  seekBy: goingBack.seekBy,
  openSettings,
  openShortcuts,
});

bindAside(elements, lastingStorage);
const deps: PageDeps = {
  base: document.baseURI,
  viewerId: () => viewerId,
  onEvent: (listener) => void listeners.add(listener),
  onReachable: (listener) => void reachableListeners.add(listener),
  say: notice.say,
};
mountChat(elements.chat, deps);
mountDonate(elements.donate, deps);
mountShare(elements.share, deps);
// A viewer that was kept over a reload does not know the title.
deps.onEvent((event) => event.type === "state" && event.stream.title !== "" && showTitle(event.stream.title));
applyFilter(filter);

if (isSupported) {
  void watching.start(firstViewer);
  setInterval(tick, TICK_MS);
}
onLanguage(notice.show);
show();
if (!isSupported) setInterval(notice.show, 1000);

function tick(): void {
  const { isMoving, nowMs } = watching.tick();
  choosing.tick();
  showWhere(isMoving, nowMs);
  notice.show();
  stats.tick();
  drawAmbient();
}

function showTitle(title: string): void {
  showText(elements.title, title);
  document.title = title;
}

video.addEventListener("playing", () => {
  if (watching.isPaused) goingBack.goOn();
  watching.notePaused(false);
});
video.addEventListener("pause", () => {
  // Media keys and the system's own controls pause behind our back; that is the viewer's wish too.
  const isWish = video.readyState >= 2 && document.visibilityState === "visible";
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
