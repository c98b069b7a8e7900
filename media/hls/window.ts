import type { SetTimer } from "../timer.ts";
import type { Part, Position, Segment, SegmentHead } from "./segment.ts";
import { createWakeup } from "./wakeup.ts";

/** The part that comes next, known and hinted as soon as the one before is published. For part 0 the head is that of the segment to come. */
export interface Upcoming extends SegmentHead {
  readonly part: number;
}

/**
 * The rows of parts that can still be fetched, all renditions side by side.
 * What it hands out are values: a `Segment` or a list of segments that somebody holds never changes, a change puts new ones in their place.
 * A closed segment and each part stay the same objects for as long as they are kept, so they may be keys of a WeakMap.
 */
export interface Window {
  /** Oldest first, MSNs without a gap; the last may be open. */
  readonly segments: readonly Segment[];
  /** The next part; null before the first announcement and between `close` and `announce`. */
  readonly upcoming: Upcoming | null;
  /** One more at every change. */
  readonly version: number;
  readonly isEnded: boolean;
  /** The show has ended: nothing is added any more, until `clear`. */
  readonly isFinished: boolean;
  /**
   * Says what the next segment will be, so that its part 0 can be hinted. A second announcement before that part replaces the first,
   * whose hint is then void. Call it in the same turn as `close`: nobody is woken in between. Throws if a segment is open or the MSN is not the next one.
   */
  announce(head: SegmentHead): void;
  /** Adds a part to the open segment, or opens the announced one with its part 0. Throws if it is not the upcoming part. */
  publish(part: Part): void;
  /** Closes the open segment, however short it is; does nothing where none is open. Then lets go of what is no longer kept. */
  close(): void;
  /** The segment with that MSN, open or closed. */
  find(msn: number): Segment | null;
  /** Where the newest published part stands. */
  last(): Position | null;
  /** Waits until something changes, at the longest until `untilMs`. After `end` it returns at once: look at `isEnded` before waiting again. */
  waitForChange(untilMs: number): Promise<"woken" | "timeout">;
  /** The show has ended: closes the open segment, and nothing comes next. Everybody is woken, and what was published can be fetched. Twice is harmless. */
  finish(): void;
  /** Lets go of all segments, for the next show, or for what stands behind a hole: it may begin with any MSN. */
  clear(): void;
  /** Lets everybody go for good. Ending twice is harmless. */
  end(): void;
}

/**
 * Keeps `keepSeconds` of closed segments, counted in media time, beside the open one. That must be more than the longest playlist and the segment
 * before it (rule 71; a playlist looks one segment back to know whether a rendition changes). `now` is for the limits of waits only, in milliseconds.
 */
export function createWindow(o: { keepSeconds: number; now: () => number; setTimer?: SetTimer }): Window {
  const wakeup = createWakeup(o);
  let segments: readonly Segment[] = [];
  let upcoming: Upcoming | null = null;
  let version = 0;
  let isEnded = false;
  let isFinished = false;

  function openSegment(): Segment | null {
    const newest = segments.at(-1);
    return newest === undefined || newest.isClosed ? null : newest;
  }

  function announce(head: SegmentHead): void {
    const newest = segments.at(-1);
    if (newest !== undefined && !newest.isClosed) {
      throw new Error(`Cannot announce segment ${head.msn}: segment ${newest.msn} is still open`);
    }
    if (!Number.isSafeInteger(head.msn) || head.msn < 0 || (newest !== undefined && head.msn !== newest.msn + 1)) {
      throw new RangeError(`Cannot announce segment ${head.msn}: the newest is ${newest?.msn ?? "none"}`);
    }
    upcoming = upcomingPart(head, 0);
    changed();
  }

  function publish(part: Part): void {
    if (upcoming === null || part.msn !== upcoming.msn || part.part !== upcoming.part) {
      throw new RangeError(
        `Cannot publish part ${part.msn}.${part.part}: ${
          upcoming === null ? "nothing is announced" : `${upcoming.msn}.${upcoming.part} is next`
        }`,
      );
    }
    const open = openSegment();
    const kept = open === null ? segments : segments.slice(0, -1);
    segments = Object.freeze([...kept, withPart(open ?? upcoming, open?.parts ?? [], part)]);
    upcoming = upcomingPart(upcoming, part.part + 1);
    changed();
  }

  function close(): void {
    const open = openSegment();
    if (open === null) return;
    const closed = Object.freeze([...segments.slice(0, -1), Object.freeze({ ...open, isClosed: true })]);
    segments = Object.freeze(closed.slice(countExpired(closed, o.keepSeconds)));
    upcoming = null;
    changed();
  }

  function find(msn: number): Segment | null {
    const oldest = segments[0];
    return oldest === undefined ? null : segments[msn - oldest.msn] ?? null;
  }

  function last(): Position | null {
    const newest = segments.at(-1);
    return newest === undefined ? null : { msn: newest.msn, part: newest.parts.length - 1 };
  }

  function finish(): void {
    close();
    upcoming = null;
    isFinished = true;
    changed();
  }

  function clear(): void {
    segments = Object.freeze([]);
    upcoming = null;
    isFinished = false;
    changed();
  }

  function changed(): void {
    version += 1;
    wakeup.wakeAll();
  }

  function end(): void {
    isEnded = true;
    wakeup.wakeAll();
  }

  return {
    get segments() {
      return segments;
    },
    get upcoming() {
      return upcoming;
    },
    get version() {
      return version;
    },
    get isEnded() {
      return isEnded;
    },
    get isFinished() {
      return isFinished;
    },
    announce,
    publish,
    close,
    find,
    last,
    waitForChange: (untilMs) => isEnded ? Promise.resolve("woken") : wakeup.wait(untilMs),
    finish,
    clear,
    end,
  };
}

function upcomingPart(head: SegmentHead, part: number): Upcoming {
  const { msn, run, initRuns, mediaTimeSeconds, programDateTimeMs } = head;
  return Object.freeze({ msn, run, initRuns, mediaTimeSeconds, programDateTimeMs, part });
}

function withPart(head: SegmentHead, parts: readonly Part[], part: Part): Segment {
  const { msn, run, initRuns, mediaTimeSeconds, programDateTimeMs } = head;
  const all = Object.freeze([...parts, part]);
  const durationSeconds = all.reduce((sum, each) => sum + each.durationSeconds, 0);
  return Object.freeze({ msn, run, initRuns, mediaTimeSeconds, programDateTimeMs, parts: all, durationSeconds, isClosed: false });
}

/** How many of the oldest can go so that the rest is still `keepSeconds` long. */
function countExpired(closed: readonly Segment[], keepSeconds: number): number {
  let restSeconds = closed.reduce((sum, segment) => sum + segment.durationSeconds, 0);
  let expired = 0;
  for (const segment of closed) {
    restSeconds -= segment.durationSeconds;
    if (restSeconds < keepSeconds) break;
    expired += 1;
  }
  return expired;
}
