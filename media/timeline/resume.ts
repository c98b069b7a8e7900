import { endOfFirstSegment, type Grid } from "./grid.ts";

/** What the data folder keeps of the timeline: the newest segment that was opened. */
export interface TimelineMemory {
  readonly msn: number;
  /** Where that segment begins, in seconds since 1970 as `tfdt` says it. */
  readonly mediaTimeSeconds: number;
  /** Media time up to here may have been published: it is never given out again. */
  readonly spentSeconds: number;
  /** Wall clock less media time. */
  readonly offsetMs: number;
  /** The same as PROGRAM-DATE-TIME told it, which follows a clock that is set only slowly. */
  readonly toldOffsetMs: number;
}

/** How a server's timeline begins. */
export interface TimelineStart {
  /** How PROGRAM-DATE-TIME goes on: wall clock less media time. Null where nobody was told any. */
  readonly offsetMs: number | null;
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
  /** Segments stand on the grid of ticks; one that begins late, as a life's first does, ends where it would have ended. */
  const slotOf = (frame: number) => endOfFirstSegment(grid, frame) / grid.framesPerSegment - 1;
  if (!memory) {
    return {
      offsetMs: null,
      frameAt: (nowMs) => Math.floor(nowMs / 1000 * grid.rate),
      msnAt: slotOf,
    };
  }
  const wasSetBack = (nowMs - memory.offsetMs) / 1000 < memory.mediaTimeSeconds - MOST_AHEAD_SECONDS;
  const offsetMs = wasSetBack ? nowMs - memory.spentSeconds * 1000 : memory.offsetMs;
  const firstFreeFrame = Math.ceil(memory.spentSeconds * grid.rate - 1e-3);
  return {
    offsetMs: wasSetBack ? offsetMs : memory.toldOffsetMs,
    frameAt: (nowMs) => Math.max(firstFreeFrame, Math.floor((nowMs - offsetMs) / 1000 * grid.rate)),
    msnAt: (frame) => memory.msn + Math.max(1, slotOf(frame) - slotOf(Math.round(memory.mediaTimeSeconds * grid.rate))),
  };
}

/** Media time may be ahead of the clock by a frame of the slate, or by what a source had kept; more is a clock that was set back. */
const MOST_AHEAD_SECONDS = 1;
