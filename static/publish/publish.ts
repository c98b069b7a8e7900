/// <reference lib="dom" />
import { canShareScreen, type CaptureProblem } from "./capture/devices.ts";
import { createCapture, type Device } from "./capture/capture.ts";
import { canEncodePictures } from "./encode/picture_encoder.ts";
import { canRecord } from "./encode/recorder.ts";
import { createKeyMemory } from "./key_memory.ts";
import { createLink, type LinkTrouble } from "./send/link.ts";
import { type Sending, startSending } from "./sending.ts";
import { findElements } from "./view.ts";
import { createAsk } from "../shared/ask.ts";
import { attempt } from "../shared/attempt.ts";
import { make } from "../shared/controls/make.ts";
import { showText } from "../shared/controls/show.ts";
import { createTheme } from "../shared/controls/theme.ts";
import { openStorage } from "../shared/storage.ts";
import { beginLanguage, language, LANGUAGE_NAMES, onLanguage, setLanguage, words } from "../shared/words/words.ts";

// A streamer's camera in a page: the key, what is captured, and Go live.

const TICK_MS = 100;
const STATUS_EVERY_TICKS = 5;
const ASK_PATIENCE_MS = 5000;
/** Later than this the picture is being lowered. */
const SLOW_MS = 250;

const lastingStorage = openStorage(() => globalThis.localStorage);
beginLanguage({ storage: lastingStorage, languages: navigator.languages, root: document.documentElement });
createTheme(document.documentElement, lastingStorage);
const elements = findElements();
const memory = createKeyMemory(openStorage(() => globalThis.sessionStorage));
const canSend = canEncodePictures() || canRecord();
/** What the last press or the last device came to. */
let problem: CaptureProblem | null = null;
let isKeyWrong = false;
let isFaulty = false;
let isSilent = false;
let sending: Sending | null = null;
let isMirrored = true;
let wakeLock: { release(): Promise<void> } | null = null;
let ticks = 0;
let machineLeftOut = 0;
/** As the server has put it into the page. */
const showTitle = document.title;

const link = createLink({
  ask: createAsk({ fetch: (address, init) => fetch(address, init), base: document.baseURI, patienceMs: ASK_PATIENCE_MS }),
  connect: (address, protocols) => new WebSocket(address, protocols),
  base: document.baseURI,
  key: () => memory.key,
  onOpen: () => sending?.begin(),
  onKey: () => sending?.askForKey(),
  onChange: followLink,
  now: () => performance.now(),
  setTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
});
/** Made where a page may capture: elsewhere the browser has no devices at all. */
const capture = isSecureContext && navigator.mediaDevices
  ? createCapture(document.documentElement.dataset["worklet"]!, followCapture)
  : null;

elements.keyForm.addEventListener("submit", (event) => {
  event.preventDefault();
  memory.key = elements.key.value.trim();
  elements.key.value = "";
  isKeyWrong = false;
  show();
  void begin();
});
elements.language.addEventListener("click", () => setLanguage(language() === "en" ? "zh-TW" : "en"));
elements.camera.addEventListener("change", () => void choose(() => capture!.useCamera(elements.camera.value || null)));
elements.microphone.addEventListener("change", () => void choose(() => capture!.useMicrophone(elements.microphone.value || null)));
elements.screen.addEventListener(
  "click",
  () => void choose(() => capture!.isScreen ? capture!.useCamera(capture!.cameraId) : shareScreen()),
);
elements.mirror.addEventListener("click", () => {
  isMirrored = !isMirrored;
  show();
});
elements.mute.addEventListener("click", () => {
  const mix = capture?.mix;
  if (mix) mix.isMuted = !mix.isMuted;
  show();
});
elements.live.addEventListener("click", () => sending === null ? goLive() : stop());
// Browsers let nothing sound before a press.
for (const press of ["pointerdown", "keydown"]) document.addEventListener(press, () => capture?.mix?.wake());
addEventListener("online", () => link.hurry());
// So that viewers are told at once, and the key is free.
addEventListener("pagehide", stop);
document.addEventListener("visibilitychange", () => sending !== null && !document.hidden && void stayAwake());
onLanguage(show);
setInterval(tick, TICK_MS);
if (memory.key !== null) void begin();
// Last: what a browser lacks has thrown by now.
for (const each of document.querySelectorAll(".cannot-run")) each.remove();

/** The browser asks for its permission here. */
async function begin(): Promise<void> {
  if (capture !== null && canSend && capture.picture === null) await choose(() => capture.begin());
}

async function choose(use: () => Promise<CaptureProblem | null>): Promise<void> {
  problem = null;
  problem = await use();
  followCapture();
}

/** Nobody is told that nothing was chosen. */
async function shareScreen(): Promise<CaptureProblem | null> {
  const found = await capture!.useScreen();
  return found === "denied" ? null : found;
}

function followCapture(): void {
  const track = capture!.picture;
  const { preview } = elements;
  if (track === null) preview.srcObject = null;
  else if ((preview.srcObject as MediaStream | null)?.getVideoTracks()[0] !== track) {
    preview.srcObject = new MediaStream([track]);
    void preview.play().catch(() => {});
  }
  if (track !== null) sending?.show(track, capture!.mix);
  show();
}

function goLive(): void {
  const track = capture?.picture ?? null;
  if (track === null) return;
  isFaulty = isSilent = false;
  capture!.mix?.wake();
  sending = startSending({ link, preview: elements.preview, onFault: fail, onSilent });
  sending.show(track, capture!.mix);
  link.open();
  void stayAwake();
  show();
}

function stop(): void {
  if (sending === null) return;
  sending.stop();
  sending = null;
  link.close();
  void wakeLock?.release().catch(() => {});
  wakeLock = null;
  show();
}

function fail(): void {
  isFaulty = true;
  stop();
}

function onSilent(): void {
  isSilent = true;
  show();
}

function followLink(): void {
  if (link.state.kind === "closed" && sending !== null) {
    const { trouble } = link.state;
    sending.stop();
    sending = null;
    if (trouble === "wrong_key") {
      memory.key = null;
      isKeyWrong = true;
    }
  }
  show();
}

/** A telephone's screen that goes dark takes the camera with it. */
async function stayAwake(): Promise<void> {
  wakeLock = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
}

function tick(): void {
  sending?.tick();
  elements.level.value = attempt(() => capture?.mix?.level ?? 0, 0);
  if (++ticks % STATUS_EVERY_TICKS === 0) showStatus();
}

function show(): void {
  const { sender } = words();
  const isReady = capture !== null && canSend;
  document.title = elements.heading.textContent = sender.heading(showTitle);
  elements.language.textContent = LANGUAGE_NAMES[language() === "en" ? "zh-TW" : "en"];
  elements.keyForm.hidden = !isReady || memory.key !== null;
  elements.keyLabel.textContent = sender.keyLabel;
  elements.keyHint.textContent = sender.keyHint;
  elements.keyButton.textContent = sender.useKey;
  elements.stage.hidden = !isReady || memory.key === null;
  elements.cameraLabel.textContent = sender.camera;
  elements.microphoneLabel.textContent = sender.microphone;
  elements.preview.setAttribute("aria-label", sender.preview);
  elements.screen.textContent = sender.shareScreen;
  elements.mirror.textContent = sender.mirror;
  elements.mute.textContent = sender.mute;
  elements.level.setAttribute("aria-label", sender.level);
  showText(elements.notice, explain());
  showStatus();
  if (capture === null) return;

  const isLive = sending !== null;
  elements.screen.hidden = !canShareScreen();
  press(elements.screen, capture.isScreen);
  press(elements.mirror, isMirrored);
  press(elements.mute, capture.mix?.isMuted ?? false);
  elements.mute.disabled = capture.mix === null;
  elements.mirror.disabled = capture.isScreen;
  elements.preview.dataset["mirror"] = String(isMirrored && !capture.isScreen);
  elements.badge.textContent = link.state.kind === "open" ? sender.live : sender.preparing;
  elements.badge.dataset["live"] = String(link.state.kind === "open");
  elements.live.textContent = isLive ? sender.stop : sender.goLive;
  elements.live.dataset["live"] = String(isLive);
  elements.live.disabled = !isLive && capture.picture === null;
  list(elements.camera, capture.cameras, capture.cameraId, sender.noCamera, sender.cameraNumber);
  list(elements.microphone, capture.microphones, capture.microphoneId, sender.noMicrophone, sender.microphoneNumber);
}

function press(button: HTMLButtonElement, isOn: boolean): void {
  button.setAttribute("aria-pressed", String(isOn));
}

/** Written only where it changes: a list that is open would close. */
function list(
  select: HTMLSelectElement,
  devices: readonly Device[],
  chosen: string | null,
  none: string,
  name: (number: number) => string,
): void {
  const options = devices.map((device, at) => make("option", { value: device.id }, device.name || name(at + 1)));
  if (chosen === null) options.unshift(make("option", { value: "" }, none));
  const text = (all: Iterable<HTMLOptionElement>) => [...all].map((option) => `${option.value} ${option.text}`).join("\n");
  if (text(options) !== text(select.options)) select.replaceChildren(...options);
  select.value = chosen ?? "";
}

/** What stands in the way, in a sentence; null where nothing does. */
function explain(): string | null {
  const { sender } = words();
  if (capture === null) return sender.insecure(`http://localhost:${location.port || "80"}${location.pathname}`);
  if (!canSend || isFaulty) return sender.cannotEncode;
  const trouble = link.state.kind === "open" ? null : link.state.trouble;
  if (trouble !== null && trouble !== "wrong_key") return TROUBLES[trouble]();
  if (isKeyWrong) return sender.wrongKey;
  if (problem !== null) return sender[problem];
  return isSilent && sending !== null ? sender.noSoundEncoder : null;
}

const TROUBLES: Readonly<Record<Exclude<LinkTrouble, "wrong_key">, () => string>> = {
  unreachable: () => words().sender.unreachable,
  in_use: () => words().sender.inUse,
  too_many_keys: () => words().sender.tooManyKeys,
  taken_over: () => words().sender.takenOver,
  full: () => words().sender.full,
};

/** Its figures are for tests too. */
function showStatus(): void {
  const { sender } = words();
  const { status } = elements;
  if (sending === null) return void (status.textContent = "");
  if (link.state.kind !== "open") return void (status.textContent = sender.connecting);
  const { bitsPerSecond, picturesPerSecond, lateMs, targetBitsPerSecond, leftOut } = sending.stats;
  const figures = sender.sending((bitsPerSecond / 1e6).toFixed(1), Math.round(picturesPerSecond));
  const isMachineSlow = leftOut.encoder > machineLeftOut;
  machineLeftOut = leftOut.encoder;
  const trouble = lateMs > SLOW_MS ? sender.slow : isMachineSlow ? sender.slowMachine : null;
  status.textContent = trouble === null ? figures : `${figures}. ${trouble}`;
  Object.assign(status.dataset, {
    bits: String(Math.round(bitsPerSecond)),
    target: String(targetBitsPerSecond),
    late: String(Math.round(lateMs)),
    leftOutByEncoder: String(leftOut.encoder),
    leftOutByWay: String(leftOut.way),
  });
}
