import { writeFragment } from "../mp4/fragment.ts";
import { type Grid, SAMPLES_PER_AAC_FRAME } from "../timeline/grid.ts";
import type { Part, SegmentHead } from "./segment.ts";

/** Where finished parts go. */
export interface SegmentSink {
  announce(head: SegmentHead): void;
  publish(part: Part): void;
  close(): void;
}

export interface Segmenter {
  /** What follows comes from another source: the open segment ends here, early if need be. */
  cut(source: string): void;
  picture(frame: number, isKey: boolean, pictures: readonly Uint8Array[]): void;
  sound(index: number, data: Uint8Array): void;
}

/**
 * Decides when a part ends and when a segment ends. A part is published for all renditions at once, with the sound that
 * is there: sound comes some 50 ms behind its picture and is never waited for. Throws a RangeError where frames do not
 * join, which the timeline promises they do.
 */
export function createSegmenter(o: {
  grid: Grid;
  sink: SegmentSink;
  /** The MSN of the first segment, which opens with this picture. */
  firstMsn: (frame: number) => number;
  initRuns: (source: string) => readonly string[];
  /** PROGRAM-DATE-TIME of a picture, in milliseconds since 1970. */
  dueMs: (frame: number) => number;
  /** A segment is complete; the next is announced right after. */
  onClosed: () => void;
}): Segmenter {
  const { grid, sink } = o;
  let source = "";
  let msn = NaN;
  let part = 0;
  let framesInSegment = 0;
  let sequence = 0;
  let firstFrame = 0;
  let nextFrame: number | null = null;
  let rows: { isKey: boolean; pictures: readonly Uint8Array[] }[] = [];
  let firstSound = 0;
  let nextSound: number | null = null;
  let sounds: Uint8Array[] = [];

  function announce(frame: number): void {
    sink.announce({
      msn,
      run: source,
      initRuns: o.initRuns(source),
      mediaTimeSeconds: frame / grid.rate,
      programDateTimeMs: o.dueMs(frame),
    });
  }

  function publishPart(): void {
    if (rows.length === 0) return;
    const flags = rows.map((row) => row.isKey);
    const soundTrack = { startTicks: firstSound * SAMPLES_PER_AAC_FRAME, frameTicks: SAMPLES_PER_AAC_FRAME, frames: sounds };
    sequence = (sequence + 1) % 2 ** 32;
    sink.publish({
      msn,
      part: part++,
      durationSeconds: rows.length / grid.rate,
      isIndependent: flags[0]!,
      bodies: rows[0]!.pictures.map((_, rendition) =>
        writeFragment({
          sequence,
          video: {
            startTicks: firstFrame * grid.frameTicks,
            frameTicks: grid.frameTicks,
            frames: rows.map((row, at) => ({ data: row.pictures[rendition]!, isKey: flags[at]! })),
          },
          sound: soundTrack,
        })
      ),
    });
    rows = [];
    sounds = [];
  }

  function closeSegment(): void {
    publishPart();
    if (part === 0) return;
    sink.close();
    o.onClosed();
    msn++;
    part = 0;
    framesInSegment = 0;
  }

  function nextSegment(): void {
    closeSegment();
    announce(nextFrame!);
  }

  return {
    cut(next) {
      closeSegment();
      source = next;
      // The place of the first picture is known only once it comes, except where frames already run.
      if (nextFrame !== null) announce(nextFrame);
    },
    picture(frame, isKey, pictures) {
      if (nextFrame === null) {
        msn = o.firstMsn(frame);
        announce(nextFrame = frame);
      }
      if (frame !== nextFrame) throw new RangeError(`Cannot join picture ${frame}: ${nextFrame} is next`);
      if (isKey !== (framesInSegment === 0)) {
        throw new RangeError(
          `Cannot add picture ${frame} to segment ${msn}: ${isKey ? "a" : "no"} key frame at its place ${framesInSegment}`,
        );
      }
      if (rows.length === 0) firstFrame = frame;
      rows.push({ isKey, pictures });
      nextFrame = frame + 1;
      framesInSegment++;
      if (framesInSegment === grid.framesPerSegment) nextSegment();
      else if (rows.length === grid.framesPerPart) publishPart();
    },
    sound(index, data) {
      if (nextSound !== null && index !== nextSound) throw new RangeError(`Cannot join sound ${index}: ${nextSound} is next`);
      if (sounds.length === 0) firstSound = index;
      sounds.push(data);
      nextSound = index + 1;
    },
  };
}
