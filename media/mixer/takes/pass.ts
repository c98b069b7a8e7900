import type { RawPicture } from "../../intake/raw_picture.ts";
import { createJoins } from "./joins.ts";
import { createSoundTrack, SAMPLES_PER_MS } from "./sound_track.ts";
import type { TakeInput } from "./take.ts";

/** One reading of a stored source, from its beginning to its end; its times stand fixed on the show. A gap is held as long as they say. */
export interface Pass extends TakeInput {
  /** The smallest source time known, or the one handed in; null while nothing is. */
  readonly firstMs: number | null;
  /** It can begin: its picture is there, or has ended; and its first time will not change any more: the sound is known as well, or that time was handed in. */
  readonly isReady: boolean;
  readonly hasPicture: boolean;
  /** Puts its first time there. Once. */
  begin(atShowMs: number): void;
  readonly beginsAtMs: number | null;
  /** The later of the last picture's end (with its own interval) and the sound's; null until both have ended and it has begun. */
  readonly endsAtMs: number | null;
  /** The newest picture that has become due, with its count; those in front of it are released. null if none has since the last call. */
  takeDue(showMs: number): RawPicture | null;
  /** The next picture that will become due; it stays where it is. */
  readonly nextPicture: RawPicture | null;
  /** As a take's. */
  readSound(into: Float32Array, fromShowMs: number): void;
  /** How long the next picture has been due without having been read. */
  behindMs(showMs: number): number;
  /** All that is still to come comes so much later. */
  postpone(byMs: number): void;
  close(): void;
}

export interface PassOptions {
  /** The source's first time, where it is known beforehand. */
  readonly startUs?: number | null;
  /** The most pictures that may wait; whoever hands in more loses the oldest. */
  readonly ceiling: number;
  /** The interval of a single picture, which has none of its own. */
  readonly usualIntervalMs: number;
}

export function createPass({ startUs = null, ceiling, usualIntervalMs }: PassOptions): Pass {
  const track = createSoundTrack({ mostSamples: MOST_SOUND_SECONDS * 1000 * SAMPLES_PER_MS, keeps: "oldest" });
  const joins = createJoins(usualIntervalMs);
  const waiting: { readonly picture: RawPicture; readonly joinedMs: number }[] = [];
  let firstMs = startUs === null ? null : startUs / 1000;
  let offsetMs: number | null = null;
  let beginsAtMs: number | null = null;
  /** The gaps in the sound so far: the track is closed up. */
  let gapsMs = 0;
  let silentUntilMs = -Infinity;
  let arePicturesEnded = false, isSoundEnded = false;
  let isClosed = false;

  /** The first time of picture or of sound: those that follow may jump. */
  function knowFirst(sourceMs: number): void {
    if (offsetMs === null && startUs === null) firstMs = Math.min(firstMs ?? sourceMs, sourceMs);
  }

  function soundEndMs(): number | null {
    return track.endsAt === null ? null : track.endsAt / SAMPLES_PER_MS + gapsMs;
  }

  /** Reads from a joined time on; a gap cuts the block in two. */
  function readPieces(into: Float32Array, fromMs: number): void {
    const frames = into.length >> 1;
    if (frames === 0) return;
    const silent = Math.min(frames, Math.round((silentUntilMs - fromMs) * SAMPLES_PER_MS));
    if (silent > 0) return readPieces(into.subarray(silent * 2), fromMs + silent / SAMPLES_PER_MS);
    const gap = joins.takeGap(
      fromMs + frames / SAMPLES_PER_MS,
      joins.nextPictureMs !== null && !(arePicturesEnded && waiting.length === 0),
    );
    if (!gap) return track.read(into, (fromMs - gapsMs) * SAMPLES_PER_MS);
    const heard = Math.max(0, Math.round((gap.atMs - fromMs) * SAMPLES_PER_MS));
    if (heard > 0) track.read(into.subarray(0, heard * 2), (fromMs - gapsMs) * SAMPLES_PER_MS);
    gapsMs += gap.lengthMs;
    silentUntilMs = gap.atMs + gap.lengthMs;
    readPieces(into.subarray(heard * 2), fromMs + heard / SAMPLES_PER_MS);
  }

  return {
    addPicture(picture, ptsUs) {
      if (isClosed || !Number.isFinite(ptsUs)) return picture.release();
      if (joins.nextPictureMs === null) knowFirst(ptsUs / 1000);
      const { joinedMs, wasStray } = joins.placePicture(ptsUs / 1000, soundEndMs());
      if (wasStray) waiting.pop()?.picture.release();
      waiting.push({ picture, joinedMs });
      if (waiting.length > ceiling) waiting.shift()!.picture.release();
    },
    addSound(samples, ptsUs) {
      if (isClosed || !Number.isFinite(ptsUs) || samples.length < 2) return;
      if (track.endsAt === null) knowFirst(ptsUs / 1000);
      track.add(samples, (joins.placeSound(ptsUs / 1000, soundEndMs()) - gapsMs) * SAMPLES_PER_MS);
    },
    endPictures() {
      arePicturesEnded = true;
    },
    endSound() {
      if (!isSoundEnded) track.end();
      isSoundEnded = true;
    },
    get picturesWaiting() {
      return waiting.length;
    },
    get soundWaitingMs() {
      return track.waiting / SAMPLES_PER_MS;
    },
    get firstMs() {
      return firstMs ?? (arePicturesEnded && isSoundEnded ? 0 : null);
    },
    get isReady() {
      const isPictureKnown = joins.nextPictureMs !== null || arePicturesEnded;
      return isPictureKnown && (startUs !== null || track.endsAt !== null || isSoundEnded);
    },
    get hasPicture() {
      return joins.nextPictureMs !== null;
    },
    begin(atShowMs) {
      if (offsetMs !== null) return;
      beginsAtMs = atShowMs;
      offsetMs = atShowMs - (firstMs ?? 0);
    },
    get beginsAtMs() {
      return beginsAtMs;
    },
    get endsAtMs() {
      if (offsetMs === null || !arePicturesEnded || !isSoundEnded) return null;
      const endMs = Math.max(joins.pictureEndMs ?? -Infinity, soundEndMs() ?? -Infinity);
      return Math.max(beginsAtMs! + LEAST_PASS_MS, endMs + offsetMs);
    },
    takeDue(showMs) {
      const due = offsetMs === null ? -1 : waiting.findLastIndex(({ joinedMs }) => joinedMs + offsetMs! <= showMs + ROUNDING_MS);
      if (due < 0) return null;
      for (const { picture } of waiting.splice(0, due)) picture.release();
      return waiting.shift()!.picture;
    },
    get nextPicture() {
      return waiting[0]?.picture ?? null;
    },
    readSound(into, fromShowMs) {
      into.fill(0);
      if (offsetMs !== null && !isClosed) readPieces(into, fromShowMs - offsetMs);
    },
    behindMs(showMs) {
      if (offsetMs === null || arePicturesEnded || waiting.length > 0) return 0;
      return Math.max(0, showMs - offsetMs - (joins.nextPictureMs ?? firstMs ?? 0));
    },
    postpone(byMs) {
      if (offsetMs !== null) offsetMs += byMs;
    },
    close() {
      isClosed = true;
      for (const { picture } of waiting.splice(0)) picture.release();
      track.clear();
    },
  };
}

/** Sound is read as it comes. */
const MOST_SOUND_SECONDS = 60;
/** A pass with nothing in it must not be played a thousand times in a tick. */
const LEAST_PASS_MS = 10;
/** Source times are whole microseconds, ticks are not: a picture on its tick is due there. */
const ROUNDING_MS = 0.002;
