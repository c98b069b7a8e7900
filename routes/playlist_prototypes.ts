import { countSplicesBefore, readPlace, readRow } from "../media/audience/history.ts";
import { dialectOf, type Viewer } from "../media/audience/viewer.ts";
import { renderMediaPlaylist } from "../media/hls/m3u8.ts";
import { buildMediaPlaylist, type Dialect, firstListedMsn } from "../media/hls/playlist.ts";
import { RENDITION_NAMES } from "../media/hls/rendition.ts";
import type { Window } from "../media/hls/window.ts";
import type { Grid } from "../media/timeline/grid.ts";
import type { Hints } from "./hints.ts";
import type { Metrics } from "./metrics.ts";
import { createPlaylistPrototype, type PlaylistPrototype } from "./prototypes.ts";

export interface PlaylistPrototypesDeps {
  readonly window: Window;
  readonly grid: Grid;
  readonly metrics: Metrics;
  readonly hints: Pick<Hints, "note">;
}

/**
 * Media playlists, rendered once for all viewers with the same dialect and the same choices (a cohort), until the window changes. The viewer's
 * choices must be decided up to the upcoming segment.
 */
export function createPlaylistPrototypes(
  { window, grid, metrics, hints }: PlaylistPrototypesDeps,
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
    const dialect = dialectOf(viewer.client);
    const { firstMsn, lastMsn, texts } = findFamily(dialect);
    const discontinuitySequence = dialect.marksDiscontinuities ? countSplicesBefore(viewer.history, slot, firstMsn) : 0;
    // One segment before the first listed: a splice between the two shows in the text.
    const row = readRow(viewer.history, slot, firstMsn - 1, lastMsn);
    const reported = dialect.isLowLatency ? viewer.slots.filter((other) => other !== slot) : [];
    const key = `${reported} ${discontinuitySequence} ${row}`;
    let prototype = texts.get(key);
    if (prototype === undefined) {
      metrics.countRendering();
      const { segments, upcoming } = window;
      const choose = (msn: number) => readPlace(viewer.history, slot, msn);
      const reports = reported.map(slotFile);
      const playlist = buildMediaPlaylist({ segments, upcoming, grid, choose, dialect, discontinuitySequence, reports });
      prototype = createPlaylistPrototype(renderMediaPlaylist(playlist));
      texts.set(key, prototype);
    }
    return prototype;
  };
}

/** The file name of a slot's playlist; the slot is its place in the ladder. */
export function slotFile(slot: number): string {
  return `${RENDITION_NAMES[slot]}.m3u8`;
}

/** What the playlists of one dialect list now. */
interface Family {
  readonly firstMsn: number;
  readonly lastMsn: number;
  readonly texts: Map<string, PlaylistPrototype>;
}
