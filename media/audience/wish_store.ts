import type { DatabaseSync } from "node:sqlite";
import { createDelayedWriter } from "../delayed_writer.ts";
import { changeTogether, describeFault, openSqliteFile } from "../sqlite_file.ts";
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
  const { database, problem } = openSqliteFile({
    path: o.path,
    nowMs: o.now(),
    without: "wishes are forgotten at the end",
    prepare: (fresh) => prepare(fresh, o.now()),
  });
  return { store: database === null ? NO_STORE : createStore(database, o), problem };
}

function createStore(database: DatabaseSync, { now, log }: { now: () => number; log: (line: string) => void }): WishStore {
  const select = database.prepare("SELECT mode, quality FROM wishes WHERE viewer = ?");
  const upsert = database.prepare("INSERT OR REPLACE INTO wishes (viewer, mode, quality, saved_at_ms) VALUES (?, ?, ?, ?)");
  const waiting = new Map<string, Wish>();
  const writer = createDelayedWriter({
    write() {
      if (waiting.size === 0) return;
      const nowMs = now();
      changeTogether(database, () => {
        for (const [viewerId, { mode, quality }] of waiting) upsert.run(viewerId, mode, quality, nowMs);
      });
      waiting.clear();
    },
    letGo: () => database.close(),
    say: (problem) => `Cannot write viewers' wishes: ${describeFault(problem)}`,
    log,
    afterMs: WRITE_AFTER_MS,
  });

  return {
    find(viewerId) {
      const fresh = waiting.get(viewerId);
      if (fresh !== undefined || writer.isClosed) return fresh ?? null;
      try {
        return toWish(select.get(viewerId));
      } catch {
        return null;
      }
    },
    save(viewerId, { mode, quality }) {
      if (writer.isClosed) return;
      waiting.delete(viewerId);
      waiting.set(viewerId, { mode, quality });
      if (waiting.size > MOST_WAITING) waiting.delete(waiting.keys().next().value!);
      writer.wake();
    },
    close: writer.close,
  };
}

function prepare(database: DatabaseSync, nowMs: number): void {
  database.exec(
    `CREATE TABLE IF NOT EXISTS wishes (viewer TEXT PRIMARY KEY, mode TEXT NOT NULL, quality TEXT NOT NULL, saved_at_ms INTEGER NOT NULL) WITHOUT ROWID`,
  );
  database.prepare("DELETE FROM wishes WHERE saved_at_ms < ?").run(nowMs - KEEP_MS);
  database.prepare("SELECT viewer, mode, quality, saved_at_ms FROM wishes LIMIT 1").get();
}

function toWish(row: Record<string, unknown> | undefined): Wish | null {
  const mode = MODES.find((each) => each === row?.mode);
  const quality = QUALITIES.find((each) => each === row?.quality);
  return mode === undefined || quality === undefined ? null : { mode, quality };
}

const NO_STORE: WishStore = { find: () => null, save() {}, close() {} };
