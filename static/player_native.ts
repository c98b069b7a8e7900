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
    latencySeconds() {
      const edgeSeconds = liveEdgeSeconds();
      return edgeSeconds === null ? null : Math.max(0, edgeSeconds - video.currentTime);
    },
    targetSeconds: () => null,
    shownAtMs() {
      const startMs = startDateMs(video);
      return startMs === null ? null : startMs + video.currentTime * 1000;
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
