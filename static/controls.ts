/// <reference lib="dom" />
import { toggleFullScreen } from "./full_screen.ts";
import type { Sound } from "./sound.ts";
import { type Elements, showToggle } from "./view.ts";
import { WORDS } from "./words.ts";

const IDLE_AFTER_MS = 2500;

/** Buttons, keys (space, M, F) and the controls' coming and going. Returns the function that shows the present state. */
export function bindControls(
  elements: Elements,
  sound: Sound,
  wishes: { isPaused(): boolean; setPaused(isPaused: boolean): void; goLive(): void },
): () => void {
  const { stage, video } = elements;
  const togglePlay = () => wishes.setPaused(!wishes.isPaused());
  const toggleSound = () => sound.setMuted(!video.muted);
  const toggleScreen = () => void toggleFullScreen(stage, video);

  elements.play.addEventListener("click", togglePlay);
  elements.sound.addEventListener("click", toggleSound);
  elements.tapForSound.addEventListener("click", () => sound.setMuted(false));
  elements.fullScreen.addEventListener("click", toggleScreen);
  elements.badge.addEventListener("click", () => wishes.goLive());
  elements.volume.addEventListener("input", () => sound.setVolume(Number(elements.volume.value) / 100));
  video.addEventListener("click", (event) => {
    // A finger's first tap only brings the controls.
    if (event instanceof PointerEvent && event.pointerType === "touch") return;
    togglePlay();
  });
  video.addEventListener("dblclick", toggleScreen);
  document.addEventListener("fullscreenchange", show);
  document.addEventListener("keydown", (event) => {
    // Hidden buttons cannot be reached by Tab either.
    wake();
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    // Space already presses the button that has the focus.
    if (key === " " && !(event.target instanceof HTMLButtonElement)) togglePlay();
    else if (key === "m") toggleSound();
    else if (key === "f") toggleScreen();
    else return;
    event.preventDefault();
  });

  let idleTimer: ReturnType<typeof setTimeout> | undefined;
  function wake(): void {
    stage.dataset["idle"] = "false";
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => stage.dataset["idle"] = "true", IDLE_AFTER_MS);
  }
  for (const kind of ["pointermove", "pointerdown", "focusin"] as const) stage.addEventListener(kind, wake, { passive: true });
  wake();

  function show(): void {
    const isPaused = wishes.isPaused();
    stage.dataset["paused"] = String(isPaused);
    showToggle(elements.play, isPaused, isPaused ? WORDS.play : WORDS.pause);
    showToggle(elements.sound, video.muted, video.muted ? WORDS.unmute : WORDS.mute);
    const isFull = document.fullscreenElement !== null;
    showToggle(elements.fullScreen, isFull, isFull ? WORDS.leaveFullScreen : WORDS.fullScreen);
    elements.tapForSound.hidden = !sound.isBlocked;
    const volume = String(video.muted ? 0 : Math.round(video.volume * 100));
    if (elements.volume.value !== volume) elements.volume.value = volume;
  }
  return show;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && target.type !== "range");
}
