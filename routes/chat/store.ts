import type { DatabaseSync } from "node:sqlite";
import { createDelayedWriter } from "../../media/delayed_writer.ts";
import { changeTogether, describeFault, openSqliteFile } from "../../media/sqlite_file.ts";
import type { Badge } from "./schemas.ts";

/** A message as it is kept: what everybody sees, and what only the streamer's doors need. */
export interface StoredMessage {
  readonly number: number;
  readonly atMs: number;
  readonly publicId: string;
  readonly name: string;
  readonly badge: Badge | null;
  /** Empty once it is deleted. */
  readonly text: string;
  readonly key: string;
  /** The network it came from. */
  readonly address: string;
  /** The number of its deletion; null while it stands. */
  readonly deletedBy: number | null;
}

export interface StoredBan {
  readonly publicId: string;
  readonly name: string | null;
  /** The network that is shut out too; null for none. */
  readonly address: string | null;
  /** Null for good. */
  readonly untilMs: number | null;
}

/** What an earlier life of the server left: messages in their order. */
export interface StoredChat {
  readonly messages: readonly StoredMessage[];
  readonly bans: readonly StoredBan[];
  readonly clearedThrough: number;
  /** The number of the message that stands above all others; null for none. */
  readonly pinned: number | null;
}

export type ChatChange =
  /** A new message, or a known one that has changed. */
  | { readonly kind: "message"; readonly message: StoredMessage }
  | { readonly kind: "cleared"; readonly through: number }
  /** Null: none. */
  | { readonly kind: "pinned"; readonly number: number | null }
  /** Messages below this number are too old, or too many. */
  | { readonly kind: "forgotten"; readonly before: number }
  | { readonly kind: "banned"; readonly ban: StoredBan }
  | { readonly kind: "unbanned"; readonly publicId: string };

/** The chat on disk. Nothing here throws: a show goes on without. */
export interface ChatStore {
  readonly stored: StoredChat;
  /** Writes a change a moment later, together with others. Resolves when it is on disk, or when that has failed (then it is tried again). */
  save(change: ChatChange): Promise<void>;
  /** Writes what waits and lets go of the file. Closing twice is harmless. */
  close(): void;
}

/** Long enough for a hundred messages to share one transaction, short enough for whoever waits for the answer. */
const WRITE_AFTER_MS = 20;
/** What waits while the disk is full or the file locked; beyond it the oldest are let go. */
const MOST_WAITING = 10_000;

/**
 * Opens the file at `path` (SQLite). Of a damaged one nothing is lost: it is put aside (`sqlite_file.ts`). `log` hears of writes that fail, once until one
 * succeeds. `problem` is a line for the streamer.
 */
export function openChatStore(
  o: { path: string; nowMs: number; log: (line: string) => void },
): { readonly store: ChatStore; readonly problem: string | null } {
  const { database, problem } = openSqliteFile({
    ...o,
    prepare: (fresh) => prepare(fresh, o.nowMs),
    without: "the chat is forgotten at the end",
  });
  return { store: database === null ? createMemoryStore() : createFileStore(database, o.log), problem };
}

/** A store that keeps nothing. */
export function createMemoryStore(): ChatStore {
  return { stored: { messages: [], bans: [], clearedThrough: 0, pinned: null }, save: () => Promise.resolve(), close() {} };
}

function prepare(database: DatabaseSync, nowMs: number): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS messages (number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, public_id TEXT NOT NULL, name TEXT NOT NULL,
      badge TEXT, text TEXT NOT NULL, key TEXT NOT NULL, address TEXT NOT NULL, deleted_by INTEGER);
    CREATE TABLE IF NOT EXISTS bans (public_id TEXT PRIMARY KEY, name TEXT, address TEXT, until_ms INTEGER) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
  `);
  database.prepare("DELETE FROM bans WHERE until_ms <= ?").run(nowMs);
  read(database);
}

function read(database: DatabaseSync): StoredChat {
  const messages = database.prepare(
    `SELECT number, at_ms AS atMs, public_id AS publicId, name, badge, text, key, address, deleted_by AS deletedBy FROM messages ORDER BY number`,
  );
  const bans = database.prepare("SELECT public_id AS publicId, name, address, until_ms AS untilMs FROM bans");
  const mark = database.prepare("SELECT number FROM marks WHERE name = ?");
  const pinned = mark.get("pinned")?.number;
  return {
    messages: messages.all() as unknown as StoredMessage[],
    bans: bans.all() as unknown as StoredBan[],
    clearedThrough: Number(mark.get("cleared")?.number ?? 0),
    pinned: pinned === undefined ? null : Number(pinned),
  };
}

function createFileStore(database: DatabaseSync, log: (line: string) => void): ChatStore {
  const apply = prepareChanges(database);
  let waiting: ChatChange[] = [];
  let written = Promise.withResolvers<void>();
  const writer = createDelayedWriter({
    write() {
      try {
        if (waiting.length > 0) changeTogether(database, () => waiting.forEach(apply));
        waiting = [];
      } finally {
        written.resolve();
        written = Promise.withResolvers();
      }
    },
    letGo: () => database.close(),
    say: (problem) => `Cannot write the chat: ${describeFault(problem)}`,
    log,
    afterMs: WRITE_AFTER_MS,
  });

  return {
    stored: read(database),
    save(change) {
      if (writer.isClosed) return Promise.resolve();
      waiting.push(change);
      if (waiting.length > MOST_WAITING) waiting.shift();
      if (writer.isFailing) return Promise.resolve();
      writer.wake();
      return written.promise;
    },
    close: writer.close,
  };
}

function prepareChanges(database: DatabaseSync): (change: ChatChange) => void {
  const message = database.prepare("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const forget = database.prepare("DELETE FROM messages WHERE number < ?");
  const mark = database.prepare("INSERT OR REPLACE INTO marks VALUES (?, ?)");
  const unmark = database.prepare("DELETE FROM marks WHERE name = ?");
  const ban = database.prepare("INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?)");
  const unban = database.prepare("DELETE FROM bans WHERE public_id = ?");
  return (change) => {
    switch (change.kind) {
      case "message": {
        const { number, atMs, publicId, name, badge, text, key, address, deletedBy } = change.message;
        return void message.run(number, atMs, publicId, name, badge, text, key, address, deletedBy);
      }
      case "cleared":
        mark.run("cleared", change.through);
        return void forget.run(change.through + 1);
      case "pinned":
        return void (change.number === null ? unmark.run("pinned") : mark.run("pinned", change.number));
      case "forgotten":
        return void forget.run(change.before);
      case "banned":
        return void ban.run(change.ban.publicId, change.ban.name, change.ban.address, change.ban.untilMs);
      case "unbanned":
        return void unban.run(change.publicId);
    }
  };
}
