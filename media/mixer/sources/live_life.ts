import { createCatchUp } from "./catch_up.ts";
import { HELD_FOR_MS, type Life, type LifeParts, type Opened } from "./life.ts";
import { createLiveTake } from "../takes/live_take.ts";
import { type OpenIntake, openIntake } from "./open_intake.ts";
import { createRoom, pictureCeiling } from "./room.ts";
import { timePictures } from "./time_pictures.ts";

/** A picture is held for three of the source's own intervals where that is more than usual. */
const HELD_INTERVALS = 3;
/** A still picture that is fetched again and again is away when so many fetches failed. */
const FETCHED_FOR_MS = 20_000;

/** A life to which more can be added. */
export interface LiveLife extends Life {
  /** Reads sound that comes beside the picture, with times of the same clock: the two stay in sync. */
  hear(opened: Opened): OpenIntake;
}

/**
 * What is read as it comes: one connection to a camera, a screen, a microphone or an address. `lagMs`: how far behind its sender something is, where that
 * can be told; then the life begins with what is fresh.
 */
export function openLiveLife(parts: LifeParts, opened: Opened, lagMs: ((ptsUs: number) => number) | null = null): LiveLife {
  const { found, way } = opened;
  const startedAtMs = parts.clock.nowMs();
  const take = createLiveTake({
    ceiling: pictureCeiling(parts.pool.bytesPerPicture),
    mostDelayMs: way.isDevice ? 1000 / parts.rate : Infinity,
    onNote(note) {
      if (note.kind === "jumped") parts.note(`has times that jump (by ${(note.byMs / 1000).toFixed(0)} s); joined on`);
      else if (note.kind === "late") parts.note(`comes ${(note.byMs / 1000).toFixed(1)} s later than before`);
      else if (note.kind === "skipped" && note.byMs > 1000 && parts.clock.nowMs() > backAtMs + BACK_FOR_MS) {
        parts.note(`was ${(note.byMs / 1000).toFixed(1)} s behind; skipped to the newest picture`);
      }
    },
  });
  const room = createRoom(() => !isHeldBack || take.picturesWaiting < pictureCeiling(parts.pool.bytesPerPicture));
  /** A sender in real time is never held up: the backlog of its beginning would stay. */
  let isHeldBack = found.formatName.split(",").some((name) => SEGMENTED.includes(name));
  let first: { readonly ptsUs: number; readonly atMs: number } | null = null;
  let newestAtMs = -Infinity;
  /** When it went on after a pause that was told. */
  let backAtMs = -Infinity;
  let intervalMs = 1000 / (found.video?.rate || parts.rate);
  let changedAtMs: number | null = null;
  let heardAtMs: number | null = null;
  let hasSound = found.sound !== null;
  let isReady = false;
  const watched = timePictures(take, notice);
  const intake = openIntake(parts, {
    ...opened,
    hasPicture: found.video !== null,
    hasSound: found.sound !== null,
    take: lagMs === null ? watched : createCatchUp(watched, lagMs),
    pictureRoom: way.canBeHeldBack ? room : null,
    soundRoom: null,
    onSound,
  });

  function onSound(): void {
    heardAtMs = parts.clock.nowMs();
    isReady ||= found.video === null;
  }

  function notice(ptsUs: number, atMs: number): number {
    isReady = true;
    if (atMs - newestAtMs > HELD_FOR_MS) backAtMs = atMs;
    newestAtMs = atMs;
    first ??= { ptsUs, atMs };
    isHeldBack ||= (ptsUs - first.ptsUs) / 1000 - (atMs - first.atMs) > MOST_AHEAD_MS;
    return ptsUs;
  }

  function pictureAt(showMs: number) {
    // A tick that is made late is due before its source's first picture came.
    const picture = take.pictureAt(showMs) ?? take.firstPicture;
    if (take.newestShownAtMs !== changedAtMs) {
      // The longest of late, so that one quick pair of a slow source does not make it look fast.
      if (changedAtMs !== null) intervalMs = Math.max(take.newestShownAtMs! - changedAtMs, intervalMs * 0.9);
      changedAtMs = take.newestShownAtMs;
    }
    room.look();
    return picture;
  }

  function heldForMs(): number {
    if (way.atEnd === "fetch") return FETCHED_FOR_MS;
    return Math.max(HELD_FOR_MS, HELD_INTERVALS * Math.min(intervalMs, LONGEST_INTERVAL_MS));
  }

  return {
    get isReady() {
      return isReady;
    },
    isThere(showMs) {
      const atMs = found.video === null ? heardAtMs : changedAtMs;
      return isReady && (atMs === null || showMs <= atMs + heldForMs());
    },
    pictureAt,
    peekAt: pictureAt,
    advance(showMs) {
      pictureAt(showMs);
      const silentMs = showMs - Math.max(startedAtMs, newestAtMs, heardAtMs ?? -Infinity);
      if (silentMs > Math.max(STUCK_AFTER_MS, STUCK_INTERVALS * intervalMs)) intake.fail("nothing has come for a while");
    },
    readSound: take.readSound,
    get soundLatenessMs() {
      return hasSound ? take.soundLatenessMs : null;
    },
    get pids() {
      return intake.pid === null ? [] : [intake.pid];
    },
    ended: intake.ended.then((end) => ({
      reason: end.reason,
      isWhole: end.kind === "source_ended",
      hasDelivered: end.hadPictures || end.hadSound,
      aliveMs: parts.clock.nowMs() - startedAtMs,
    })),
    hear(more) {
      hasSound = true;
      return openIntake(parts, { ...more, hasPicture: false, hasSound: true, take, pictureRoom: null, soundRoom: null, onSound });
    },
    async stop() {
      await intake.stop();
      take.close();
    },
  };
}

const LONGEST_INTERVAL_MS = 20_000;
/** Containers that come in pieces of some seconds. */
const SEGMENTED = ["hls", "dash"];
/** What comes so much faster than it plays is no sender in real time, and waits for us. */
const MOST_AHEAD_MS = 5000;
const BACK_FOR_MS = 3000;
/** Neither picture nor sound for so long, or for so many of its own intervals: it is opened anew. Longer than a network's own limit. */
const STUCK_AFTER_MS = 15_000;
const STUCK_INTERVALS = 5;
