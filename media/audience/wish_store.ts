import { DatabaseSync, type StatementSync } from "node:sqlite";
import { MODES, QUALITIES, type Wish } from "./viewer.ts";

/** Viewers' wishes on disk. Nothing here throws: a show goes on without. */
export interface WishStore {
  /** What a viewer asked for last, in this life of the server or an earlier one; null where nothing is known. */
  find(viewerId: string): Wish | null;
  /** Keeps a wish. It is written with others a moment later. */
  save(viewerId: string, wish: Wish): void;
  /** Writes what waits and lets go of the file. Closing twice is harmless. */
  close(): void;
}

/** `problem`: what is wrong with the file, and what became of it; the store then begins empty, or keeps nothing. */
export interface OpenedWishStore {
  readonly store: WishStore;
  readonly problem: string | null;
}

const WRITE_AFTER_MS = 250;
/** What waits while the disk is full or the file locked; beyond it the oldest are let go. */
const MOST_WAITING = 10_000;
const KEEP_MS = 30 * 24 * 3600 * 1000;

/**
 * Opens the file at `path` (SQLite, WAL). A damaged one is put aside under another name and a new one begun; where the file is locked or cannot be made,
 * wishes live as long as the process only. `log` hears of writes that fail, once until one succeeds. `now` in ms.
 */
export function openWishStore(o: { path: string; now: () => number; log: (line: string) => void }): OpenedWishStore {
  const opened = openDatabase(o.path, o.now());
  if (opened.kind === "open") return { store: createStore(opened.database, o), problem: null };
  if (!opened.isDamaged) return { store: NO_STORE, problem: `Cannot use ${o.path}: ${opened.reason}; wishes are forgotten at the end` };
  const aside = `${o.path}.damaged-${o.now()}`;
  const moved = moveAside(o.path, aside);
  const again = moved ? openDatabase(o.path, o.now()) : opened;
  return {
    store: again.kind === "open" ? createStore(again.database, o) : NO_STORE,
    problem: `Cannot use ${o.path}: ${opened.reason}; ${moved ? `it is kept as ${aside}` : "wishes are forgotten at the end"}`,
  };
}

function createStore(database: DatabaseSync, { now, log }: { now: () => number; log: (line: string) => void }): WishStore {
  const select = database.prepare("SELECT mode, quality FROM wishes WHERE viewer = ?");
  const upsert = database.prepare("INSERT OR REPLACE INTO wishes (viewer, mode, quality, saved_at_ms) VALUES (?, ?, ?, ?)");
  const waiting = new Map<string, Wish>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isFailing = false;
  let isClosed = false;

  function write(): void {
    timer = null;
    try {
      writeAll(database, upsert, waiting, now());
      waiting.clear();
      isFailing = false;
    } catch (problem) {
      if (!isFailing) log(`Cannot write viewers' wishes: ${messageOf(problem)}`);
      isFailing = true;
    }
  }

  return {
    find(viewerId) {
      const fresh = waiting.get(viewerId);
      if (fresh !== undefined || isClosed) return fresh ?? null;
      try {
        return toWish(select.get(viewerId));
      } catch {
        return null;
      }
    },
    save(viewerId, { mode, quality }) {
      if (isClosed) return;
      waiting.delete(viewerId);
      waiting.set(viewerId, { mode, quality });
      if (waiting.size > MOST_WAITING) waiting.delete(waiting.keys().next().value!);
      timer ??= setTimeout(write, WRITE_AFTER_MS);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      write();
      database.close();
    },
  };
}

function writeAll(database: DatabaseSync, upsert: StatementSync, wishes: ReadonlyMap<string, Wish>, nowMs: number): void {
  if (wishes.size === 0) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const [viewerId, { mode, quality }] of wishes) upsert.run(viewerId, mode, quality, nowMs);
    database.exec("COMMIT");
  } catch (problem) {
    // A full disk has rolled back by itself.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw problem;
  }
}

type OpenOutcome =
  | { readonly kind: "open"; readonly database: DatabaseSync }
  | { readonly kind: "failed"; readonly reason: string; readonly isDamaged: boolean };

function openDatabase(path: string, nowMs: number): OpenOutcome {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path);
    prepare(database, nowMs);
    return { kind: "open", database };
  } catch (problem) {
    database?.close();
    const reason = messageOf(problem);
    return { kind: "failed", reason, isDamaged: DAMAGED.test(reason) };
  }
}

/** SQLite's words for a broken file (SQLITE_CORRUPT, SQLITE_NOTADB, another schema), and ours. */
const DAMAGED = /malformed|not a database|no such column|no such table|has no column|is damaged|encrypted/;

/** NORMAL lets the system write when it likes: a power cut may cost the last wishes, never the file. */
function prepare(database: DatabaseSync, nowMs: number): void {
  database.exec("PRAGMA busy_timeout = 200; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  const check = database.prepare("PRAGMA quick_check(1)").get();
  if (check?.quick_check !== "ok") throw new RangeError(`it is damaged: ${check?.quick_check}`);
  database.exec(
    `CREATE TABLE IF NOT EXISTS wishes (viewer TEXT PRIMARY KEY, mode TEXT NOT NULL, quality TEXT NOT NULL, saved_at_ms INTEGER NOT NULL) WITHOUT ROWID`,
  );
  database.prepare("DELETE FROM wishes WHERE saved_at_ms < ?").run(nowMs - KEEP_MS);
  database.prepare("SELECT viewer, mode, quality, saved_at_ms FROM wishes LIMIT 1").get();
}

/** What is written beside a database belongs to it. */
function moveAside(path: string, aside: string): boolean {
  try {
    Deno.renameSync(path, aside);
  } catch {
    return false;
  }
  for (const suffix of ["-wal", "-shm"]) {
    try {
      Deno.renameSync(path + suffix, aside + suffix);
    } catch {
      // It was not there.
    }
  }
  return true;
}

function toWish(row: Record<string, unknown> | undefined): Wish | null {
  const mode = MODES.find((each) => each === row?.mode);
  const quality = QUALITIES.find((each) => each === row?.quality);
  return mode === undefined || quality === undefined ? null : { mode, quality };
}

function messageOf(problem: unknown): string {
  return (problem instanceof Error ? problem.message : String(problem)).replace(/\s+/g, " ");
}

const NO_STORE: WishStore = { find: () => null, save() {}, close() {} };
