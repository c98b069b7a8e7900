/// <reference lib="dom" />
import type { Choosing } from "../choosing/choosing.ts";
import type { GoingBack } from "../past/going_back.ts";
import { measureLatency } from "../playing/latency.ts";
import type { StatsMoment } from "./stats.ts";
import type { Watching } from "../playing/watching.ts";

/** This moment's figures, from whoever knows them. */
export function readStats({ video, watching, goingBack, choosing }: {
  readonly video: HTMLVideoElement;
  readonly watching: Watching;
  readonly goingBack: GoingBack;
  readonly choosing: Choosing;
}): StatsMoment {
  const { player } = watching;
  const { budget, motionScore } = choosing.told;
  const { videoWidth, videoHeight } = video;
  const quality = video.getVideoPlaybackQuality();
  const countedSeconds = player?.latencySeconds() ?? null;
  const liveSeconds = countedSeconds === null
    ? null
    : measureLatency({ countedSeconds, shownAtMs: player?.shownAtMs() ?? null, nowMs: Date.now() }).seconds;
  return {
    rendition: choosing.line === null ? null : `${choosing.line} (${videoWidth}×${videoHeight})`,
    latencySeconds: goingBack.isBehind ? goingBack.behindSeconds ?? liveSeconds : liveSeconds,
    bufferSeconds: player?.bufferedSeconds() ?? 0,
    rate: video.playbackRate,
    droppedFrames: quality.droppedVideoFrames,
    totalFrames: quality.totalVideoFrames,
    throughputBitsPerSecond: watching.bandwidthBitsPerSecond || null,
    budget,
    motionScore,
  };
}
