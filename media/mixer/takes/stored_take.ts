import type { RawPicture } from "../../intake/raw_picture.ts";
import { createLoopMemory, type LoopReader } from "./loop_memory.ts";
import { createPass, type Pass } from "./pass.ts";
import type { Take, TakeInput } from "./take.ts";

/**
 * What has a duration: a row of passes (the same file again, or the next of a list), each of which begins exactly where the one before ends,
 * picture and sound. Its own input is that of the first pass, for good; each further one has its own.
 */
export interface StoredTake extends Take {
  /** The first pass's first time (the smallest that is known by now, if none was handed in) stands there. */
  begin(atShowMs: number): void;
  /** Opens the next pass, for an intake that is begun some time before the end. It begins by itself: at the end, or when it has a picture if that is later. */
  startPass(startUs?: number): TakeInput;
  /** Where the newest pass begins; null until that is known. */
  readonly newestBeginsAtMs: number | null;
  /** Where the newest pass ends; null until it has begun and both its outputs have ended. */
  readonly endsAtMs: number | null;
  /** What was read is not whole: nothing of it is kept for later passes. Too late where a pass already is. */
  keepNothing(): void;
  /** All further passes come out of memory: no intake is needed any more. */
  readonly playsFromMemory: boolean;
  /** How long the next picture has been due without having been read, as of the last `pictureAt`: more than a second says that the source cannot keep up. */
  readonly behindMs: number;
  /** All that is still to come comes so much later: for a source that cannot keep up. */
  postpone(byMs: number): void;
}

export interface StoredTakeOptions {
  /** The most pictures that wait in each pass: 8, or 24 MB worth, but at least 2. */
  readonly ceiling: number;
  /** It is played again and again, from memory if the first pass decodes to little enough. */
  readonly loops: boolean;
  /** The first pass's first time, where the probe knows it. */
  readonly startUs?: number;
  /** The interval of a file of one picture; 40 if nothing is said. */
  readonly usualIntervalMs?: number;
  /** Of what is kept for later passes; 48 MB if nothing is said. */
  readonly mostLoopBytes?: number;
}

export function createStoredTake({ ceiling, loops, startUs, usualIntervalMs = 40, mostLoopBytes }: StoredTakeOptions): StoredTake {
  const memory = loops ? createLoopMemory(mostLoopBytes) : null;
  /** Those that are not over yet, the eldest first. */
  const passes: OpenPass[] = [];
  let shown: RawPicture | null = null;
  let newestShownAtMs: number | null = null;
  let shownToMs = -Infinity, heardToMs = -Infinity;
  let firstUs = startUs;
  let scratch = new Float32Array(0);
  let isClosed = false;

  function openPass(startUs: number | undefined, readMemory: LoopReader | null): OpenPass {
    const pass = createPass({ ...(startUs !== undefined && { startUs }), ceiling, usualIntervalMs });
    if (isClosed) pass.close();
    const opened = { pass, readMemory, input: passes.length === 0 && memory ? memory.listen(pass) : pass };
    passes.push(opened);
    return opened;
  }

  function newest(): OpenPass {
    return passes.at(-1)!;
  }

  /** Lets passes begin that can, and keeps one more ready where memory has it. */
  function goOn(showMs: number): void {
    for (const { pass, readMemory } of passes) readMemory?.(pass, ceiling, showMs);
    for (let i = 1; i < passes.length; i++) beginAfter(passes[i - 1]!.pass, passes[i]!.pass, showMs);
    if (memory?.state === "whole" && (newest().pass.beginsAtMs ?? Infinity) <= showMs && newest().pass.endsAtMs !== null) {
      firstUs ??= newest().pass.firstMs! * 1000;
      const { pass, readMemory } = openPass(firstUs, memory.play());
      readMemory!(pass, ceiling, showMs);
      beginAfter(passes.at(-2)!.pass, pass, showMs);
    }
  }

  function beginAfter(before: Pass, pass: Pass, showMs: number): void {
    const { endsAtMs } = before;
    if (endsAtMs === null || pass.beginsAtMs !== null) return;
    if (pass.isReady && endsAtMs >= showMs) pass.begin(endsAtMs);
    else if (endsAtMs < showMs && (pass.isReady || pass.hasPicture)) pass.begin(showMs);
  }

  /** A pass is over when its end was seen and heard; where nobody listens, a second later. */
  function closeOld(): void {
    while (passes.length > 1) {
      const { endsAtMs } = passes[0]!.pass;
      if (endsAtMs === null || passes[1]!.pass.beginsAtMs === null || endsAtMs > shownToMs) return;
      if (endsAtMs > heardToMs && endsAtMs > shownToMs - UNHEARD_MS) return;
      passes.shift()!.pass.close();
    }
  }

  const first = openPass(startUs, null);

  return {
    begin(atShowMs) {
      first.pass.begin(atShowMs);
    },
    startPass(startUs) {
      return openPass(startUs, null).input;
    },
    addPicture: (picture, ptsUs, atMs, wasHeldBack) => first.input.addPicture(picture, ptsUs, atMs, wasHeldBack),
    addSound: (samples, ptsUs, atMs) => first.input.addSound(samples, ptsUs, atMs),
    endPictures: () => first.input.endPictures(),
    endSound: () => first.input.endSound(),
    get picturesWaiting() {
      return first.pass.picturesWaiting;
    },
    get soundWaitingMs() {
      return first.pass.soundWaitingMs;
    },
    pictureAt(showMs) {
      shownToMs = Math.max(shownToMs, showMs);
      for (let i = 0, opened = -1; i < MOST_PASSES_A_TICK && opened !== passes.length; i++) {
        opened = passes.length;
        goOn(showMs);
      }
      for (const { pass } of passes) {
        const due = pass.takeDue(showMs);
        if (!due) continue;
        shown?.release();
        shown = due;
        newestShownAtMs = showMs;
      }
      closeOld();
      return shown;
    },
    readSound(into, fromShowMs) {
      const toMs = fromShowMs + (into.length >> 1) / 48;
      heardToMs = Math.max(heardToMs, toMs);
      into.fill(0);
      if (scratch.length !== into.length) scratch = new Float32Array(into.length);
      for (const { pass } of passes) {
        if (pass.beginsAtMs === null || pass.beginsAtMs >= toMs) continue;
        pass.readSound(scratch, fromShowMs);
        for (let i = 0; i < into.length; i++) into[i]! += scratch[i]!;
      }
      closeOld();
    },
    get newestShownAtMs() {
      return newestShownAtMs;
    },
    soundLatenessMs: 0,
    get firstPicture() {
      return shown ? null : passes[0]!.pass.nextPicture;
    },
    get newestBeginsAtMs() {
      return newest().pass.beginsAtMs;
    },
    get endsAtMs() {
      return newest().pass.endsAtMs;
    },
    keepNothing() {
      if (memory?.state === "recording") memory.close();
    },
    get playsFromMemory() {
      return memory?.state === "whole";
    },
    get behindMs() {
      return Math.max(0, ...passes.map(({ pass }) => pass.behindMs(shownToMs)));
    },
    postpone(byMs) {
      for (const { pass } of passes) pass.postpone(byMs);
    },
    close() {
      isClosed = true;
      for (const { pass } of passes) pass.close();
      memory?.close();
      shown?.release();
      shown = null;
    },
  };
}

interface OpenPass {
  readonly pass: Pass;
  readonly input: TakeInput;
  /** Where it comes out of memory. */
  readonly readMemory: LoopReader | null;
}

const MOST_PASSES_A_TICK = 100;
const UNHEARD_MS = 1000;
