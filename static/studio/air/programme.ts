/// <reference lib="dom" />
import { every } from "../../shared/every.ts";
import { words } from "../../shared/words/words.ts";
import { FIRST_WISH } from "../../watch/choosing/wish_memory.ts";
import { createHeldPicture } from "../../watch/picture/held_picture.ts";
import { createPlayer, isPlayerSupported } from "../../watch/playing/player.ts";
import { createNativePlayer } from "../../watch/playing/player_native.ts";
import { tryToPlay } from "../../watch/playing/try_to_play.ts";
import { createViewerHolder } from "../../watch/playing/viewer.ts";
import { createWatching, NEVER_BEHIND } from "../../watch/playing/watching.ts";
import { studioWords } from "../words/words.ts";

/** What viewers see, as one of them gets it. */
export interface Programme {
  /** Of the studio as a viewer; null before it is one. */
  readonly viewerId: string | null;
  start(): void;
  /** Off the air nothing is played, and nothing asked for. */
  follow(isOffAir: boolean): void;
}

export interface ProgrammeElements {
  readonly video: HTMLVideoElement;
  readonly held: HTMLCanvasElement;
  readonly sound: HTMLButtonElement;
  readonly note: HTMLElement;
}

const TICK_MS = 250;
const STANDS_AFTER_MS = 2000;

/** The watch page's playing loop, silent until its sound is wished for: the streamer's own microphone would hear it. */
export function createProgramme({ video, held, sound, note }: ProgrammeElements): Programme {
  let viewerId: string | null = null;
  let isStarted = false;
  const isHlsJs = isPlayerSupported();
  const watching = createWatching({
    video,
    held: createHeldPicture(video, held),
    viewers: createViewerHolder({
      fetch: (address, init) => fetch(address, init),
      storage: null,
      base: document.baseURI,
      player: isHlsJs ? "hls.js" : "native",
      wish: () => FIRST_WISH,
      onShutOut() {},
      every,
    }),
    behind: () => NEVER_BEHIND,
    makePlayer: (setup, events) => isHlsJs ? createPlayer(video, setup, events) : createNativePlayer(video),
    play: () => tryToPlay(video),
    onViewer: (viewer) => viewerId = viewer.id,
    onPaused() {},
    onReturned() {},
    onReachable() {},
    now: Date.now,
    random: Math.random,
  });

  function tick(): void {
    watching.tick();
    const { noPicture, offAir } = studioWords().air;
    note.hidden = !watching.isResting && Date.now() - watching.lastPictureMs < STANDS_AFTER_MS;
    if (!note.hidden) note.textContent = watching.isResting ? offAir : noPicture;
    video.setAttribute("aria-label", words().player.picture);
    sound.textContent = studioWords().air.sound;
    sound.setAttribute("aria-pressed", String(!video.muted));
  }

  sound.addEventListener("click", () => {
    video.muted = !video.muted;
    watching.resume();
    tick();
  });
  video.addEventListener("error", watching.died);
  addEventListener("online", watching.returned);
  addEventListener("pageshow", (event) => event.persisted && watching.returned());
  addEventListener("pagehide", watching.leave);

  return {
    get viewerId() {
      return viewerId;
    },
    start() {
      if (isStarted) return;
      isStarted = true;
      video.muted = true;
      void watching.start();
      setInterval(tick, TICK_MS);
      tick();
    },
    follow(isOffAir) {
      if (!isStarted || isOffAir === watching.isResting) return;
      if (isOffAir) watching.rest();
      else void watching.start();
    },
  };
}
