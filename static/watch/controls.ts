/// <reference lib="dom" />
import { toggleFullScreen } from "./full_screen.ts";
import { type Command, type Focus, readKey } from "./keys.ts";
import { isPictureInPicture, offersPictureInPicture, togglePictureInPicture } from "./picture_in_picture.ts";
import type { Sound } from "./playing/sound.ts";
import type { Elements } from "./view.ts";
import { showToggle } from "../shared/controls/show.ts";
import { onLanguage, words } from "../shared/words/words.ts";

const IDLE_AFTER_MS = 2500;
/** Who comes reads first what this is. */
const FIRST_IDLE_AFTER_MS = 6000;
const SEEK_SECONDS = 5;

/** What the viewer asks of the page. */
export interface ControlWishes {
  isPaused(): boolean;
  /** The browser plays nothing before a press. */
  isRefused(): boolean;
  setPaused(isPaused: boolean): void;
  goLive(): void;
  /** Seconds forward, negative for back. */
  seekBy(seconds: number): void;
  openSettings(): void;
  openShortcuts(): void;
}

/** Buttons, keys and the controls' coming and going. Returns the function that shows the present state. */
export function bindControls(elements: Elements, sound: Sound, wishes: ControlWishes): () => void {
  const { stage, video } = elements;
  const commands: Readonly<Record<Command, () => void>> = {
    play: () => wishes.setPaused(!wishes.isPaused()),
    sound: () => sound.setMuted(!video.muted),
    full_screen: () => void toggleFullScreen(stage, video),
    back: () => wishes.seekBy(-SEEK_SECONDS),
    forward: () => wishes.seekBy(SEEK_SECONDS),
    live: () => wishes.goLive(),
    list: () => wishes.openShortcuts(),
  };

  elements.play.addEventListener("click", commands.play);
  elements.largePlay.addEventListener("click", () => wishes.setPaused(false));
  // Any press is the one that was waited for. The buttons' own listeners come before this one.
  document.addEventListener("click", () => wishes.isRefused() && wishes.setPaused(false));
  elements.sound.addEventListener("click", commands.sound);
  elements.tapForSound.addEventListener("click", () => sound.setMuted(false));
  elements.fullScreen.addEventListener("click", commands.full_screen);
  elements.pictureInPicture.addEventListener("click", () => void togglePictureInPicture(video));
  elements.settingsButton.addEventListener("click", () => wishes.openSettings());
  elements.badge.addEventListener("click", commands.live);
  elements.volume.addEventListener("input", () => sound.setVolume(Number(elements.volume.value) / 100));
  video.addEventListener("click", (event) => {
    // A finger's first tap only brings the controls.
    if (event instanceof PointerEvent && event.pointerType === "touch") return;
    commands.play();
  });
  video.addEventListener("dblclick", commands.full_screen);
  for (const kind of ["enterpictureinpicture", "leavepictureinpicture"]) video.addEventListener(kind, show);
  document.addEventListener("fullscreenchange", show);
  document.addEventListener("keydown", (event) => {
    // Hidden buttons cannot be reached by Tab either.
    wake();
    const command = document.querySelector("dialog[open]") ? null : readKey({
      key: event.key,
      isModified: event.ctrlKey || event.metaKey || event.altKey,
      isRepeat: event.repeat,
    }, event.target === elements.position ? "elsewhere" : focusOf(event.target));
    if (command === null) return;
    commands[command]();
    event.preventDefault();
  });

  let idleTimer: ReturnType<typeof setTimeout> | undefined;
  let readUntilMs = Infinity;
  function wake(): void {
    stage.dataset["idle"] = "false";
    clearTimeout(idleTimer);
    const readMs = readUntilMs - performance.now();
    if (readMs < Infinity) idleTimer = setTimeout(() => stage.dataset["idle"] = "true", Math.max(IDLE_AFTER_MS, readMs));
  }
  for (const kind of ["pointermove", "pointerdown", "focusin"] as const) stage.addEventListener(kind, wake, { passive: true });
  video.addEventListener("playing", () => {
    readUntilMs = performance.now() + FIRST_IDLE_AFTER_MS;
    wake();
  }, { once: true });
  wake();

  function show(): void {
    const { player } = words();
    const isPaused = wishes.isPaused();
    stage.dataset["paused"] = String(isPaused);
    showToggle(elements.play, isPaused, isPaused ? player.play : player.pause);
    showToggle(elements.sound, video.muted, video.muted ? player.unmute : player.mute);
    const isFull = document.fullscreenElement !== null;
    showToggle(elements.fullScreen, isFull, isFull ? player.leaveFullScreen : player.fullScreen);
    const isInPicture = isPictureInPicture(video);
    elements.pictureInPicture.hidden = !offersPictureInPicture(video);
    showToggle(elements.pictureInPicture, isInPicture, isInPicture ? player.leavePictureInPicture : player.pictureInPicture);
    const isRefused = wishes.isRefused();
    elements.largePlay.hidden = !isRefused;
    // A name only while it is there: the small one has the same.
    if (isRefused) elements.largePlay.setAttribute("aria-label", player.play);
    else elements.largePlay.removeAttribute("aria-label");
    elements.tapForSound.hidden = !sound.isBlocked || isRefused;
    const volume = String(video.muted ? 0 : Math.round(video.volume * 100));
    if (elements.volume.value !== volume) elements.volume.value = volume;
  }

  onLanguage(() => {
    const { player } = words();
    video.setAttribute("aria-label", player.picture);
    elements.controls.setAttribute("aria-label", player.controls);
    elements.badge.title = player.jumpToLive;
    // The words on a button begin its name, so that it can be pressed by voice.
    elements.badge.setAttribute("aria-label", `${player.live}: ${player.jumpToLive}`);
    elements.settingsButton.setAttribute("aria-label", player.settings);
    elements.settingsButton.title = player.settings;
    elements.remotePlayback.setAttribute("aria-label", player.remotePlayback);
    elements.remotePlayback.title = player.remotePlayback;
    elements.tapText.textContent = player.tapForSound;
    elements.volume.setAttribute("aria-label", player.volume);
    show();
  });
  return show;
}

function focusOf(target: EventTarget | null): Focus {
  if (target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement) return "button";
  if (target instanceof HTMLInputElement && target.type === "range") return "slider";
  if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return "text";
  return target instanceof HTMLElement && target.isContentEditable ? "text" : "elsewhere";
}
