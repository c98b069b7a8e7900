import type { Position } from "../../../media/hls/segment.ts";
import { AT_ONCE, isBehind, type Log, LogAway, type Row } from "../../../media/relay/log.ts";

/** A log in memory that is away, forgets, and damages what it has, whenever a test says so. */
export interface FakeLog extends Log {
  rows: Row[];
  isAway: boolean;
  /** As an engine that was killed comes back. */
  forget(): void;
}

export function createFakeLog(): FakeLog {
  let holder: string | null = null;
  let show: string | null = null;
  let lives = 1;
  const unread: (() => void)[] = [];
  function check(): void {
    if (log.isAway) throw new LogAway("it is away");
  }
  const log: FakeLog = {
    name: "fake",
    rows: [],
    isAway: false,
    get lives() {
      return lives;
    },
    forget() {
      log.rows = [];
      holder = null;
      lives++;
    },
    ready: () => Promise.resolve().then(check),
    async append(row, { term, keepFromMsn }) {
      await null;
      check();
      if (holder !== null && holder !== term) return "fenced";
      holder = term;
      if (!isBehind(row.position, log.rows.at(-1)?.position ?? null)) return "known";
      log.rows = [...log.rows.filter(({ position }) => position.msn >= keepFromMsn), row];
      for (const wake of unread.splice(0)) wake();
      return "kept";
    },
    async trim(keepFromMsn) {
      await null;
      log.rows = log.rows.filter(({ position }) => position.msn >= keepFromMsn);
    },
    async top() {
      await null;
      check();
      return log.rows.at(-1) ?? null;
    },
    async release(term) {
      await null;
      if (holder === term) holder = null;
    },
    async clear() {
      await null;
      check();
      log.rows = [];
    },
    async after({ row }) {
      await null;
      check();
      const behind = () => row === "no_rows" ? [] : log.rows.filter(({ position }) => isBehind(position, row)).slice(0, AT_ONCE);
      if (behind().length === 0) await new Promise<void>((resolve) => unread.push(resolve));
      check();
      return { rows: behind(), notes: [] };
    },
    note: () => Promise.reject(new LogAway("it takes no notes")),
    refill: () => Promise.resolve(),
    async tellShow(text, term) {
      await null;
      check();
      if (holder !== null && holder !== term) return "fenced";
      holder = term;
      show = text;
      return "kept";
    },
    askShow: () => Promise.resolve(show),
    enrol: () => Promise.resolve(),
    roster: () => Promise.resolve([]),
    stop() {
      log.isAway = true;
      for (const wake of unread.splice(0)) wake();
    },
  };
  return log;
}

export function idOf({ msn, part }: Position): string {
  return `${msn}.${part}`;
}
