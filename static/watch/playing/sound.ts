/// <reference lib="dom" />
import { tryToPlay } from "./try_to_play.ts";

export interface Sound {
  /**
   * Plays with the sound the viewer had last, or without where the browser wants a press first. False where it wants one even for a picture without sound
   * (iPhones that save power, Firefox when told so): nothing plays before that.
   */
  play(): Promise<boolean>;
  setMuted(isMuted: boolean): void;
  setVolume(volume: number): void;
  readonly isBlocked: boolean;
}

const KEPT_AS = "tercet.sound";

/** Sound and the browser's rules about it. `onChange` whenever what should be shown may have changed. */
export function createSound(video: HTMLVideoElement, onChange: () => void): Sound {
  const kept = read();
  let isWanted = !kept.isMuted;
  let isBlocked = false;
  video.volume = kept.volume;
  video.addEventListener("volumechange", onChange);

  async function play(): Promise<boolean> {
    video.muted = !isWanted || isBlocked;
    if (await tryToPlay(video)) return true;
    if (!video.muted) {
      isBlocked = true;
      video.muted = true;
      onChange();
      if (await tryToPlay(video)) return true;
    }
    // The press that is waited for brings the sound as well.
    isBlocked = false;
    return false;
  }

  function setMuted(isMuted: boolean): void {
    isWanted = !isMuted;
    isBlocked = false;
    video.muted = isMuted;
    if (!isMuted && video.volume === 0) video.volume = 0.5;
    write({ isMuted, volume: video.volume });
    onChange();
  }

  function setVolume(volume: number): void {
    video.volume = Math.min(1, Math.max(0, volume));
    setMuted(video.volume === 0);
  }

  return {
    play,
    setMuted,
    setVolume,
    get isBlocked() {
      return isBlocked;
    },
  };
}

function read(): { isMuted: boolean; volume: number } {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_AS) ?? "{}");
    return { isMuted: kept.isMuted === true, volume: kept.volume > 0 && kept.volume <= 1 ? kept.volume : 1 };
  } catch {
    return { isMuted: false, volume: 1 };
  }
}

function write(sound: { isMuted: boolean; volume: number }): void {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(sound));
  } catch {
    // Nothing can be kept here; the choice holds until the page goes.
  }
}
