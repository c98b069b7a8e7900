/// <reference lib="dom" />

/** The page's elements. Throws where index.html and the code have drifted apart. */
export function findElements() {
  return {
    stage: find("stage", HTMLElement),
    video: find("picture", HTMLVideoElement),
    held: find("held", HTMLCanvasElement),
    title: find("title", HTMLElement),
    badge: find("badge", HTMLButtonElement),
    latency: find("latency", HTMLElement),
    notice: find("notice", HTMLElement),
    tapForSound: find("tap-for-sound", HTMLButtonElement),
    play: find("play", HTMLButtonElement),
    sound: find("sound", HTMLButtonElement),
    volume: find("volume", HTMLInputElement),
    choices: find("choices", HTMLElement),
    fullScreen: find("full-screen", HTMLButtonElement),
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
