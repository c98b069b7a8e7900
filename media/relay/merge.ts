import type { Position } from "../hls/segment.ts";
import { compareTerms, type Entry } from "./entry.ts";
import { isBehind } from "./log.ts";

/** An entry in its turn. `isAnew`: it does not follow what was taken before, and begins a segment. */
export interface Taken {
  readonly entry: Entry;
  readonly isAnew: boolean;
}

/** Of one log or two the entries in one order: each once, those of an older life of the origin not at all. Knows no clock. */
export interface Merge {
  /** An entry from any log: what can be taken now, in order. */
  offer(entry: Entry, nowMs: number): readonly Taken[];
  /** What has waited long enough for what should stand before it. */
  settle(nowMs: number): readonly Taken[];
  /** The newest position taken. */
  readonly position: Position | null;
}

/** Entries that wait: about as many as one answer of an engine brings. */
const MOST_WAITING = 40;
/** Times are sums of fractions; far less than a frame. */
const ROUNDING_SECONDS = 1e-3;

/** `patienceMs`: how long an entry waits for those before it, which the other log may have; 0 with one log. */
export function createMerge({ patienceMs }: { readonly patienceMs: number }): Merge {
  let last: { readonly entry: Entry; readonly endSeconds: number } | null = null;
  let waiting: { readonly entry: Entry; readonly sinceMs: number }[] = [];

  function follows({ term, part, head }: Entry): boolean {
    if (last === null || compareTerms(term, last.entry.term) !== 0) return false;
    const { part: before, next } = last.entry;
    if (part.msn === before.msn) return part.part === before.part + 1 && next === null;
    return part.msn === before.msn + 1 && head !== null && Math.abs(head.mediaTimeSeconds - last.endSeconds) < ROUNDING_SECONDS;
  }

  function isOld({ term, part }: Entry): boolean {
    if (last === null) return false;
    const age = compareTerms(term, last.entry.term);
    return age < 0 || (age === 0 && !isBehind(part, last.entry.part));
  }

  function take(entry: Entry, isAnew: boolean): Taken {
    const startSeconds = entry.head?.mediaTimeSeconds ?? last!.endSeconds;
    last = { entry, endSeconds: startSeconds + entry.part.durationSeconds };
    return { entry, isAnew };
  }

  /** Whatever follows now of what waits. */
  function drain(): Taken[] {
    const taken: Taken[] = [];
    for (;;) {
      waiting = waiting.filter(({ entry }) => !isOld(entry));
      const next = waiting.find(({ entry }) => follows(entry));
      if (next === undefined) return taken;
      taken.push(take(next.entry, false));
    }
  }

  function settle(nowMs: number): readonly Taken[] {
    const taken: Taken[] = [];
    while (waiting.some(({ sinceMs }) => nowMs - sinceMs >= patienceMs)) {
      const first = waiting.filter(({ entry }) => entry.head !== null).sort((a, b) => compareEntries(a.entry, b.entry))[0];
      if (first === undefined) {
        // There is no beginning among them: one will come.
        waiting = waiting.filter(({ sinceMs }) => nowMs - sinceMs < patienceMs);
        return taken;
      }
      taken.push(take(first.entry, true), ...drain());
    }
    return taken;
  }

  return {
    offer(entry, nowMs) {
      if (isOld(entry)) return [];
      if (follows(entry)) return [take(entry, false), ...drain()];
      const isOfNewLife = last === null || compareTerms(entry.term, last.entry.term) > 0;
      if (isOfNewLife && entry.head !== null) return [take(entry, true), ...drain()];
      waiting = [...waiting.filter(({ entry: other }) => compareEntries(other, entry) !== 0), { entry, sinceMs: nowMs }].slice(
        -MOST_WAITING,
      );
      return settle(nowMs);
    },
    settle,
    get position() {
      return last?.entry.part ?? null;
    },
  };
}

function compareEntries(a: Entry, b: Entry): number {
  return compareTerms(a.term, b.term) || a.part.msn - b.part.msn || a.part.part - b.part.part;
}
