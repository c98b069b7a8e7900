import type { TrackName } from "./matroska.ts";

/** Makes of a publisher's times, which may jump and begin anew, one row of times that only goes on. */
export interface SourceClock {
  /** The time in the envelope for `timeMs` of the publisher (time of decoding), which came at `atMs` of our own clock. */
  map(track: TrackName, timeMs: number, atMs: number): number;
  /** The publisher has connected again: its times have nothing to do with those before. */
  restart(): void;
}

/** So that a picture which is shown before it is decoded (a negative composition time) still has a time. */
const FIRST_MS = 1000;
/** What moves by more than this is a jump, as in the mixer's mapping (DESIGN.md): a clock that was set, a file that began again, 32 bits used up. */
const JUMP_MS = 1000;
/** How far ahead of our clock the publisher's times run is measured over the last one to two of these: clocks drift apart. */
const LEAD_WINDOW_MS = 10_000;

/**
 * A jump, or a publisher's return, goes on where the time before ended, after as long as it took on our own clock. A jump forward is what runs more than a
 * second further ahead of our clock than all before: frames that a stalled network held up and then delivers at once, with a gap in them, are none. Both tracks
 * share one offset, so that lips stay in step; where one track jumps first, the other keeps the old offset until it has jumped too.
 */
export function createSourceClock(): SourceClock {
  const tracks = new Map<TrackName, TrackTime>();
  const lasts = new Map<TrackName, number>();
  const lead = createLead();
  let newest: { outMs: number; atMs: number } | null = null;

  function goOn(timeMs: number, atMs: number): number {
    lead.restart();
    return newest === null ? FIRST_MS - timeMs : newest.outMs + Math.max(1, Math.round(atMs - newest.atMs)) - timeMs;
  }

  function offsetOf(track: TrackName, timeMs: number, atMs: number): number {
    const mine = tracks.get(track);
    const other = tracks.get(track === "picture" ? "sound" : "picture");
    if (mine === undefined) return other?.offsetMs ?? goOn(timeMs, atMs);
    const fits = (offsetMs: number) => {
      const outMs = timeMs + offsetMs;
      return outMs >= mine.outMs - JUMP_MS && outMs - atMs <= lead.mostMs + JUMP_MS;
    };
    if (fits(mine.offsetMs)) return mine.offsetMs;
    return other !== undefined && fits(other.offsetMs) ? other.offsetMs : goOn(timeMs, atMs);
  }

  return {
    map(track, timeMs, atMs) {
      const offsetMs = offsetOf(track, timeMs, atMs);
      // A step back that is no jump: decoding cannot go back, so it stands still.
      const outMs = Math.max(timeMs + offsetMs, lasts.get(track) ?? 0);
      lasts.set(track, outMs);
      tracks.set(track, { offsetMs, outMs });
      lead.add(outMs - atMs, atMs);
      if (newest === null || outMs >= newest.outMs) newest = { outMs, atMs };
      return outMs;
    },
    restart() {
      tracks.clear();
      lead.restart();
    },
  };
}

interface TrackTime {
  readonly offsetMs: number;
  readonly outMs: number;
}

/** The most of the last one to two windows. */
function createLead(): { readonly mostMs: number; add(leadMs: number, atMs: number): void; restart(): void } {
  let [before, now, sinceMs] = [-Infinity, -Infinity, -Infinity];
  return {
    get mostMs() {
      return Math.max(before, now);
    },
    add(leadMs, atMs) {
      if (atMs - sinceMs >= LEAD_WINDOW_MS) [before, now, sinceMs] = [now, -Infinity, atMs];
      now = Math.max(now, leadMs);
    },
    restart() {
      [before, now, sinceMs] = [-Infinity, -Infinity, -Infinity];
    },
  };
}
