/// <reference lib="dom" />

/** Firefox and Safari know dialogs since 2022. */
const DIALOG: typeof HTMLDialogElement = globalThis.HTMLDialogElement ?? HTMLElement;

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
    description: find("description", HTMLElement),
    standby: find("standby", HTMLElement),
    badge: find("badge", HTMLButtonElement),
    badgeText: find("badge-text", HTMLElement),
    audience: find("audience", HTMLElement),
    watching: find("watching", HTMLElement),
    running: find("running", HTMLElement),
    latency: find("latency", HTMLElement),
    shown: find("shown", HTMLElement),
    notice: find("notice", HTMLElement),
    largePlay: find("large-play", HTMLButtonElement),
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
    remotePlayback: find("remote-playback", HTMLButtonElement),
    chatToggle: find("chat-toggle", HTMLButtonElement),
    fullScreen: find("full-screen", HTMLButtonElement),
    chat: find("chat", HTMLElement),
    settings: find("settings", DIALOG),
    shortcuts: find("shortcuts", DIALOG),
  };
}

export type Elements = ReturnType<typeof findElements>;

function find<T extends Element>(id: string, kind: { new (): T }): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new TypeError(`Cannot find <${kind.name} id="${id}"> in the page`);
  return element;
}
