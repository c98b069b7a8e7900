/// <reference lib="dom" />

/** The page's elements. Throws where index.html and the code have drifted apart. */
export function findElements() {
  return {
    page: find("page", HTMLElement),
    ambient: find("ambient", HTMLCanvasElement),
    stage: find("stage", HTMLElement),
    video: find("picture", HTMLVideoElement),
    effect: find("effect", HTMLCanvasElement),
    held: find("held", HTMLCanvasElement),
    title: find("title", HTMLElement),
    badge: find("badge", HTMLButtonElement),
    badgeText: find("badge-text", HTMLElement),
    latency: find("latency", HTMLElement),
    shown: find("shown", HTMLElement),
    notice: find("notice", HTMLElement),
    tapForSound: find("tap-for-sound", HTMLButtonElement),
    tapText: find("tap-text", HTMLElement),
    stats: find("stats", HTMLElement),
    controls: find("controls", HTMLElement),
    position: find("position", HTMLInputElement),
    play: find("play", HTMLButtonElement),
    sound: find("sound", HTMLButtonElement),
    volume: find("volume", HTMLInputElement),
    choices: find("choices", HTMLElement),
    donate: find("donate", HTMLElement),
    share: find("share", HTMLElement),
    settingsButton: find("settings-button", HTMLButtonElement),
    pictureInPicture: find("picture-in-picture", HTMLButtonElement),
    chatToggle: find("chat-toggle", HTMLButtonElement),
    fullScreen: find("full-screen", HTMLButtonElement),
    chat: find("chat", HTMLElement),
    settings: find("settings", HTMLDialogElement),
    shortcuts: find("shortcuts", HTMLDialogElement),
  };
}

export type Elements = ReturnType<typeof findElements>;

/** Sets a button's name and picture for its two states. */
export function showToggle(button: HTMLButtonElement, isOn: boolean, name: string): void {
  button.dataset["on"] = String(isOn);
  if (button.getAttribute("aria-label") === name) return;
  button.setAttribute("aria-label", name);
  button.title = name;
}

/** Writes only what changed: screen readers speak a live region again at every write. */
export function showText(element: HTMLElement, text: string | null): void {
  element.hidden = text === null;
  if (text !== null && element.textContent !== text) element.textContent = text;
}

function find<T extends Element>(id: string, kind: { new (): T }): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new TypeError(`Cannot find <${kind.name} id="${id}"> in the page`);
  return element;
}
