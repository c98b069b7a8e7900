/// <reference lib="dom" />
import type { Player } from "./player.ts";

/** Plays with the browser's own HLS (Safari without MediaSource), behind the same interface: it steers itself, so most of it does nothing. */
export function createNativePlayer(video: HTMLVideoElement): Player {
  function liveEdgeSeconds(): number | null {
    const { seekable } = video;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) : null;
  }

  return {
    load: (address) => video.src = address,
    loadAt(address, wallMs) {
      video.src = address;
      video.addEventListener("loadedmetadata", () => {
        const zeroMs = startDateMs(video);
        if (zeroMs !== null) video.currentTime = (wallMs - zeroMs) / 1000;
      }, { once: true });
    },
    latencySeconds() {
      const edgeSeconds = liveEdgeSeconds();
      return edgeSeconds === null ? null : Math.max(0, edgeSeconds - video.currentTime);
    },
    targetSeconds: () => null,
    shownAtMs() {
      const startMs = startDateMs(video);
      return startMs === null ? null : startMs + video.currentTime * 1000;
    },
    reach() {
      const zeroMs = startDateMs(video);
      const { seekable } = video;
      if (zeroMs === null || seekable.length === 0) return null;
      const spans = Array.from(
        { length: seekable.length },
        (_, i) => [zeroMs + seekable.start(i) * 1000, zeroMs + seekable.end(i) * 1000] as const,
      );
      return { zeroMs, buffered: spans, listed: spans[spans.length - 1]! };
    },
    bufferedSeconds: () => 0,
    setExtraLatency() {},
    setHighestLevel() {},
    jumpToLive() {
      const edgeSeconds = liveEdgeSeconds();
      if (edgeSeconds !== null) video.currentTime = edgeSeconds;
    },
    recoverMedia: () => video.load(),
    destroy() {
      video.removeAttribute("src");
      video.load();
    },
  };
}

/** Safari alone has `getStartDate`: the wall clock at media time 0, from PROGRAM-DATE-TIME. */
function startDateMs(video: HTMLVideoElement & { getStartDate?: () => Date }): number | null {
  const ms = video.getStartDate?.().getTime() ?? NaN;
  return Number.isNaN(ms) ? null : ms;
}
