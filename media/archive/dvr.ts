import { buildMediaPlaylist, firstListedMsn, PLAIN_DIALECT } from "../hls/playlist.ts";
import type { Segment } from "../hls/segment.ts";
import type { Window } from "../hls/window.ts";
import type { Grid } from "../timeline/grid.ts";
import type { Archive, Excerpt } from "./archive.ts";

/** All closed segments that viewers can go back to: those of the window, and before them those on disk. */
export interface Dvr {
  /** How far back one can go once the show is that old. */
  readonly seconds: number;
  /** To be called in the turn in which a segment is closed. Never throws. */
  noteClosed(): void;
  /** The newest segment of the list; null before the first. */
  readonly newestMsn: number | null;
  /** The show has ended: so has its list. */
  readonly isOver: boolean;
  /** The list in one rendition as a plain Media Playlist, or the news in it. Only where there is a newest segment. */
  buildPlaylist(o: DvrListing): DvrPlaylist;
  /** A segment that has left the window and is on disk; `rendition` is its place in the ladder. */
  find(run: string, msn: number, rendition: number): Excerpt | null;
  /** The runs that the segments on disk are of, and those under which their inits are served. */
  runs(): Iterable<string>;
  stop(): Promise<void>;
}

export type DvrPlaylist = ReturnType<typeof buildMediaPlaylist>;

export interface DvrListing {
  /** Its place in the ladder. */
  readonly rendition: number;
  /** DISCONTINUITY wherever the init changes, for Apple's players. */
  readonly marksDiscontinuities: boolean;
  /** For a player that has an older list (`_HLS_skip`): what it knows is skipped (rules 43 to 47). */
  readonly isDelta: boolean;
  /** Where media stand, seen from the list, with a slash at its end; the same folder as in live playlists unless told. */
  readonly mediaFolder?: string;
}

/** `windowSeconds` is what the window keeps; `wantedSeconds` how far back one shall be able to go where there is an archive. */
export function createDvr(o: {
  window: Window;
  grid: Grid;
  windowSeconds: number;
  wantedSeconds: number;
  archive: Archive | null;
}): Dvr {
  const { window, grid, archive } = o;
  const { targetDurationSeconds } = grid;
  const seconds = archive === null ? o.windowSeconds - MARGIN_TARGETS * targetDurationSeconds : o.wantedSeconds;
  const canSkipUntilSeconds = SKIP_TARGETS * targetDurationSeconds;
  /** Without a gap, and without their parts: the bytes must not be held here. */
  let kept: readonly KeptSegment[] = [];
  /** Discontinuities of each rendition that have left `kept`. As it begins at the MSN, and a segment brings at most one, it never steps back, not even over a restart. */
  let left: readonly number[] = [];
  let hasLost = false;

  function noteClosed(): void {
    for (const segment of window.segments) {
      const newestMsn = kept.at(-1)?.msn ?? -1;
      if (!segment.isClosed || segment.msn <= newestMsn) continue;
      if (segment.msn !== newestMsn + 1) drop(kept.length);
      add(segment);
      archive?.take(segment);
    }
    drop(findFirstMsn() - (kept[0]?.msn ?? 0));
  }

  function add(segment: Segment): void {
    const before = kept.at(-1);
    const { parts: _, ...head } = segment;
    const isSplice = segment.initRuns.map((run, rendition) => before !== undefined && before.initRuns[rendition] !== run);
    if (before === undefined) left = segment.initRuns.map(() => segment.msn);
    kept = [...kept, { ...head, parts: [], isSplice }];
  }

  /** The first segment from which on there is all, on disk and in the window. */
  function findFirstMsn(): number {
    const firstMsn = window.segments[0]?.msn ?? 0;
    const range = archive?.range ?? null;
    return range !== null && range.lastMsn >= firstMsn - 1 ? Math.min(range.firstMsn, firstMsn) : firstMsn;
  }

  function drop(count: number): void {
    if (count <= 0) return;
    left = left.map((sum, rendition) => sum + countSplices(kept.slice(0, count), rendition));
    kept = kept.slice(count);
    hasLost = true;
  }

  /** Once something is gone, the oldest is not listed: only the one before a segment tells whether its init is another. */
  function findSeconds(): number {
    return hasLost ? Math.min(seconds, sumSeconds(kept.slice(1))) : seconds;
  }

  return {
    seconds,
    noteClosed,
    get newestMsn() {
      return kept.at(-1)?.msn ?? null;
    },
    get isOver() {
      return window.isFinished;
    },
    buildPlaylist({ rendition, marksDiscontinuities, isDelta, mediaFolder }) {
      const whole = { ...PLAIN_DIALECT, marksDiscontinuities, listedSeconds: findSeconds() };
      const mediaSequence = firstListedMsn(kept, grid, whole)!;
      const delta = { ...whole, listedSeconds: canSkipUntilSeconds };
      // Of what has ended nothing is left out (rule 42).
      const isShorter = isDelta && !window.isFinished && firstListedMsn(kept, grid, delta)! > mediaSequence;
      const playlist = buildMediaPlaylist({
        segments: kept,
        upcoming: null,
        grid,
        choose: () => rendition,
        dialect: isShorter ? delta : whole,
        discontinuitySequence: (left[rendition] ?? 0) + countSplices(kept.slice(0, mediaSequence - kept[0]!.msn), rendition),
        reports: [],
        hasEnd: window.isFinished,
        ...(mediaFolder === undefined ? {} : { mediaFolder: () => mediaFolder }),
      });
      return { ...playlist, mediaSequence, canSkipUntilSeconds, skippedSegments: playlist.mediaSequence - mediaSequence };
    },
    find(run, msn, rendition) {
      const segment = kept[msn - (kept[0]?.msn ?? 0)];
      return segment?.run === run ? archive?.find(msn, rendition) ?? null : null;
    },
    runs: () => archive?.runs() ?? [],
    stop: () => archive?.stop() ?? Promise.resolve(),
  };
}

interface KeptSegment extends Segment {
  /** For each rendition, whether its init is another than the one before. */
  readonly isSplice: readonly boolean[];
}

/** What has left the list must still be there for a segment and the time of a request (rule 71). */
export const MARGIN_TARGETS = 3;
/** CAN-SKIP-UNTIL, at least six target durations (rule 28). Twice as long: a player may miss some reloads and still need no whole list. */
const SKIP_TARGETS = 12;

function countSplices(segments: readonly KeptSegment[], rendition: number): number {
  return segments.filter(({ isSplice }) => isSplice[rendition]).length;
}

function sumSeconds(segments: readonly Segment[]): number {
  return segments.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
}
