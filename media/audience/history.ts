import { countDiscontinuities } from "../hls/playlist.ts";
import type { Segment } from "../hls/segment.ts";

/**
 * What one viewer's slots show, segment by segment: decided when a segment is announced, kept as long as the segment can be listed, never
 * changed. Each row is a string with one digit a segment (the rendition's place in the ladder), so that a stretch of it is a cheap cache key:
 * viewers with equal stretches get the very same playlist text.
 */
export interface History {
  /** The segment of the first digit. */
  firstMsn: number;
  /** One for each place in the ladder, all equally long. */
  rows: readonly string[];
  /** EXT-X-DISCONTINUITY-SEQUENCE of a playlist that begins at `msn`; null until one was asked for. */
  left: { readonly msn: number; readonly discontinuities: number } | null;
}

export function createHistory(slots: number): History {
  return { firstMsn: 0, rows: Array.from({ length: slots }, () => ""), left: null };
}

/**
 * Decides for the segments up to `lastMsn` that are not decided yet, and lets go of those before `firstMsn`. `decide` gives the place in the ladder
 * for each slot.
 */
export function extendHistory(history: History, firstMsn: number, lastMsn: number, decide: (msn: number) => readonly number[]): void {
  if (nextMsn(history) > lastMsn) return;
  forgetBefore(history, firstMsn);
  for (let msn = nextMsn(history); msn <= lastMsn; msn++) {
    const places = decide(msn);
    history.rows = history.rows.map((row, slot) => row + places[slot]!);
  }
}

/** The digits of one slot from segment to segment, both included; segments before the first digit are left out. */
export function readRow(history: History, slot: number, fromMsn: number, toMsn: number): string {
  return history.rows[slot]!.slice(Math.max(0, fromMsn - history.firstMsn), toMsn - history.firstMsn + 1);
}

/** Whether one slot has changed its rendition within the last `segments` that were decided. */
export function hasSwitchedWithin(history: History, slot: number, segments: number): boolean {
  const tail = segments > 0 ? history.rows[slot]!.slice(-segments) : "";
  return [...tail].some((digit) => digit !== tail[0]);
}

/** The place in the ladder that was decided for a segment. Throws a RangeError where nothing was. */
export function readPlace(history: History, slot: number, msn: number): number {
  const digit = history.rows[slot]![msn - history.firstMsn];
  if (digit === undefined) {
    throw new RangeError(`Cannot tell the choice for segment ${msn}: only ${history.firstMsn} to ${nextMsn(history) - 1} are decided`);
  }
  return Number(digit);
}

/**
 * EXT-X-DISCONTINUITY-SEQUENCE of the viewer's playlists that begin at segment `msn`: one number for all its `slots`, as a DISCONTINUITY stands in each
 * of them where it stands in any (rules 80 and 81). It is counted when segments leave, since only what was published tells where an init really changed:
 * an announced segment may still become another run's. It begins at the MSN of the viewer's first playlist, and anew after a silence that outlasted the window.
 * As a segment brings at most one, and MSNs go on when the server is started again, the number never steps back, although nothing of it is kept.
 */
export function discontinuitySequenceAt(
  history: History,
  o: { readonly segments: readonly Segment[]; readonly slots: readonly number[]; readonly msn: number },
): number {
  const { left } = history;
  if (left?.msn === o.msn) return left.discontinuities;
  const oldestMsn = o.segments[0]?.msn ?? o.msn;
  const isKnown = left !== null && left.msn < o.msn && left.msn >= oldestMsn;
  const discontinuities = isKnown
    ? left.discontinuities + countDiscontinuities({
      // From the one before `left.msn` on: a splice lies between two.
      segments: o.segments.slice(Math.max(0, left.msn - 1 - oldestMsn), o.msn - oldestMsn),
      choices: o.slots.map((slot) => (msn) => readPlace(history, slot, msn)),
      fromMsn: left.msn,
      beforeMsn: o.msn,
    })
    : o.msn;
  history.left = { msn: o.msn, discontinuities };
  return discontinuities;
}

/** Letting go builds new strings: done for so many segments at once. */
const FORGOTTEN_AT_ONCE = 32;

function nextMsn(history: History): number {
  return history.firstMsn + history.rows[0]!.length;
}

function forgetBefore(history: History, msn: number): void {
  const gone = msn - history.firstMsn;
  if (gone < FORGOTTEN_AT_ONCE && msn <= nextMsn(history)) return;
  history.firstMsn = msn;
  history.rows = history.rows.map((row) => row.slice(gone));
}
