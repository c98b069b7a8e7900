/// <reference lib="dom" />

/** What the keys of a headset, a keyboard or a lock screen ask for. */
export interface MediaKeys {
  play(): void;
  pause(): void;
  seekBy(seconds: number): void;
}

const SEEK_SECONDS = 5;

/**
 * The system's own controls: the show's name and picture on the lock screen, keys that do what the page's buttons do. Returns the function that tells how
 * things stand; nothing happens in a browser without a media session.
 */
export function bindMediaSession(base: string, keys: MediaKeys): (now: { readonly title: string; readonly isPaused: boolean }) => void {
  const session = (navigator as { mediaSession?: MediaSession }).mediaSession;
  if (session === undefined || !("MediaMetadata" in globalThis)) return () => {};
  const handlers: readonly [MediaSessionAction, (details: MediaSessionActionDetails) => void][] = [
    ["play", keys.play],
    ["pause", keys.pause],
    ["stop", keys.pause],
    ["seekbackward", ({ seekOffset }) => keys.seekBy(-(seekOffset ?? SEEK_SECONDS))],
    ["seekforward", ({ seekOffset }) => keys.seekBy(seekOffset ?? SEEK_SECONDS)],
  ];
  for (const [action, handler] of handlers) {
    try {
      session.setActionHandler(action, handler);
    } catch {
      // Not every browser knows every key.
    }
  }
  const artwork = [{ src: new URL("thumbnail.jpg", base).href, type: "image/jpeg" }];
  let told = "";
  return ({ title, isPaused }) => {
    session.playbackState = isPaused ? "paused" : "playing";
    if (title === told) return;
    told = title;
    session.metadata = new MediaMetadata({ title, artwork });
  };
}
