/**
 * Sound on a line of samples (48 kHz, interleaved stereo), written piece by piece and read in blocks. Memory grows in steps up to a ceiling,
 * for what is written, not for the holes' places. Holes are exact silence with 2 ms of fading at their edges.
 */
export interface SoundRing {
  /**
   * Puts samples at a whole position, behind all that was written before, and gives the place where it stopped: their end, or sooner where
   * there is no room. What lies before what was read is dropped. `isSeam`: they do not follow from those in front of them, even if they touch.
   */
  write(samples: Int16Array, position: number, isSeam: boolean): number;
  /** Would a sample at that position find room? */
  hasRoomAt(position: number): boolean;
  /** Fills the block from `position` on, -1 to 1. Blocks that follow each other to within a sample are joined exactly. */
  read(into: Float32Array, position: number): void;
  /** No more comes: the end is no hole, and not faded. */
  end(): void;
  /** Samples written and not yet read. */
  readonly waiting: number;
  /** Memory taken. */
  readonly bytes: number;
  /** Forgets what was not read. */
  clear(): void;
}

export interface SoundRingOptions {
  /** The most that may wait. */
  readonly mostSamples: number;
  /** What stays when more comes: live sound keeps the newest, stored sound the oldest. */
  readonly keeps: "newest" | "oldest";
}

export function createSoundRing({ mostSamples, keeps }: SoundRingOptions): SoundRing {
  const tail = createTail();
  let ring = new Int16Array(0);
  let spans: Span[] = [];
  /** Nothing before this is kept: it was read, or newer sound took its room. */
  let low = -Infinity;
  let readTo: number | null = null;
  let isFirst = true;
  let isEnded = false;
  /** The span that the last block ended in, and where. */
  let playing: Span | null = null;
  let playedTo = 0;

  function firstKept(): number {
    return Math.max(low, spans[0]?.start ?? low);
  }

  function openSpan(start: number, isSeam: boolean): Span {
    const last = spans.at(-1);
    if (last && last.end === start && !isSeam) return last;
    const span = { start, end: start, fadesIn: !isFirst };
    isFirst = false;
    spans.push(span);
    if (spans.length > MOST_SPANS) spans.shift();
    return span;
  }

  function forget(): void {
    while (spans.length > 1 && spans[0]!.end <= low) spans.shift();
  }

  function makeRoom(samples: number): void {
    const capacity = ring.length >> 1;
    if (samples <= capacity) return;
    const larger = new Int16Array(Math.min(mostSamples, Math.max(LEAST_SAMPLES, capacity * 2, samples)) * 2);
    for (const span of spans) move(ring, larger, Math.max(span.start, low), span.end);
    ring = larger;
  }

  /** Adds one span's share of the block that begins at `from`. */
  function play(into: Float32Array, from: number, start: number, end: number, span: Span): void {
    const capacity = ring.length >> 1;
    for (let at = start, place = modulo(start, capacity) * 2, i = (start - from) * 2; at < end; at++, i += 2, place += 2) {
      if (place === ring.length) place = 0;
      const age = at - span.start;
      const gain = span.fadesIn && age < FADE_SAMPLES ? (age + 1) / FADE_SAMPLES / 32768 : 1 / 32768;
      into[i]! += ring[place]! * gain;
      into[i + 1]! += ring[place + 1]! * gain;
    }
  }

  function fadeOut(into: Float32Array, from: number): void {
    const isTheEnd = isEnded && playing === spans.at(-1);
    const last = modulo(playedTo - 1, ring.length >> 1) * 2;
    if (!isTheEnd && ring.length > 0) tail.begin(into, playedTo - from, ring[last]! / 32768, ring[last + 1]! / 32768);
    playing = null;
  }

  return {
    write(samples, position, isSeam) {
      const until = position + (samples.length >> 1);
      if (keeps === "newest") low = Math.max(low, until - mostSamples);
      if (spans.length === 1 && spans[0]!.end <= low && playing !== spans[0]) spans = [];
      const start = Math.max(position, low);
      const end = keeps === "newest" ? until : Math.min(until, (spans.length > 0 ? firstKept() : start) + mostSamples);
      if (end <= start) return until <= low ? until : Math.max(position, Math.min(end, until));
      const span = openSpan(start, isSeam);
      forget();
      makeRoom(end - firstKept());
      const capacity = ring.length >> 1;
      for (let at = start; at < end;) {
        const place = modulo(at, capacity);
        const count = Math.min(end - at, capacity - place);
        ring.set(samples.subarray((at - position) * 2, (at - position + count) * 2), place * 2);
        at += count;
      }
      span.end = end;
      return end;
    },
    hasRoomAt: (position) => keeps === "newest" || spans.length === 0 || position < firstKept() + mostSamples,
    read(into, position) {
      const frames = into.length >> 1;
      const isNext = readTo !== null && Math.abs(position - readTo) < 1;
      const from = isNext ? readTo! : Math.round(position);
      const to = from + frames;
      if (!isNext) playing = null;
      into.fill(0);
      tail.play(into, 0);
      for (const span of spans) {
        const start = Math.max(span.start, from, readTo ?? low), end = Math.min(span.end, to);
        if (end <= start) continue;
        if (playing && (playing !== span || start !== playedTo)) fadeOut(into, from);
        play(into, from, start, end, span);
        playing = span;
        playedTo = end;
      }
      if (playing && playedTo < to) fadeOut(into, from);
      readTo = Math.max(readTo ?? to, to);
      low = Math.max(low, readTo);
      forget();
    },
    end() {
      isEnded = true;
    },
    get waiting() {
      return spans.reduce((sum, { start, end }) => sum + Math.max(0, end - Math.max(start, low)), 0);
    },
    get bytes() {
      return ring.byteLength;
    },
    clear() {
      ring = new Int16Array(0);
      spans = [];
      playing = null;
      low = readTo ?? -Infinity;
    },
  };
}

/** A stretch without a hole: [start, end). */
interface Span {
  readonly start: number;
  end: number;
  readonly fadesIn: boolean;
}

/** 2 ms. */
const FADE_SAMPLES = 96;
const LEAST_SAMPLES = 4096;
/** Of a track in more pieces than that the newest are kept. */
const MOST_SPANS = 256;

/** What follows the last sample in front of a hole: its value, sinking to zero. */
function createTail() {
  let left = 0, right = 0, age = FADE_SAMPLES;

  function play(into: Float32Array, frame: number): void {
    for (; age < FADE_SAMPLES && frame * 2 < into.length; age++, frame++) {
      const gain = 1 - (age + 1) / FADE_SAMPLES;
      into[frame * 2]! += left * gain;
      into[frame * 2 + 1]! += right * gain;
    }
  }

  return {
    play,
    begin(into: Float32Array, frame: number, fromLeft: number, fromRight: number): void {
      [left, right, age] = [fromLeft, fromRight, 0];
      play(into, frame);
    },
  };
}

function modulo(position: number, capacity: number): number {
  return ((position % capacity) + capacity) % capacity;
}

/** Carries [start, end) from one ring's place to the other's. */
function move(from: Int16Array, to: Int16Array, start: number, end: number): void {
  const small = from.length >> 1, large = to.length >> 1;
  for (let at = start; at < end;) {
    const source = modulo(at, small), target = modulo(at, large);
    const count = Math.min(end - at, small - source, large - target);
    to.set(from.subarray(source * 2, (source + count) * 2), target * 2);
    at += count;
  }
}
