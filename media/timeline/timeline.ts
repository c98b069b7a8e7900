import type { AudioFrame } from "../flv/frame.ts";
import type { TimelineClock } from "./clock.ts";
import { type Grid, SAMPLES_PER_AAC_FRAME, SOUND_RATE } from "./grid.ts";
import { elapsedMs, type Row } from "./rows.ts";
import { type Slate, slateRow } from "./slate.ts";

/** Takes what the timeline has placed, in order, without a hole or an overlap. */
export interface TimelineSink {
  /** What follows comes from another source: a run, or a stint of the slate. Its first picture is an IDR. */
  cut(source: string): void;
  /** `frame` counts pictures since 1970. */
  picture(frame: number, isKey: boolean, pictures: readonly Uint8Array[]): void;
  /** `index` counts AAC frames since 1970: sound always stands on whole multiples of 1024 samples. */
  sound(index: number, data: Uint8Array): void;
}

export interface Timeline {
  readonly nextFrame: number;
  readonly nextSound: number;
  /** Whose frames are being placed: a run's id, a stint's, or null before the first. */
  readonly source: string | null;
  readonly isSlate: boolean;
  /** A run begins. Its source shows a new picture every `pictureEveryMs` (a slow one is repeated up to the rate, late and in bursts). */
  beginRun(run: string, pictureEveryMs: number, nowMs: number): void;
  /** A run's next row has come. */
  addRow(run: string, row: Row, nowMs: number): void;
  /** When a run's picture is due, in milliseconds since 1970; null while the run is not shown. */
  dueMs(run: string, index: number): number | null;
  /** A run's next AAC frame has come. */
  addSound(run: string, frame: AudioFrame): void;
  /** A run is gone: the slate goes on at once. */
  endRun(run: string, nowMs: number): void;
  /** Call it every few tens of milliseconds: feeds the slate's due frames, and notices a run that fell silent. */
  tick(nowMs: number): void;
  /** From now on this is the slate; null before one is encoded. */
  setSlate(slate: Slate): void;
  /** Begins with the slate, when there is no run to begin with. */
  beginWithSlate(nowMs: number): void;
}

/** A run that delivers nothing for this long, beyond its source's next picture, is covered by the slate. */
const SILENT_AFTER_MS = 400;
/** A run whose frames come this much before they are due is handing over a backlog. */
const BACKLOG_MS = 500;
/** Sound this far behind its picture is not coming any more. */
const SOUND_LOST_SECONDS = 0.7;

/** What is known of the run that delivers, or wants to. */
interface Seat {
  readonly run: string;
  readonly silentAfterMs: number;
  /** Place of a row = shift + its index; null until the run has been seated for the first time. */
  shift: number | null;
  isSeated: boolean;
  lastRowAtMs: number;
  /** Place of a sound = soundShift + its number in the run. */
  soundShift: number | null;
  sounds: number;
  firstSoundMs: number;
  /** Sounds that came before the run was seated. */
  early: { number: number; data: Uint8Array }[];
  firstTimeMs: number;
  /** How many pictures its last refused IDR was behind the clock. */
  behind: number;
  /** The very first rows of the timeline, until they tell how far the first of them was late. */
  first: { row: Row; atMs: number }[];
}

/**
 * Places the frames of runs and of the slate on one time line. Pictures stand on a frame counter, sound on a grid of
 * 1024 samples; ffmpeg's times only say how a run's sound lies against its picture. Pure: times come in as arguments.
 */
export function createTimeline(o: {
  grid: Grid;
  clock: TimelineClock;
  sink: TimelineSink;
  newStint: () => string;
  /** Where a restarted timeline begins; left out, it begins at the wall clock with the first row. */
  startFrame: (nowMs: number) => number;
}): Timeline {
  const { grid, clock, sink } = o;
  const frameMs = 1000 / grid.rate;
  const soundsPerPicture = SOUND_RATE / SAMPLES_PER_AAC_FRAME / grid.rate;
  let nextFrame = NaN;
  let nextSound = NaN;
  let source: string | null = null;
  let seat: Seat | null = null;
  let slate: Slate | null = null;
  let stint: { readonly id: string; shown: number } | null = null;

  const hasBegun = () => !Number.isNaN(nextFrame);
  const soundAt = (frame: number) => frame * soundsPerPicture;

  function begin(nowMs: number): void {
    nextFrame = o.startFrame(nowMs);
    nextSound = Math.round(soundAt(nextFrame));
  }

  function enter(id: string): void {
    source = id;
    sink.cut(id);
  }

  function emitSilenceUpTo(index: number): void {
    while (slate && nextSound < index) sink.sound(nextSound++, slate.silence);
  }

  function feedSlateUpTo(frame: number): void {
    if (!slate || nextFrame >= frame) return;
    if (!stint) enter((stint = { id: o.newStint(), shown: 0 }).id);
    while (nextFrame < frame) {
      const { isKey, pictures } = slateRow(slate, stint.shown++);
      sink.picture(nextFrame++, isKey, pictures);
      emitSilenceUpTo(Math.floor(soundAt(nextFrame)));
    }
  }

  /** Whether this key row may take over now; says where the run then stands. */
  function trySeat(seat: Seat, row: Row, nowMs: number): boolean {
    if (clock.dueMs(nextFrame) > nowMs + 2 * frameMs) return false; // a backlog: the time for it has not come
    const due = clock.frameAfter(nowMs);
    const counted = seat.shift === null ? null : seat.shift + row.index;
    if (counted === null) {
      if (stint) feedSlateUpTo(due - 1);
      seat.shift = nextFrame - row.index;
    } else if (counted >= nextFrame) {
      if (clock.dueMs(counted) > nowMs + BACKLOG_MS) return false;
      feedSlateUpTo(counted);
      seat.shift = nextFrame - row.index;
    } else {
      // Behind: it may be catching up after a stop. One that is as far behind as at its last key frame stays there.
      const behind = nextFrame - counted;
      if (behind < seat.behind - grid.framesPerSegment / 4 || seat.behind === 0) {
        seat.behind = behind;
        return false;
      }
      feedSlateUpTo(due - 1);
      seat.shift = nextFrame - row.index;
    }
    seat.behind = 0;
    seat.isSeated = true;
    seat.soundShift = null;
    stint = null;
    enter(seat.run);
    emitSilenceUpTo(Math.floor(soundAt(nextFrame))); // what the run would have said before its first picture here belongs elsewhere
    for (const { number, data } of seat.early.splice(0)) placeSound(seat, number, data);
    return true;
  }

  function placeRow(seat: Seat, row: Row, nowMs: number): void {
    if (seat.isSeated && clock.dueMs(nextFrame) > nowMs + BACKLOG_MS) {
      unseat();
      seat.shift = null;
    }
    if (!seat.isSeated && !(row.isKey && trySeat(seat, row, nowMs))) return;
    clock.observe(nextFrame, nowMs);
    sink.picture(nextFrame++, row.isKey, row.pictures.map((picture) => picture.data));
    if (nextSound < soundAt(nextFrame - SOUND_LOST_SECONDS * grid.rate)) emitSilenceUpTo(Math.floor(soundAt(nextFrame - grid.rate / 4)));
  }

  function unseat(): void {
    if (!seat) return;
    seat.isSeated = false;
    seat.early = [];
  }

  function placeSound(seat: Seat, number: number, data: Uint8Array): void {
    if (seat.soundShift === null) {
      // The grid rule: where its first sound would stand, to the nearest multiple of 1024 samples, once for the whole stay.
      const againstPictureMs = elapsedMs(seat.firstTimeMs, seat.firstSoundMs);
      const index = soundAt(seat.shift!) + againstPictureMs / 1000 * SOUND_RATE / SAMPLES_PER_AAC_FRAME;
      seat.soundShift = Math.round(index);
    }
    const index = seat.soundShift + number;
    if (index < nextSound) return;
    emitSilenceUpTo(index);
    if (index > nextSound) nextSound = index; // no silence to fill with: only at the very beginning
    sink.sound(nextSound++, data);
  }

  return {
    get nextFrame() {
      return nextFrame;
    },
    get nextSound() {
      return nextSound;
    },
    get source() {
      return source;
    },
    get isSlate() {
      return hasBegun() && !seat?.isSeated;
    },
    beginRun(run, pictureEveryMs, nowMs) {
      seat = {
        run,
        silentAfterMs: SILENT_AFTER_MS + Math.max(frameMs, pictureEveryMs),
        shift: null,
        isSeated: false,
        lastRowAtMs: nowMs,
        soundShift: null,
        sounds: 0,
        firstSoundMs: 0,
        early: [],
        firstTimeMs: 0,
        behind: 0,
        first: [],
      };
    },
    addRow(run, row, nowMs) {
      if (seat?.run !== run) return;
      seat.firstTimeMs = row.firstTimeMs;
      seat.lastRowAtMs = nowMs;
      if (hasBegun()) return placeRow(seat, row, nowMs);
      // An encoder's first picture comes some 100 ms later than its others do: the earliest of a part's pictures sets the clock.
      seat.first.push({ row, atMs: nowMs });
      if (seat.first.length < grid.framesPerPart) return;
      begin(Math.min(...seat.first.map(({ row, atMs }) => atMs - (row.index - seat!.first[0]!.row.index) * frameMs)));
      for (const { row, atMs } of seat.first.splice(0)) placeRow(seat, row, atMs);
    },
    dueMs: (run, index) => seat?.run === run && seat.isSeated ? clock.dueMs(seat.shift! + index) : null,
    addSound(run, frame) {
      if (seat?.run !== run) return;
      if (seat.sounds === 0) seat.firstSoundMs = frame.timeMs;
      const number = seat.sounds++;
      const countedMs = number * SAMPLES_PER_AAC_FRAME / SOUND_RATE * 1000;
      const offMs = elapsedMs(countedMs % 2 ** 31, elapsedMs(seat.firstSoundMs, frame.timeMs));
      if (Math.abs(offMs) > frameMs / 2) throw new RangeError(`Sound ${number} stands ${offMs.toFixed(1)} ms from its counted place`);
      if (seat.isSeated) placeSound(seat, number, frame.data);
      else {
        seat.early.push({ number, data: frame.data });
        if (seat.early.length > 100) seat.early.shift();
      }
    },
    endRun(run, nowMs) {
      if (seat?.run !== run) return;
      const wasSeated = seat.isSeated;
      seat = null;
      if (wasSeated) feedSlateUpTo(Math.max(nextFrame + 1, clock.frameAfter(nowMs)));
    },
    tick(nowMs) {
      if (!hasBegun()) return;
      if (seat?.isSeated && slate && nowMs - seat.lastRowAtMs > seat.silentAfterMs) unseat();
      if (!seat?.isSeated) feedSlateUpTo(clock.frameAfter(nowMs));
    },
    setSlate(fresh) {
      slate = fresh;
      stint = null; // what is shown next may have another init
    },
    beginWithSlate(nowMs) {
      if (hasBegun() || !slate) return;
      begin(nowMs);
      feedSlateUpTo(nextFrame + 1);
    },
  };
}
