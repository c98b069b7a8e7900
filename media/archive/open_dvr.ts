import type { Window } from "../hls/window.ts";
import type { Grid } from "../timeline/grid.ts";
import { openArchive } from "./archive.ts";
import { createDvr, type Dvr, MARGIN_TARGETS } from "./dvr.ts";
import { openPieceFiles } from "./pieces.ts";

/** Of what has left the window, at most so much is in one file, and a slow disk may be so far behind. */
const LONGEST_PIECE_SECONDS = 300;
const ARCHIVE_QUEUE_SECONDS = 45;

/**
 * The DVR with its files in `folder`, where one shall be able to go back `wantedSeconds`; null: no further than the window keeps, and what an earlier life
 * left in the folder is thrown away. `log` takes whole lines for the streamer.
 */
export function openDvr(o: {
  folder: string;
  wantedSeconds: number | null;
  window: Window;
  windowSeconds: number;
  grid: Grid;
  log: (line: string) => void;
}): Dvr {
  const { window, windowSeconds, grid, wantedSeconds, log } = o;
  const files = openPieceFiles(o.folder);
  if (wantedSeconds === null) {
    files.clear().catch(() => {});
    return createDvr({ window, grid, windowSeconds, wantedSeconds: 0, archive: null });
  }
  const archive = openArchive({
    files,
    keepSeconds: wantedSeconds + MARGIN_TARGETS * grid.targetDurationSeconds,
    pieceSeconds: Math.min(LONGEST_PIECE_SECONDS, wantedSeconds / 6),
    queueSeconds: ARCHIVE_QUEUE_SECONDS,
    log,
  });
  return createDvr({ window, grid, windowSeconds, wantedSeconds, archive });
}
