import type { Position, Segment } from "../hls/segment.ts";
import type { Window } from "../hls/window.ts";
import { createTeller, sayDuration } from "../teller.ts";
import { compareTerms, type Entry, readEntry, type RelayedInit, type Term, writeEntry } from "./entry.ts";
import { isBehind, type Log, LogAway } from "./log.ts";

export interface Publisher {
  /** The newest part that the log has of us; null for none. */
  readonly sent: Position | null;
  stop(): Promise<void>;
}

export interface PublisherOptions {
  readonly log: Log;
  readonly term: Term;
  readonly window: Pick<Window, "segments" | "upcoming" | "find" | "isEnded" | "waitForChange">;
  readonly init: (run: string, rendition: number) => Omit<RelayedInit, "run" | "rendition"> | null;
  readonly now: () => { readonly motion: Entry["motion"]; readonly state: Entry["state"] };
  readonly keepSeconds: number;
  readonly segmentSeconds: number;
  /** Tells the log of the show, before its first row. */
  readonly show: () => string;
  /** The window's clock, in ms. */
  readonly monotonic: () => number;
  readonly pause: (forMs: number) => Promise<unknown>;
  /** Takes whole lines for the streamer. */
  readonly say: (line: string) => void;
}

/** How long a pause between two tries. */
const AGAIN_MS = 200;
/** Rows are looked for at least so often, and the show is told anew. */
const TELL_EVERY_MS = 1000;
const FENCED_AFTER_MS = 3000;
/** So much is left in an engine that is full. */
const FULL_KEEP_SECONDS = 10;

/**
 * Sends what the window has and the log has not, whatever became of the log meanwhile: at the beginning, after every pause and after each change of the window. It
 * looks at the window as any viewer does and keeps nothing of its own: nothing that happens here can hold up the picture.
 */
export function startPublisher(o: PublisherOptions): Publisher {
  const { log, window, term } = o;
  const teller = createTeller({
    now: o.monotonic,
    log: o.say,
    say: {
      begins: (reason) => `${log.name}: ${reason}. The show goes on here; other boxes get no picture over it until it is back.`,
      lasts: (reason, forMs) => `${log.name}: ${reason}, for ${sayDuration(forMs)} now.`,
      isOver: (forMs) => `${log.name} carries the show again, after ${sayDuration(forMs)}.`,
    },
  });
  let isStopped = false;
  let sent: Position | null = null;
  let wake = () => {};
  let toldAtMs = -Infinity;
  let fencedSinceMs: number | null = null;

  async function run(): Promise<void> {
    while (!isStopped) {
      try {
        await log.ready();
        if (isStopped) return;
        const { lives } = log;
        await tellShow();
        sent = await findSent();
        await send(lives);
      } catch (problem) {
        if (isStopped) return;
        // Whatever it is: the show here must not hear of it.
        const { message } = problem instanceof Error ? problem : new Error(String(problem));
        fencedSinceMs = message === FENCED ? fencedSinceMs ?? o.monotonic() : null;
        // An earlier life of this server, that was killed, holds the show for a moment.
        if (fencedSinceMs === null || o.monotonic() - fencedSinceMs >= FENCED_AFTER_MS) teller.trouble(message);
        if (problem instanceof LogAway && problem.isFull) await makeRoom();
        await o.pause(AGAIN_MS);
      }
    }
  }

  async function tellShow(): Promise<void> {
    toldAtMs = o.monotonic();
    if (await log.tellShow(o.show(), term.name) === "fenced") throw new LogAway(FENCED);
  }

  /** Where the log stands: rows of an earlier life go before ours, wherever they stand, as long as ours can follow them. */
  async function findSent(): Promise<Position | null> {
    const top = await log.top();
    const newest = window.segments.at(-1);
    if (top === null || newest === undefined) return null;
    const read = readEntry(top.bytes);
    if (read.kind === "entry" && compareTerms(read.entry.term, term) === 0) return top.position;
    if (isBehind({ msn: newest.msn, part: newest.parts.length - 1 }, top.position)) {
      const first = window.segments.find(({ msn }) => msn > top.position.msn);
      return { msn: (first?.msn ?? newest.msn + 1) - 1, part: Infinity };
    }
    o.say(`${log.name} holds a show that is further on than this one (segment ${top.position.msn}): it is begun anew there.`);
    await log.clear();
    return null;
  }

  /** Returns where the window has ended, or the log may hold something else. Throws a LogAway. */
  async function send(lives: number): Promise<void> {
    while (!isStopped && log.lives === lives) {
      const next = findNext(window.segments, sent);
      if (next === null) {
        if (window.isEnded) return void (isStopped = true);
        if (o.monotonic() - toldAtMs >= TELL_EVERY_MS) await tellShow();
        await Promise.race([window.waitForChange(o.monotonic() + TELL_EVERY_MS), new Promise<void>((resolve) => wake = resolve)]);
        continue;
      }
      const bytes = writeEntry(describe(next.segment, next.part));
      const position = { msn: next.segment.msn, part: next.part };
      const keepFromMsn = next.segment.msn - Math.ceil(o.keepSeconds / o.segmentSeconds);
      const outcome = await log.append({ position, bytes }, { term: term.name, keepFromMsn });
      if (outcome === "fenced") throw new LogAway(FENCED);
      teller.over();
      sent = outcome === "kept" ? position : await findSent();
    }
  }

  function describe(segment: Segment, index: number): Entry {
    const following = window.find(segment.msn + 1) ?? (window.upcoming?.msn === segment.msn + 1 ? window.upcoming : null);
    const isLast = segment.isClosed && index === segment.parts.length - 1;
    const head = index === 0 ? headOf(segment) : null;
    const next = isLast && following !== null ? headOf(following) : null;
    const hasNewInits = next !== null && next.initRuns.some((run, at) => run !== segment.initRuns[at]);
    const named = [...(head === null ? [] : [head]), ...(hasNewInits ? [next] : [])];
    return {
      term,
      part: segment.parts[index]!,
      head,
      next,
      inits: named.flatMap(({ initRuns }) =>
        initRuns.flatMap((run, rendition) => {
          const init = o.init(run, rendition);
          return init === null ? [] : [{ run, rendition, ...init }];
        })
      ),
      ...o.now(),
      sentAtMs: Date.now(),
    };
  }

  async function makeRoom(): Promise<void> {
    const newest = window.segments.at(-1)?.msn ?? 0;
    await log.trim(newest - Math.ceil(FULL_KEEP_SECONDS / o.segmentSeconds)).catch(() => {});
  }

  const running = run();
  return {
    get sent() {
      return sent;
    },
    async stop() {
      isStopped = true;
      wake();
      await running;
    },
  };
}

const FENCED = "another Tercet makes this show; this one waits until that has ended";

/** The first part behind a position that the window still has. */
function findNext(segments: readonly Segment[], sent: Position | null): { readonly segment: Segment; readonly part: number } | null {
  const oldest = segments[0];
  if (oldest === undefined) return null;
  if (sent === null || sent.msn < oldest.msn) return { segment: oldest, part: 0 };
  const segment = segments[sent.msn - oldest.msn];
  if (segment !== undefined && sent.part + 1 < segment.parts.length) return { segment, part: sent.part + 1 };
  const following = segments[sent.msn - oldest.msn + 1];
  return following === undefined ? null : { segment: following, part: 0 };
}

function headOf({ msn, run, initRuns, mediaTimeSeconds, programDateTimeMs }: Entry["head"] & object): Entry["head"] & object {
  return { msn, run, initRuns, mediaTimeSeconds, programDateTimeMs };
}
