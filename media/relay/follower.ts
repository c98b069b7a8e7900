import type { SegmentHead } from "../hls/segment.ts";
import type { Window } from "../hls/window.ts";
import type { Init } from "../mp4/inits.ts";
import type { Entry } from "./entry.ts";
import type { Taken } from "./merge.ts";

/** Fills the window and the inits of an edge as the segmenter fills an origin's. */
export interface Follower {
  /** Throws a RangeError for an entry out of its turn, which `merge.ts` promises there is none of. */
  take(taken: Taken): void;
  readonly inits: { find(run: string, rendition: number): Init | null };
  /** The newest entry, and when it came; null before the first. */
  readonly newest: { readonly entry: Entry; readonly atMs: number } | null;
  /** How much later than usual the newest entry came: what lies between the two clocks does not count. */
  readonly lateMs: number;
}

export interface FollowerOptions {
  readonly window: Window;
  /** Settles what acts on the choices for a segment, before it is announced. */
  readonly settle: (entry: Entry) => void;
  readonly onClosed: () => void;
  /** What the window had is gone: the show goes on behind a hole. */
  readonly onAnew: (entry: Entry) => void;
  /** A clock that nobody sets, in ms. */
  readonly monotonic: () => number;
  readonly wallMs: () => number;
}

/** Clocks drift: the least difference is that of the last so many entries. */
const DIFFERENCES_KEPT = 300;

export function createFollower(o: FollowerOptions): Follower {
  const { window } = o;
  const inits = new Map<string, Init>();
  const key = (run: string, rendition: number) => `${run} ${rendition}`;
  let newest: Follower["newest"] = null;
  let differences: number[] = [];

  function announce(head: SegmentHead, entry: Entry): void {
    o.settle(entry);
    window.announce(head);
  }

  function close(): void {
    window.close();
    o.onClosed();
    const heads = [...window.segments, ...(newest?.entry.next ? [newest.entry.next] : [])];
    const used = new Set(heads.flatMap(({ initRuns }) => initRuns.map(key)));
    for (const name of inits.keys()) if (!used.has(name)) inits.delete(name);
  }

  return {
    take({ entry, isAnew }) {
      const { part, head, next } = entry;
      const isNextShow = window.isFinished;
      if (isNextShow || (isAnew && window.upcoming !== null)) {
        window.clear();
        if (!isNextShow) o.onAnew(entry);
      }
      if (head !== null && window.last()?.msn === head.msn - 1 && window.find(head.msn - 1)?.isClosed === false) close();
      newest = { entry, atMs: o.monotonic() };
      differences = [...differences, o.wallMs() - entry.sentAtMs].slice(-DIFFERENCES_KEPT);
      for (const { run, rendition, bytes, codecs, width, height } of entry.inits) {
        if (!inits.has(key(run, rendition))) inits.set(key(run, rendition), { bytes, codecs, width, height });
      }
      if (head !== null && !isSame(window.upcoming, head)) announce(head, entry);
      window.publish(part);
      if (next === null) return;
      close();
      announce(next, entry);
    },
    inits: { find: (run, rendition) => inits.get(key(run, rendition)) ?? null },
    get newest() {
      return newest;
    },
    get lateMs() {
      const last = differences.at(-1);
      return last === undefined ? 0 : last - differences.reduce((least, each) => Math.min(least, each), Infinity);
    },
  };
}

function isSame(a: SegmentHead | null, b: SegmentHead): boolean {
  return a !== null && a.msn === b.msn && a.run === b.run && a.mediaTimeSeconds === b.mediaTimeSeconds &&
    a.programDateTimeMs === b.programDateTimeMs && a.initRuns.length === b.initRuns.length &&
    a.initRuns.every((run, at) => run === b.initRuns[at]);
}
