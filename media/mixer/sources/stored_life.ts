import type { IntakeEnd } from "../../intake/intake_end.ts";
import type { Found } from "../../intake/streams.ts";
import { HELD_FOR_MS, type Life, type LifeEnd, type LifeParts, type Opened } from "./life.ts";
import { MOST_LOOP_BYTES } from "../takes/loop_memory.ts";
import { type OpenIntake, openIntake } from "./open_intake.ts";
import { createRoom, pictureCeiling, type Room } from "./room.ts";
import { createStoredTake } from "../takes/stored_take.ts";
import { timePictures } from "./time_pictures.ts";
import type { TakeInput } from "../takes/take.ts";

/** The next pass is begun so long before the end, so that it is there without a gap. */
const NEXT_BEFORE_MS = 2000;
/** What breaks off again and again must not start a process at each tick. */
const LEAST_BETWEEN_MS = 500;
const PICTURES_IN_HAND = 6;
const IN_HAND_WITHIN_MS = 200;
const SOUND_RING_MS = 58_000;
const SOUND_BYTES_PER_SECOND = 192_000;
/** More than this behind is not made good by waiting. */
const MOST_BEHIND_MS = 1000;
/** Reading begun anew takes so long to be on time. */
const SETTLES_WITHIN_MS = 2500;
/** Behind again so soon: that was no busy moment. */
const AGAIN_WITHIN_MS = 10_000;

/** One reading of a source from its beginning to its end. */
interface Reading {
  readonly opened: Opened;
  readonly input: TakeInput;
  readonly openedAtMs: number;
  /** What reads its picture now. */
  picture: OpenIntake | null;
  /** So many intakes run. */
  running: number;
  hasDelivered: boolean;
}

interface Outputs {
  readonly hasPicture: boolean;
  readonly hasSound: boolean;
}

/** What has a duration, or is made as fast as it is read: a file, those of a list, a graph. Picture and sound of a file are read by a process each. */
export function openStoredLife(
  parts: LifeParts,
  o: {
    readonly first: Opened;
    /** What follows a pass; null where nothing can be opened: then the life ends. */
    readonly next: () => Promise<Opened | null>;
    /** The same again and again: then what is small is kept in memory. */
    readonly repeatsOne: boolean;
  },
): Life {
  const { clock } = parts;
  const { first } = o;
  const startedAtMs = clock.nowMs();
  const ceiling = pictureCeiling(parts.pool.bytesPerPicture);
  const take = createStoredTake({
    ceiling,
    loops: o.repeatsOne && first.way.atEnd === "again" && first.found.formatName !== "lavfi" && fitsMemory(first.found),
    startUs: Math.round(first.found.startSeconds * 1e6),
    usualIntervalMs: 1000 / (first.found.video?.rate || 25),
  });
  const ended = Promise.withResolvers<LifeEnd>();
  const rooms = new Set<Room>();
  const intakes = new Set<OpenIntake>();
  let hasDelivered = false;
  /** When its first picture was read, or its first sound where that is all there is. */
  let firstAtMs: number | null = null;
  let hasBegun = false;
  let isStopped = false;
  /** Nothing follows. What there is is played to its end, and held for a moment. */
  let overAtMs: number | null = null;
  let isOpening = false;
  /** It cannot be decoded as fast as it plays: only its key pictures are. The next pass after `slowUntilMs` tries all of them again. */
  let isSlow = false;
  let slowUntilMs = -Infinity;
  let slowForMs = 60_000;
  let behindAtMs = -Infinity;
  let hasToldSlow = false;
  let newest = openPass(first, take);

  /** By what a look says of it; true where that tells nothing. */
  function fitsMemory({ durationSeconds, video }: Found): boolean {
    return (durationSeconds ?? 0) * ((video?.rate ?? 0) * parts.pool.bytesPerPicture + SOUND_BYTES_PER_SECOND) < MOST_LOOP_BYTES;
  }

  function openPass(opened: Opened, input: TakeInput): Reading {
    const { found, way } = opened;
    if (clock.nowMs() > slowUntilMs) isSlow = false;
    const pass: Reading = { opened, input, openedAtMs: clock.nowMs(), picture: null, running: 0, hasDelivered: false };
    const isParted = way.isParted && found.video !== null && found.sound !== null;
    if (found.video === null) input.endPictures();
    else readPicture(pass, { hasPicture: true, hasSound: found.sound !== null && !isParted }, 0);
    if (found.sound === null) input.endSound();
    else if (isParted || found.video === null) read(pass, { hasPicture: false, hasSound: true }, opened, input);
    return pass;
  }

  /** From so far into the file on. */
  function readPicture(pass: Reading, outputs: Outputs, fromMs: number): void {
    const { opened, opened: { way, found }, input } = pass;
    const options = [
      ...(isSlow && way.isParted ? ["-skip_frame", "nokey"] : []),
      ...(fromMs > 0 ? ["-ss", (fromMs / 1000).toFixed(6)] : []),
      ...way.options,
    ];
    // Times that ffmpeg joins on are counted from where it began to read.
    const shiftUs = found.joinsTimes ? Math.round(fromMs * 1000) : 0;
    pass.picture = read(pass, outputs, { ...opened, way: { ...way, options } }, timePictures(input, (ptsUs) => ptsUs + shiftUs));
  }

  function read(pass: Reading, outputs: Outputs, opened: Opened, input: TakeInput): OpenIntake {
    const { hasPicture, hasSound } = outputs;
    const room = createRoom(() => hasPicture ? input.picturesWaiting < ceiling : input.soundWaitingMs < SOUND_RING_MS);
    const intake = openIntake(parts, {
      ...opened,
      ...outputs,
      take: input,
      pictureRoom: hasPicture ? room : null,
      // In one process sound that is not read would hold the picture up.
      soundRoom: hasPicture ? null : room,
      onPicture: () => firstAtMs ??= clock.nowMs(),
      onSound: () => firstAtMs ??= opened.found.video === null ? clock.nowMs() : null,
    });
    rooms.add(room);
    intakes.add(intake);
    pass.running++;
    intake.ended.then((end) => {
      rooms.delete(room);
      intakes.delete(intake);
      pass.running--;
      pass.hasDelivered ||= end.hadPictures || end.hadSound;
      hasDelivered ||= pass.hasDelivered;
      if (isStopped || (hasPicture && pass.picture !== intake)) return;
      if (end.kind !== "source_ended") take.keepNothing();
      if (hasPicture && end.hadPictures && end.kind !== "source_ended" && readOn(pass)) return;
      // An output that broke off is over, too: what it had is played.
      if (hasPicture) input.endPictures();
      if (hasSound) input.endSound();
      if (pass.running === 0 && !pass.hasDelivered) finish(reasonOf(end), false);
    });
    return intake;
  }

  /** Begins anew with the picture, where it is due now; the sound is not touched. False where that cannot be done. */
  function readOn(pass: Reading): boolean {
    const beganAtMs = take.newestBeginsAtMs;
    if (!pass.opened.way.isParted || pass !== newest || beganAtMs === null) return false;
    const { picture } = pass;
    pass.picture = null;
    picture?.stop();
    take.keepNothing();
    readPicture(pass, { hasPicture: true, hasSound: false }, clock.nowMs() - beganAtMs);
    return true;
  }

  async function openNext(): Promise<void> {
    if (isOpening) return;
    isOpening = true;
    const opened = await o.next();
    isOpening = false;
    if (isStopped) return;
    if (opened === null) return finish("What follows cannot be opened", false);
    newest = openPass(opened, take.startPass(Math.round(opened.found.startSeconds * 1e6)));
  }

  function finish(reason: string, isWhole: boolean): void {
    overAtMs ??= clock.nowMs();
    ended.resolve({ reason, isWhole, hasDelivered, aliveMs: clock.nowMs() - startedAtMs });
  }

  /** One pass is read ahead, and none that memory has. */
  function needsNext(showMs: number): boolean {
    const { opened: { found, way }, openedAtMs, running } = newest;
    const beganAtMs = take.newestBeginsAtMs;
    if (overAtMs !== null || way.atEnd !== "again" || take.playsFromMemory || beganAtMs === null) return false;
    if (showMs < openedAtMs + LEAST_BETWEEN_MS) return false;
    if (running === 0) return true;
    if (found.durationSeconds === null || showMs < beganAtMs + found.durationSeconds * 1000 - NEXT_BEFORE_MS) return false;
    return !(o.repeatsOne && fitsMemory(found));
  }

  /**
   * What is more than a second behind does not catch up. Of a file the picture is read anew from where it is due; where that soon falls behind again, only
   * the key pictures, for a while. All else is shown as it comes.
   */
  function keepUp(): void {
    const { behindMs } = take;
    const nowMs = clock.nowMs();
    if (behindMs <= MOST_BEHIND_MS || (newest.opened.way.isParted && (isSlow || nowMs < behindAtMs + SETTLES_WITHIN_MS))) return;
    // Once is a busy moment.
    const isAgain = nowMs < behindAtMs + AGAIN_WITHIN_MS;
    behindAtMs = nowMs;
    isSlow = isAgain;
    if (!readOn(newest)) {
      isSlow = false;
      take.postpone(behindMs);
      if (isAgain) tellSlow("it is shown as it comes");
    } else if (isAgain) {
      slowUntilMs = nowMs + slowForMs;
      slowForMs *= 2;
      tellSlow("only some of its pictures are shown");
    }
  }

  function tellSlow(what: string): void {
    if (!hasToldSlow) parts.note(`cannot be read as fast as it plays: ${what}`);
    hasToldSlow = true;
  }

  /** Begins with some pictures in hand, and sound, so that the first ones are not late. */
  function isReady(): boolean {
    if (hasBegun || firstAtMs === null) return hasBegun;
    const hasPictures = first.found.video === null || take.picturesWaiting >= Math.min(ceiling, PICTURES_IN_HAND);
    const hasSound = first.found.sound === null || take.soundWaitingMs > 0;
    return (hasPictures && hasSound) || clock.nowMs() >= firstAtMs + IN_HAND_WITHIN_MS;
  }

  function pictureAt(showMs: number) {
    if (!isReady()) return null;
    if (!hasBegun) take.begin(showMs);
    hasBegun = true;
    // Where the sound begins before the picture, the first one stands meanwhile.
    const picture = take.pictureAt(showMs) ?? take.firstPicture;
    if (needsNext(showMs)) openNext();
    keepUp();
    for (const room of rooms) room.look();
    return picture;
  }

  return {
    get isReady() {
      return isReady();
    },
    isThere(showMs) {
      return isReady() && (overAtMs === null || showMs <= Math.max(overAtMs, take.endsAtMs ?? overAtMs) + HELD_FOR_MS);
    },
    pictureAt,
    peekAt: (showMs) => hasBegun ? pictureAt(showMs) : take.firstPicture,
    advance(showMs) {
      if (hasBegun) pictureAt(showMs);
    },
    readSound(into, fromShowMs) {
      take.readSound(into, fromShowMs);
      for (const room of rooms) room.look();
    },
    soundLatenessMs: null,
    get pids() {
      return [...intakes].map(({ pid }) => pid).filter((pid) => pid !== null);
    },
    ended: ended.promise,
    async stop() {
      isStopped = true;
      await Promise.all([...intakes].map((intake) => intake.stop()));
      take.close();
      finish("Stopped on request", true);
    },
  };
}

function reasonOf({ kind, reason }: IntakeEnd): string {
  return kind === "source_ended" ? "There is nothing in it" : reason;
}
