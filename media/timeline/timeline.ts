import { type Grid, SAMPLES_PER_AAC_FRAME, SOUND_RATE } from "./grid.ts";
import { type Slate, slateRow } from "./slate.ts";

/** Takes what the timeline has placed, in order, without an overlap. */
export interface TimelineSink {
  /** What follows comes from another source: a run, or a stint of the slate. Its first picture is an IDR. */
  cut(source: string): void;
  /** `tick` counts pictures since 1970; a picture stands until the next. */
  picture(tick: number, isKey: boolean, pictures: readonly Uint8Array[]): void;
  /** `index` counts AAC frames since 1970: sound always stands on whole multiples of 1024 samples. */
  sound(index: number, data: Uint8Array): void;
}

export interface Timeline {
  /** The first tick and the first block of sound that nobody has filled; null before `begin`. */
  readonly nextTick: number | null;
  readonly nextSound: number | null;
  /** Whose pictures are being placed: a run's id, a stint's, or null before the first. */
  readonly source: string | null;
  readonly isSlate: boolean;
  /** The show begins with this tick. */
  begin(tick: number): void;
  /** A run gives back the picture of a tick. */
  addPicture(run: string, tick: number, isKey: boolean, pictures: readonly Uint8Array[]): void;
  /** The AAC frame of a block. */
  addSound(index: number, data: Uint8Array): void;
  /** `dueTick` is due: where nothing has come for too long the slate takes what is missing. */
  cover(dueTick: number): void;
  /** From now on this is the slate; null before one is encoded. */
  setSlate(slate: Slate): void;
}

/** Nothing placed for so long: the slate takes the due ticks. */
const SLATE_AFTER_SECONDS = 0.7;
/** While the slate stands it stays so far behind what is due, so that the run that comes back still finds its key picture's place free. */
const SLATE_LAG_SECONDS = 0.25;
/** Until something was placed an encoder may take this long: it is being started. */
const FIRST_AFTER_SECONDS = 3;

/**
 * Places what encoders give back on one time line. Every picture is named by its tick and every sound by its block before it is encoded, so there is
 * nothing to find out: what comes in order is placed, what comes for a place that is filled is dropped. A run joins on where its last picture was placed,
 * or with a key picture. Pure: times come in as ticks.
 */
export function createTimeline(o: { grid: Grid; sink: TimelineSink; newStint: () => string }): Timeline {
  const { grid, sink } = o;
  const soundsPerTick = SOUND_RATE / SAMPLES_PER_AAC_FRAME / grid.rate;
  let nextTick: number | null = null;
  let nextSound = 0;
  let hasSound = false;
  let source: string | null = null;
  /** The run whose next picture needs no key: nothing else was placed since its last. */
  let joined: string | null = null;
  let slate: Slate | null = null;
  let stint: { readonly id: string; readonly sinceTick: number } | null = null;

  const soundAt = (tick: number) => tick * soundsPerTick;

  function begin(tick: number): void {
    nextTick = tick;
    nextSound = Math.round(soundAt(tick));
  }

  function enter(id: string): void {
    if (source === id) return;
    source = id;
    sink.cut(id);
  }

  function coverUpTo(tick: number): void {
    if (!slate || nextTick === null || nextTick >= tick) return;
    joined = null;
    stint ??= { id: o.newStint(), sinceTick: nextTick };
    enter(stint.id);
    while (nextTick < tick) {
      // Its loop begins anew with each segment, as a run's pictures do.
      const since = Math.max(stint.sinceTick, Math.floor(nextTick / grid.framesPerSegment) * grid.framesPerSegment);
      const { isKey, pictures } = slateRow(slate, nextTick - since);
      sink.picture(nextTick++, isKey, pictures);
    }
    coverSound();
  }

  /** Sound that is this far behind its picture is not coming any more. */
  function coverSound(): void {
    if (!slate || nextTick === null || nextSound >= soundAt(nextTick - SLATE_AFTER_SECONDS * grid.rate)) return;
    const until = Math.floor(soundAt(nextTick - SLATE_LAG_SECONDS * grid.rate));
    while (nextSound < until) sink.sound(nextSound++, slate.silence);
  }

  /** Whether a part begins within [from, to). */
  function hasPartStart(from: number, to: number): boolean {
    for (let tick = from; tick < to; tick++) if (tick % grid.framesPerSegment % grid.framesPerPart === 0) return true;
    return false;
  }

  function hasSegmentStart(from: number, to: number): boolean {
    return Math.ceil(from / grid.framesPerSegment) * grid.framesPerSegment < to;
  }

  return {
    get nextTick() {
      return nextTick;
    },
    get nextSound() {
      return nextTick === null ? null : nextSound;
    },
    get source() {
      return source;
    },
    get isSlate() {
      return stint !== null;
    },
    begin,
    addPicture(run, tick, isKey, pictures) {
      if (nextTick === null || tick < nextTick || (joined !== run && !isKey)) return;
      if (hasPartStart(nextTick, tick) && slate) {
        // No picture stands for longer than its part; the run comes in again with its next key picture.
        coverUpTo(isKey ? tick : tick + 1);
        if (!isKey) return;
      }
      if (!isKey && hasSegmentStart(nextTick, tick)) return; // and there is no slate yet
      joined = run;
      stint = null;
      enter(run);
      sink.picture(tick, isKey, pictures);
      nextTick = tick + 1;
      coverSound();
    },
    addSound(index, data) {
      if (nextTick === null || index < nextSound) return;
      while (slate && nextSound < index) sink.sound(nextSound++, slate.silence);
      hasSound = true;
      nextSound = index; // no silence to fill with: only before the first slate is encoded
      sink.sound(nextSound++, data);
    },
    cover(dueTick) {
      if (nextTick === null) return;
      const afterSeconds = stint ? SLATE_LAG_SECONDS : source === null ? FIRST_AFTER_SECONDS : SLATE_AFTER_SECONDS;
      if (dueTick - nextTick < afterSeconds * grid.rate) return;
      const untilTick = dueTick - Math.round(SLATE_LAG_SECONDS * grid.rate) + 1;
      // Nobody was promised anything yet: the show begins now.
      if (source === null && slate && !hasSound) begin(untilTick - 1);
      coverUpTo(untilTick);
    },
    setSlate(fresh) {
      slate = fresh;
      stint = null; // what is shown next may have another init
    },
  };
}
