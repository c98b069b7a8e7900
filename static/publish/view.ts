/// <reference lib="dom" />

/** The elements of publish.html. */
export function findElements() {
  const find = <Element extends HTMLElement>(id: string) => document.getElementById(id) as Element;
  return {
    heading: find("heading"),
    language: find<HTMLButtonElement>("language"),
    notice: find("notice"),
    keyForm: find<HTMLFormElement>("key-form"),
    keyLabel: find("key-label"),
    key: find<HTMLInputElement>("key"),
    keyButton: find<HTMLButtonElement>("key-button"),
    keyHint: find("key-hint"),
    stage: find("stage"),
    preview: find<HTMLVideoElement>("preview"),
    badge: find("badge"),
    cameraLabel: find("camera-label"),
    camera: find<HTMLSelectElement>("camera"),
    microphoneLabel: find("microphone-label"),
    microphone: find<HTMLSelectElement>("microphone"),
    screen: find<HTMLButtonElement>("screen"),
    mirror: find<HTMLButtonElement>("mirror"),
    mute: find<HTMLButtonElement>("mute"),
    level: find<HTMLMeterElement>("level"),
    live: find<HTMLButtonElement>("live"),
    status: find("status"),
  };
}

export type Elements = ReturnType<typeof findElements>;
