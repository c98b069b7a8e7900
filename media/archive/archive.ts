import { RENDITION_NAMES } from "../hls/rendition.ts";
import type { Segment } from "../hls/segment.ts";
import { segmentBytes } from "../hls/segment_bytes.ts";
import { type PieceFiles, pieceName, type PieceWriter } from "./pieces.ts";

/** Closed segments on disk. Written beside the road: nothing on the road waits for it, and no fault of the disk reaches the road. */
export interface Archive {
  /** Takes a closed segment, to be written when the disk gets to it. They come in the order of their MSNs. */
  take(segment: Segment): void;
  /** The segments that can be read, without a gap in between; null where there are none. */
  readonly range: { readonly firstMsn: number; readonly lastMsn: number } | null;
  /** Where one rendition (its place in the ladder) of a segment stands; null where it is not kept. */
  find(msn: number, rendition: number): Excerpt | null;
  /** The runs that the kept segments are of, and those under which their inits are served. */
  runs(): Iterable<string>;
  /** Closes and removes everything. */
  stop(): Promise<void>;
}

/** One rendition of one segment, in a file. */
export interface Excerpt {
  /** Bytes. */
  readonly length: number;
  /** The bytes from `start` up to, but without, `end`; null where the file cannot be read any more. */
  read(start: number, end: number): Promise<Uint8Array | null>;
}

export interface ArchiveOptions {
  readonly files: PieceFiles;
  /** So much is kept, in media time. Up to `pieceSeconds` more is on the disk, as whole pieces are let go. */
  readonly keepSeconds: number;
  readonly pieceSeconds: number;
  /** Segments that wait for a slow disk are let go beyond this, which must be less than the window keeps: so they cost no memory of their own. */
  readonly queueSeconds: number;
  /** Takes whole lines for the streamer: one when writing fails, one when it works again. */
  readonly log: (line: string) => void;
  readonly retryAfterMs?: number;
}

/**
 * Opens an archive and throws away what an earlier life left in its folder: MSNs go on after a restart with a gap, and a playlist cannot list
 * segments on both sides of one. Segments are appended to a file a rendition; every `pieceSeconds` the next files begin, and the oldest
 * are removed when nothing in them is kept any more. The index is in memory only. When a segment is lost (the disk was full or hung for longer than
 * the queue), everything before it goes, too: no playlist could list it, and the disk has room again.
 */
export function openArchive(o: ArchiveOptions): Archive {
  const { files } = o;
  const queue: Segment[] = [];
  const stopping = Promise.withResolvers<void>();
  /** Files that could not be removed yet (Windows does not while somebody reads). */
  const leftovers = new Set<string>();
  let pieces: Piece[] = [];
  let isStopped = false;
  let hasFailed = false;
  let writing: Promise<void> | null = null;

  const cleared = files.clear().catch(report);

  function take(segment: Segment): void {
    if (isStopped) return;
    queue.push(segment);
    dropLate();
    writing ??= writeAll().finally(() => writing = null);
  }

  function dropLate(): void {
    let seconds = queue.reduce((sum, segment) => sum + segment.durationSeconds, 0);
    while (seconds > o.queueSeconds && queue.length > 1) seconds -= queue.shift()!.durationSeconds;
  }

  async function writeAll(): Promise<void> {
    await cleared;
    for (let segment = queue.shift(); segment !== undefined && !isStopped; segment = queue.shift()) {
      try {
        await write(segment);
        await removeOld(endOf(segment) - o.keepSeconds);
        if (hasFailed) o.log("What viewers go back to is kept again.");
        hasFailed = false;
      } catch (problem) {
        report(problem);
        closeWriters(pieces.at(-1));
        if (!hasPlace(segment)) queue.unshift(segment);
        dropLate();
        await pauseUnless(stopping.promise, o.retryAfterMs ?? RETRY_AFTER_MS);
      }
    }
  }

  function hasPlace(segment: Segment): boolean {
    return lastMsnOf(pieces) === segment.msn;
  }

  function report(problem: unknown): void {
    if (!hasFailed) o.log(`Cannot keep what viewers go back to: ${problem instanceof Error ? problem.message : problem}.`);
    hasFailed = true;
  }

  async function write(segment: Segment): Promise<void> {
    const lastMsn = lastMsnOf(pieces);
    if (lastMsn !== null && segment.msn !== lastMsn + 1) await remove(pieces.length);
    const piece = await findPiece(segment);
    const ends: number[] = [];
    for (const [rendition, writer] of piece.writers!.entries()) {
      const bytes = segmentBytes(segment, rendition);
      await writer.write(bytes);
      ends.push((piece.ends.at(-1)?.[rendition] ?? 0) + bytes.length);
    }
    piece.ends.push(ends);
    piece.endSeconds = endOf(segment);
    for (const run of [segment.run, ...segment.initRuns]) piece.runs.add(run);
  }

  /** The piece that a segment is appended to. After a failure nobody knows where its files end: then the next one begins. */
  async function findPiece({ msn, mediaTimeSeconds }: Segment): Promise<Piece> {
    const open = pieces.at(-1);
    if (open !== undefined && open.writers !== null && open.endSeconds - open.startSeconds < o.pieceSeconds) return open;
    closeWriters(open);
    if (open?.ends.length === 0) await remove(pieces.length, pieces.length - 1);
    const names = RENDITION_NAMES.map((name) => pieceName(msn, name));
    const writers: PieceWriter[] = [];
    const piece: Piece = {
      firstMsn: msn,
      names,
      writers,
      ends: [],
      startSeconds: mediaTimeSeconds,
      endSeconds: mediaTimeSeconds,
      runs: new Set(),
    };
    pieces.push(piece);
    for (const name of names) {
      leftovers.delete(name);
      writers.push(await files.create(name));
    }
    return piece;
  }

  async function removeOld(beforeSeconds: number): Promise<void> {
    await remove(pieces.findIndex((piece) => piece.endSeconds > beforeSeconds));
  }

  /** Lets go of the pieces up to, but without, that index: first of the index, so that nobody is sent to a file that is gone. */
  async function remove(end: number, start = 0): Promise<void> {
    if (end <= start) return;
    const gone = pieces.slice(start, end);
    pieces = [...pieces.slice(0, start), ...pieces.slice(end)];
    for (const piece of gone) {
      closeWriters(piece);
      for (const name of piece.names) leftovers.add(name);
    }
    for (const name of leftovers) await files.remove(name).then(() => leftovers.delete(name), () => {});
  }

  return {
    take,
    get range() {
      const firstMsn = pieces.find((piece) => piece.ends.length > 0)?.firstMsn;
      return firstMsn === undefined ? null : { firstMsn, lastMsn: lastMsnOf(pieces)! };
    },
    find(msn, rendition) {
      const piece = pieces.findLast((each) => each.firstMsn <= msn);
      const end = piece?.ends[msn - piece.firstMsn]?.[rendition];
      if (piece === undefined || end === undefined) return null;
      const offset = piece.ends[msn - piece.firstMsn - 1]?.[rendition] ?? 0;
      return {
        length: end - offset,
        read: (from, to) => files.read(piece.names[rendition]!, offset + from, to - from).catch(() => null),
      };
    },
    *runs() {
      for (const piece of pieces) yield* piece.runs;
    },
    async stop() {
      isStopped = true;
      stopping.resolve();
      queue.length = 0;
      await writing;
      await remove(pieces.length);
    },
  };
}

/** Some minutes of the show: one file a rendition. */
interface Piece {
  readonly firstMsn: number;
  readonly names: readonly string[];
  /** Null when nothing is appended any more. */
  writers: PieceWriter[] | null;
  /** For each segment where it ends in each rendition's file. */
  readonly ends: (readonly number[])[];
  /** Media time. */
  readonly startSeconds: number;
  endSeconds: number;
  readonly runs: Set<string>;
}

const RETRY_AFTER_MS = 2000;

function lastMsnOf(pieces: readonly Piece[]): number | null {
  const last = pieces.findLast((piece) => piece.ends.length > 0);
  return last === undefined ? null : last.firstMsn + last.ends.length - 1;
}

function closeWriters(piece: Piece | undefined): void {
  for (const writer of piece?.writers ?? []) writer.close();
  if (piece) piece.writers = null;
}

function endOf({ mediaTimeSeconds, durationSeconds }: Segment): number {
  return mediaTimeSeconds + durationSeconds;
}

function pauseUnless(stopping: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stopping.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
