import type { RawPicture } from "../../intake/raw_picture.ts";
import { createLiveMapping, type LiveMappingOptions } from "./mapping.ts";
import { createSoundTrack, SAMPLES_PER_MS } from "./sound_track.ts";
import type { Take } from "./take.ts";

export interface LiveTakeOptions extends LiveMappingOptions {
  /** The most pictures that may wait: 8, or 24 MB worth, but at least 2. Beyond it the oldest goes. */
  readonly ceiling: number;
}

/** What is read as it comes: a camera, a screen, a publisher, an address. */
export function createLiveTake({ ceiling, ...options }: LiveTakeOptions): Take {
  const mapping = createLiveMapping(options);
  const track = createSoundTrack({ mostSamples: MOST_SOUND_SECONDS * 1000 * SAMPLES_PER_MS, keeps: "newest" });
  const waiting: { readonly picture: RawPicture; readonly joinedMs: number }[] = [];
  let shown: RawPicture | null = null;
  let newestShownAtMs: number | null = null;
  let lastShowMs = -Infinity;
  let everyMs = 0;
  let isClosed = false;

  function drop(count: number): void {
    for (const { picture } of waiting.splice(0, count)) picture.release();
  }

  /** Drops the oldest beyond the ceiling. Where what is left is not due yet, the delay is longer than the queue and nothing would ever be shown. */
  function keepCeiling(atMs: number): void {
    if (waiting.length <= ceiling) return;
    drop(waiting.length - ceiling);
    const earlyMs = mapping.showMs(waiting[0]!.joinedMs) - atMs;
    if (earlyMs > 0) mapping.cutShort(earlyMs, (ceiling - 1) * everyMs);
  }

  return {
    addPicture(picture, ptsUs, atMs, wasHeldBack) {
      if (isClosed || !Number.isFinite(ptsUs) || !Number.isFinite(atMs)) return picture.release();
      mapping.advance(atMs);
      const joinedMs = mapping.takePicture(ptsUs / 1000, atMs, wasHeldBack);
      const newest = waiting.at(-1);
      if (newest && joinedMs > newest.joinedMs) everyMs = joinedMs - newest.joinedMs;
      // Those in front of one that is due already will not be shown any more.
      if (mapping.showMs(joinedMs) <= lastShowMs) drop(waiting.length);
      waiting.push({ picture, joinedMs });
      keepCeiling(atMs);
    },
    addSound(samples, ptsUs, atMs) {
      if (isClosed || !Number.isFinite(ptsUs) || !Number.isFinite(atMs)) return;
      mapping.advance(atMs);
      const joinedMs = mapping.takeSound(ptsUs / 1000, (samples.length >> 1) / SAMPLES_PER_MS, atMs);
      track.add(samples, (mapping.showMs(joinedMs) - mapping.steppedMs) * SAMPLES_PER_MS);
    },
    endPictures() {},
    endSound() {
      track.end();
    },
    get picturesWaiting() {
      return waiting.length;
    },
    get soundWaitingMs() {
      return track.waiting / SAMPLES_PER_MS;
    },
    pictureAt(showMs) {
      lastShowMs = Math.max(lastShowMs, showMs);
      mapping.advance(showMs);
      const due = waiting.findLastIndex(({ joinedMs }) => mapping.showMs(joinedMs) <= showMs);
      if (due < 0) return shown;
      drop(due);
      shown?.release();
      shown = waiting.shift()!.picture;
      newestShownAtMs = showMs;
      return shown;
    },
    get firstPicture() {
      return shown ? null : waiting[0]?.picture ?? null;
    },
    readSound(into, fromShowMs) {
      track.read(into, (fromShowMs - mapping.steppedMs) * SAMPLES_PER_MS);
    },
    get newestShownAtMs() {
      return newestShownAtMs;
    },
    get soundLatenessMs() {
      return mapping.soundLatenessMs;
    },
    close() {
      isClosed = true;
      drop(waiting.length);
      shown?.release();
      shown = null;
      track.clear();
    },
  };
}

/** Radio over HLS comes in pieces of 6 s and has no picture that could hold it back; memory is taken only when needed. */
const MOST_SOUND_SECONDS = 8;
