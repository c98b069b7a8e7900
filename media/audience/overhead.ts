/** What is sent beside the media itself: playlists, and the heads of answers. */
export interface OverheadMeter {
  note(bytes: number): void;
  /** Ends a stretch of time in which so many viewers were present for so many seconds, all taken together. */
  settle(viewerSeconds: number): void;
  /** Of one viewer, over the last stretches; what was guessed as long as there are too few. */
  readonly bitsPerSecond: number;
}

/** Ten segments: as many as the renditions are weighed over. */
const KEPT_STRETCHES = 10;
const LEAST_VIEWER_SECONDS = 10;

export function createOverheadMeter(o: { guessBitsPerSecond: number }): OverheadMeter {
  const stretches: { readonly bytes: number; readonly viewerSeconds: number }[] = [];
  let bytes = 0;
  let bitsPerSecond = o.guessBitsPerSecond;
  return {
    note: (more) => void (bytes += more),
    settle(viewerSeconds) {
      stretches.push({ bytes, viewerSeconds });
      bytes = 0;
      if (stretches.length > KEPT_STRETCHES) stretches.shift();
      const watched = stretches.reduce((sum, stretch) => sum + stretch.viewerSeconds, 0);
      const sent = stretches.reduce((sum, stretch) => sum + stretch.bytes, 0);
      bitsPerSecond = watched < LEAST_VIEWER_SECONDS ? o.guessBitsPerSecond : 8 * sent / watched;
    },
    get bitsPerSecond() {
      return bitsPerSecond;
    },
  };
}
