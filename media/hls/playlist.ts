import type { Grid } from "../timeline/grid.ts";
import { initAddress, partAddress, segmentAddress } from "./addresses.ts";
import type { ListedSegment, MediaPlaylist } from "./m3u8.ts";
import { RENDITION_NAMES, type RenditionName } from "./rendition.ts";
import type { Segment, SegmentHead } from "./segment.ts";
import type { Upcoming } from "./window.ts";

/** How a playlist is written for one family of players (llhls-rules.md, section 2). Fixed for a viewer when it is made. */
export interface Dialect {
  /** At least so much of closed segments is listed … */
  readonly listedSeconds: number | null;
  /** … and at least so many. */
  readonly listedSegments: number | null;
  /** Parts, a preload hint, blocking reload, rendition reports. */
  readonly isLowLatency: boolean;
  /** DISCONTINUITY wherever the init changes. */
  readonly marksDiscontinuities: boolean;
}

/** hls.js, Shaka, and whoever is not known better. */
export const BROWSER_DIALECT: Dialect = { listedSeconds: 12, listedSegments: null, isLowLatency: true, marksDiscontinuities: false };
/** Its distance behind live is the length of its list (seams.md, section 6). */
export const VLC_DIALECT: Dialect = { listedSeconds: null, listedSegments: 5, isLowLatency: false, marksDiscontinuities: false };
/** mpv, ffmpeg: they ignore everything low-latency and begin at the third segment from the end. */
export const PLAIN_DIALECT: Dialect = { listedSeconds: 12, listedSegments: null, isLowLatency: false, marksDiscontinuities: false };
/** AVPlayer and Safari behind a proxy that speaks HTTP/2 or HTTP/3. */
export const APPLE_DIALECT: Dialect = { listedSeconds: 12, listedSegments: null, isLowLatency: true, marksDiscontinuities: true };
/** The same over HTTP/1.1, where low latency is not allowed (rule 60). */
export const APPLE_PLAIN_DIALECT: Dialect = { listedSeconds: 12, listedSegments: null, isLowLatency: false, marksDiscontinuities: true };

/** The rendition chosen for a viewer's segment, as an index into the ladder. Must give the same answer for an MSN for ever. */
export type Choose = (msn: number) => number;

/**
 * One viewer's (or cohort's) Media Playlist out of the window and the choices.
 * `discontinuitySequence` counts the discontinuities that have left the playlist (`countDiscontinuities` helps to keep it); only a dialect that
 * marks them prints it. `reports` are the addresses of the viewer's other slots, whose newest part is the same as here. `mediaFolder` is where a segment's
 * media stand, seen from the playlist, with a slash at its end: it must stay the same for a segment.
 * Throws a RangeError for a choice outside the ladder.
 */
export function buildMediaPlaylist(o: {
  segments: readonly Segment[];
  upcoming: Upcoming | null;
  grid: Grid;
  choose: Choose;
  /** The choices of the viewer's other slots, for a dialect that marks discontinuities: one stands in every slot where it stands in any (rule 81). */
  otherChoices?: readonly Choose[];
  dialect: Dialect;
  discontinuitySequence: number;
  reports: readonly string[];
  /** The show is over, and `upcoming` null. */
  hasEnd?: boolean;
  mediaFolder?: (head: SegmentHead) => string;
}): MediaPlaylist {
  const { segments, upcoming, grid, dialect, hasEnd = false, mediaFolder = () => MEDIA } = o;
  const { isLowLatency } = dialect;
  const first = firstListedIndex(segments, grid, dialect);
  const listed = segments.slice(first).filter((segment) => isLowLatency || segment.isClosed);
  const firstWithParts = isLowLatency ? firstIndexWithParts(listed, hasEnd || upcoming?.part === 0, grid) : Infinity;

  const slots = dialect.marksDiscontinuities ? [o.choose, ...o.otherChoices ?? []] : [];
  let previous = segments[first - 1] ?? null;
  const listedSegments: ListedSegment[] = [];
  for (const [index, segment] of listed.entries()) {
    const folder = mediaFolder(segment);
    const isDiscontinuity = hasSplice(previous, segment, slots);
    listedSegments.push({
      isDiscontinuity,
      mapUri: index === 0 || isDiscontinuity || hasOtherMap(previous, segment) ? folder + initOf(segment, o.choose) : null,
      programDateTimeMs: segment.programDateTimeMs,
      parts: index < firstWithParts ? [] : listParts(segment, o.choose, folder),
      whole: segment.isClosed ? { uri: folder + segmentOf(segment, o.choose), durationSeconds: segment.durationSeconds } : null,
    });
    previous = segment;
  }

  const newest = segments.at(-1);
  const hint = isLowLatency ? upcoming : null;
  const hintsMap = hint !== null && (previous === null || hasOtherMap(previous, hint));

  function hasOtherMap(before: SegmentHead | null, head: SegmentHead): boolean {
    return before !== null && (hasSplice(before, head, [o.choose]) || mediaFolder(before) !== mediaFolder(head));
  }

  return {
    targetDurationSeconds: grid.targetDurationSeconds,
    holdBackSeconds: 3 * grid.targetDurationSeconds,
    lowLatency: isLowLatency ? { partTargetSeconds: grid.partTargetSeconds, partHoldBackSeconds: 3 * grid.partTargetSeconds } : null,
    mediaSequence: segments[first]?.msn ?? upcoming?.msn ?? 0,
    discontinuitySequence: dialect.marksDiscontinuities ? o.discontinuitySequence : null,
    segments: listedSegments,
    hintedMapUri: hintsMap ? mediaFolder(hint) + initOf(hint, o.choose) : null,
    hintedPartUri: hint === null ? null : mediaFolder(hint) + partOf(hint, hint.part, o.choose),
    hasEnd,
    reports: !isLowLatency || newest === undefined || hasEnd
      ? []
      : o.reports.map((uri) => ({ uri, lastMsn: newest.msn, lastPart: newest.parts.length - 1 })),
  };
}

/** The MEDIA-SEQUENCE of a playlist in that dialect; null while there is nothing to list. It never steps back. */
export function firstListedMsn(segments: readonly Segment[], grid: Grid, dialect: Dialect): number | null {
  return segments[firstListedIndex(segments, grid, dialect)]?.msn ?? null;
}

/**
 * How many of the segments from `fromMsn` up to, but without, `beforeMsn` begin with a DISCONTINUITY: those that a playlist which began at
 * `fromMsn` loses when it begins at `beforeMsn` (rule 80). `choices` are those of all the viewer's slots. The window must still hold the segments,
 * and the one before them.
 */
export function countDiscontinuities(o: {
  segments: readonly Segment[];
  choices: readonly Choose[];
  fromMsn: number;
  beforeMsn: number;
}): number {
  let previous: Segment | null = null;
  let count = 0;
  for (const segment of o.segments) {
    if (segment.msn >= o.fromMsn && segment.msn < o.beforeMsn && hasSplice(previous, segment, o.choices)) count += 1;
    previous = segment;
  }
  return count;
}

/** HOLD-BACK is 3 target durations from the end; half a one more, so that removing a segment never leaves less (rules 27, 70). 0.5 s segments: seven. */
const LISTED_TARGET_DURATIONS = 3.5;
/** Parts are listed for 3 target durations (rule 23), in no more than the open (or hinted) segment and two before it, which is where `hls-parser` draws the line. */
const SEGMENTS_WITH_PARTS = 3;
const PART_TARGET_DURATIONS = 3;
/** Durations are sums of fractions; far less than a frame. */
const ROUNDING_SECONDS = 1e-6;

/** Only closed segments count, so that the index moves forward and never back. */
function firstListedIndex(segments: readonly Segment[], grid: Grid, dialect: Dialect): number {
  const wantedSeconds = Math.max(dialect.listedSeconds ?? 0, LISTED_TARGET_DURATIONS * grid.targetDurationSeconds) - ROUNDING_SECONDS;
  const wantedSegments = dialect.listedSegments ?? 0;
  let seconds = 0;
  let count = 0;
  for (let index = segments.length - 1; index >= 0; index -= 1) {
    const segment = segments[index]!;
    if (!segment.isClosed) continue;
    seconds += segment.durationSeconds;
    count += 1;
    if (seconds >= wantedSeconds && count >= wantedSegments) return index;
  }
  return 0;
}

/** `isHintedOnly`: of the next segment nothing is there yet. At the end it stands for the one that does not come, so that no parts are listed again. */
function firstIndexWithParts(listed: readonly Segment[], isHintedOnly: boolean, grid: Grid): number {
  const longestSeconds = PART_TARGET_DURATIONS * grid.targetDurationSeconds + ROUNDING_SECONDS;
  const hintedOnly = isHintedOnly ? 1 : 0;
  let first = listed.length;
  let seconds = 0;
  while (first > 0 && listed.length - first + hintedOnly < SEGMENTS_WITH_PARTS) {
    seconds += listed[first - 1]!.durationSeconds;
    if (seconds > longestSeconds) break;
    first -= 1;
  }
  return first;
}

/** Whether the init changes in any of the slots. */
function hasSplice(before: SegmentHead | null, head: SegmentHead, choices: readonly Choose[]): boolean {
  return before !== null && choices.some((choose) => initOf(before, choose) !== initOf(head, choose));
}

function listParts(segment: Segment, choose: Choose, folder: string): ListedSegment["parts"] {
  return segment.parts.map((part) => ({
    uri: folder + partOf(segment, part.part, choose),
    durationSeconds: part.durationSeconds,
    isIndependent: part.isIndependent,
  }));
}

/** From `/v/{viewer}/{slot}.m3u8`; relative, so that a proxy may serve everything below a folder of its own. */
export const MEDIA = "../../media/";

function initOf(head: SegmentHead, choose: Choose): string {
  const { index, name } = chosen(head, choose);
  const run = head.initRuns[index];
  if (run === undefined) throw new RangeError(`Cannot list segment ${head.msn}: it has no init for rendition ${name}`);
  return initAddress(run, name);
}

function segmentOf(head: SegmentHead, choose: Choose): string {
  return segmentAddress(head.run, chosen(head, choose).name, head.msn);
}

function partOf(head: SegmentHead, part: number, choose: Choose): string {
  return partAddress(head.run, chosen(head, choose).name, head.msn, part);
}

function chosen(head: SegmentHead, choose: Choose): { index: number; name: RenditionName } {
  const index = choose(head.msn);
  const name = RENDITION_NAMES[index];
  if (name === undefined) throw new RangeError(`Cannot list segment ${head.msn}: ${index} is no rendition`);
  return { index, name };
}
