import { discontinuitySequenceAt, readPlace, readRow } from "../media/audience/history.ts";
import { dialectOf, type Viewer } from "../media/audience/viewer.ts";
import { renderMediaPlaylist } from "../media/hls/m3u8.ts";
import { buildMediaPlaylist, type Choose, type Dialect, firstListedMsn, MEDIA } from "../media/hls/playlist.ts";
import { RENDITION_NAMES, type RenditionName } from "../media/hls/rendition.ts";
import type { SegmentHead } from "../media/hls/segment.ts";
import type { Window } from "../media/hls/window.ts";
import type { Room } from "../media/room/room.ts";
import type { Grid } from "../media/timeline/grid.ts";
import { suggestBitRate } from "./cmsd.ts";
import type { Hints } from "./hints.ts";
import type { Metrics } from "./metrics.ts";
import { createPlaylistPrototype, type PlaylistPrototype } from "./prototypes.ts";

export interface PlaylistPrototypesDeps {
  readonly window: Window;
  readonly grid: Grid;
  readonly metrics: Metrics;
  readonly hints: Pick<Hints, "note">;
  /** Null or left out where everybody may watch. */
  readonly room?: Pick<Room, "pieces"> | null;
  /** Under which address this viewer fetches media, with a slash at its end; null or left out: where its playlist stands. */
  readonly mediaHome?: (viewer: Viewer) => string | null;
  readonly variants: () => readonly { readonly name: RenditionName; readonly bandwidth: number }[];
}

/**
 * Media playlists, rendered once for all viewers with the same dialect, choices and cap (a cohort), until the window changes. The viewer's choices must
 * be decided up to the upcoming segment.
 */
export function createPlaylistPrototypes(
  { window, grid, metrics, hints, variants, room = null, mediaHome = () => null }: PlaylistPrototypesDeps,
): (viewer: Viewer, slot: number) => PlaylistPrototype {
  let version = -1;
  let families = new Map<Dialect, Family>();

  function findFamily(dialect: Dialect): Family {
    if (version !== window.version) {
      version = window.version;
      families = new Map();
      if (window.upcoming !== null) hints.note(window.upcoming);
    }
    let family = families.get(dialect);
    if (family === undefined) {
      const lastMsn = window.upcoming?.msn ?? window.last()?.msn ?? 0;
      family = { firstMsn: firstListedMsn(window.segments, grid, dialect) ?? lastMsn, lastMsn, texts: new Map() };
      families.set(dialect, family);
    }
    return family;
  }

  return (viewer, slot) => {
    const { client, history, slots, cap } = viewer;
    const dialect = dialectOf(client);
    const { firstMsn, lastMsn, texts } = findFamily(dialect);
    const { segments, upcoming } = window;
    const { marksDiscontinuities } = dialect;
    const discontinuitySequence = marksDiscontinuities ? discontinuitySequenceAt(history, { segments, slots, msn: firstMsn }) : 0;
    // One segment before the first listed: a splice between the two shows in the text.
    let key = `${dialect.isLowLatency ? bitsOf(slots, slot) : 0} ${discontinuitySequence} ${cap} ${
      readRow(history, slot, firstMsn - 1, lastMsn)
    }`;
    // Where discontinuities are marked, those of the other slots show in the text, too (rule 81).
    const others = marksDiscontinuities ? slots.filter((other) => other !== slot) : [];
    const home = mediaHome(viewer);
    if (home !== null) key += ` ${home}`;
    for (const other of others) key += ` ${readRow(history, other, firstMsn - 1, lastMsn)}`;
    let prototype = texts.get(key);
    if (prototype === undefined) {
      metrics.countRendering();
      const chooseIn = (each: number): Choose => (msn) => readPlace(history, each, msn);
      const playlist = buildMediaPlaylist({
        segments,
        upcoming,
        grid,
        choose: chooseIn(slot),
        otherChoices: others.map(chooseIn),
        dialect,
        discontinuitySequence,
        hasEnd: window.isFinished,
        // A segment keeps its address, so it is the piece of the hour that it was made in.
        ...(room === null && home === null ? {} : { mediaFolder: findFolder(home === null ? MEDIA : `${home}media/`, room) }),
        reports: dialect.isLowLatency ? slots.filter((other) => other !== slot).map(slotFile) : [],
      });
      prototype = createPlaylistPrototype(renderMediaPlaylist(playlist), suggestBitRate(cap, variants()));
      texts.set(key, prototype);
    }
    return prototype;
  };
}

function findFolder(media: string, room: PlaylistPrototypesDeps["room"] & object | null): (head: SegmentHead) => string {
  return room === null ? () => media : ({ programDateTimeMs }) => `${media}${room.pieces.at(programDateTimeMs)}/`;
}

/** The file name of a slot's playlist; the slot is its place in the ladder. */
export function slotFile(slot: number): string {
  return `${RENDITION_NAMES[slot]}.m3u8`;
}

/** The other slots as one number. */
function bitsOf(slots: readonly number[], slot: number): number {
  let bits = 0;
  for (const other of slots) if (other !== slot) bits |= 1 << other;
  return bits;
}

/** What the playlists of one dialect list now. */
interface Family {
  readonly firstMsn: number;
  readonly lastMsn: number;
  readonly texts: Map<string, PlaylistPrototype>;
}
