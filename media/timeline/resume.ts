import type { Grid } from "./grid.ts";

/** What the data folder keeps of the timeline: the newest segment that was opened. */
export interface TimelineMemory {
  readonly msn: number;
  /** Where that segment begins, in seconds since 1970 as `tfdt` says it. */
  readonly mediaTimeSeconds: number;
  /** Media time up to here may have been published: it is never given out again. */
  readonly spentSeconds: number;
  /** Wall clock less media time. */
  readonly offsetMs: number;
}

/** How a server's timeline begins. */
export interface TimelineStart {
  readonly offsetMs: number;
  /** The first picture's number, where its place is wanted now. */
  frameAt(nowMs: number): number;
  /** The MSN of the segment that begins with that picture. */
  msnAt(frame: number): number;
}

/**
 * Begins at the wall clock. With a memory, MSN, media time and PROGRAM-DATE-TIME all advance by the time away: hls.js goes on
 * after half a second, where a jump by different amounts makes it stand for many. A wall clock that was set back meanwhile
 * moves the offset, never the media time.
 */
export function startTimeline(memory: TimelineMemory | null, grid: Grid, nowMs: number): TimelineStart {
  const segmentSeconds = grid.framesPerSegment / grid.rate;
  if (!memory) {
    return {
      offsetMs: 0,
      frameAt: (nowMs) => Math.floor(nowMs / 1000 * grid.rate),
      msnAt: (frame) => Math.floor(frame / grid.framesPerSegment),
    };
  }
  const wasSetBack = (nowMs - memory.offsetMs) / 1000 < memory.mediaTimeSeconds - MOST_AHEAD_SECONDS;
  const offsetMs = wasSetBack ? nowMs - memory.spentSeconds * 1000 : memory.offsetMs;
  const firstFreeFrame = Math.ceil(memory.spentSeconds * grid.rate - 1e-3);
  return {
    offsetMs,
    frameAt: (nowMs) => Math.max(firstFreeFrame, Math.floor((nowMs - offsetMs) / 1000 * grid.rate)),
    msnAt: (frame) => memory.msn + Math.max(1, Math.ceil((frame / grid.rate - memory.mediaTimeSeconds) / segmentSeconds - 1e-6)),
  };
}

/** Media time may be ahead of the clock by a frame of the slate, or by what a source had kept; more is a clock that was set back. */
const MOST_AHEAD_SECONDS = 1;
