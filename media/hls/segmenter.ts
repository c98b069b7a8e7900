import { writeFragment } from "../mp4/fragment.ts";
import { endOfFirstSegment, type Grid, SAMPLES_PER_AAC_FRAME } from "../timeline/grid.ts";
import type { Part, SegmentHead } from "./segment.ts";

/** Where finished parts go. */
export interface SegmentSink {
  announce(head: SegmentHead): void;
  publish(part: Part): void;
  close(): void;
}

export interface Segmenter {
  /**
   * What follows comes from another source: a run, or a stint of the slate. Where it has the same inits the open segment goes on, and the next one bears
   * its name; otherwise the open segment ends where the next picture stands, early if need be.
   */
  cut(source: string): void;
  /** The picture of a tick stands until the next one's. A segment begins with a key picture; there may be others in it. */
  picture(tick: number, isKey: boolean, pictures: readonly Uint8Array[]): void;
  sound(index: number, data: Uint8Array): void;
}

/**
 * Decides when a part ends and when a segment ends: segments stand on the grid of ticks since 1970. A part is published for all renditions at once, with
 * the sound that is there: sound comes some 50 ms behind its picture and is never waited for. Throws a RangeError where frames do not rise or a segment
 * would begin without a key picture, which the timeline promises they do not.
 */
export function createSegmenter(o: {
  grid: Grid;
  sink: SegmentSink;
  /** The MSN of the first segment, which opens with this picture. */
  firstMsn: (tick: number) => number;
  initRuns: (source: string) => readonly string[];
  /** PROGRAM-DATE-TIME of a picture, in milliseconds since 1970. */
  dueMs: (tick: number) => number;
  /** A segment is complete; the next is announced right after. */
  onClosed: () => void;
}): Segmenter {
  const { grid, sink } = o;
  let source = "";
  let msn = NaN;
  let part = 0;
  let sequence = 0;
  /** The first tick that no part has yet; null before the first picture. */
  let nextTick: number | null = null;
  let segmentStart = 0;
  let segmentEnd = 0;
  let isAnnounced = false;
  /** What follows needs a segment of its own. */
  let isCut = false;
  let announcedInits: readonly string[] = [];
  let rows: { tick: number; isKey: boolean; pictures: readonly Uint8Array[] }[] = [];
  let firstSound = 0;
  let nextSound: number | null = null;
  let sounds: Uint8Array[] = [];

  function announce(tick: number): void {
    announcedInits = o.initRuns(source);
    segmentStart = tick;
    segmentEnd = endOfSegmentWith(tick);
    isAnnounced = true;
    sink.announce({
      msn,
      run: source,
      initRuns: announcedInits,
      mediaTimeSeconds: tick / grid.rate,
      programDateTimeMs: o.dueMs(tick),
    });
  }

  function endOfSegmentWith(tick: number): number {
    return (Math.floor(tick / grid.framesPerSegment) + 1) * grid.framesPerSegment;
  }

  function partEnd(tick: number): number {
    const begun = Math.floor((tick - segmentStart) / grid.framesPerPart);
    return Math.min(segmentStart + (begun + 1) * grid.framesPerPart, segmentEnd);
  }

  function publishPart(endTick: number): void {
    if (rows.length === 0) return;
    const [first] = rows;
    sequence = (sequence + 1) % 2 ** 32;
    sink.publish({
      msn,
      part: part++,
      durationSeconds: (endTick - first!.tick) / grid.rate,
      isIndependent: first!.isKey,
      bodies: first!.pictures.map((_, rendition) =>
        writeFragment({
          sequence,
          video: {
            startTicks: first!.tick * grid.frameTicks,
            frameTicks: grid.frameTicks,
            frames: rows.map(({ tick, isKey, pictures }, at) => ({
              data: pictures[rendition]!,
              isKey,
              repeats: (rows[at + 1]?.tick ?? endTick) - tick,
            })),
          },
          sound: { startTicks: firstSound * SAMPLES_PER_AAC_FRAME, frameTicks: SAMPLES_PER_AAC_FRAME, frames: sounds },
        })
      ),
    });
    nextTick = endTick;
    rows = [];
    sounds = [];
  }

  function closeSegment(endTick: number): void {
    publishPart(endTick);
    isAnnounced = false;
    if (part === 0) return;
    sink.close();
    o.onClosed();
    msn++;
    part = 0;
  }

  function nextSegment(endTick: number): void {
    closeSegment(endTick);
    announce(endTick);
  }

  return {
    cut(next) {
      source = next;
      isCut = nextTick !== null && !(isAnnounced && areEqual(o.initRuns(next), announcedInits));
    },
    picture(tick, isKey, pictures) {
      if (nextTick === null) {
        msn = o.firstMsn(tick);
        nextTick = tick;
        announce(tick);
        segmentEnd = endOfFirstSegment(grid, tick);
      }
      const before = rows.at(-1);
      if (tick < (before ? before.tick + 1 : nextTick)) {
        throw new RangeError(`Cannot join picture ${tick}: ${before?.tick ?? nextTick - 1} came before`);
      }
      if (isCut) nextSegment(before ? Math.min(tick, partEnd(before.tick)) : nextTick);
      isCut = false;
      // No part is longer than the rule allows, though the tick that would begin the next was left out: in a segment that begins off the grid it may be.
      if (before && rows.length > 0 && tick >= partEnd(before.tick)) publishPart(partEnd(before.tick));
      // Where nothing came for longer, and no slate was there to cover it, this picture stands for it too: no segment is longer than is told.
      const start = endOfSegmentWith(tick) - grid.framesPerSegment;
      const isTooLong = Math.round((endOfSegmentWith(tick) - nextTick) / grid.rate) > grid.targetDurationSeconds;
      const isGap = isKey && rows.length === 0 && isTooLong;
      while (isGap && nextTick < start) {
        if (nextTick >= segmentEnd) nextSegment(nextTick);
        const end = partEnd(nextTick);
        rows.push({ tick: nextTick, isKey, pictures });
        if (end === segmentEnd) nextSegment(end);
        else publishPart(end);
      }
      if (tick >= segmentEnd) {
        nextSegment(nextTick);
        segmentEnd = endOfSegmentWith(tick);
      }
      if (part === 0 && rows.length === 0 && !isKey) {
        throw new RangeError(`Cannot begin segment ${msn} with picture ${tick}: it is no key frame`);
      }
      // A part's first picture stands from its beginning on, whatever was left out before it: there is never a hole.
      const place = rows.length === 0 ? nextTick : tick;
      rows.push({ tick: place, isKey, pictures });
      if (tick + 1 < partEnd(place)) return;
      if (partEnd(place) === segmentEnd) nextSegment(segmentEnd);
      else publishPart(partEnd(place));
    },
    sound(index, data) {
      if (nextSound !== null && index !== nextSound) throw new RangeError(`Cannot join sound ${index}: ${nextSound} is next`);
      if (sounds.length === 0) firstSound = index;
      sounds.push(data);
      nextSound = index + 1;
    },
  };
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}
