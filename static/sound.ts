/// <reference lib="dom" />

export interface Sound {
  /** Plays with the sound the viewer had last, or without where the browser wants a press first. */
  play(): Promise<void>;
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

  async function play(): Promise<void> {
    video.muted = !isWanted || isBlocked;
    try {
      await video.play();
    } catch (error) {
      // Anything else means that the source was changed underneath: whoever changed it plays again.
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError" || video.muted) return;
      isBlocked = true;
      video.muted = true;
      onChange();
      await video.play().catch(() => {});
    }
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
