import type { DatabaseSync } from "node:sqlite";
import { createDelayedWriter } from "../../media/delayed_writer.ts";
import { describeFault, openSqliteFile } from "../../media/sqlite_file.ts";

/** One donation as it is kept. */
export interface Donation {
  readonly id: string;
  readonly atMs: number;
  /** What it is known again by when it is told twice. */
  readonly key: string;
  /** Of what was told under that key. */
  readonly fingerprint: string;
  /** `page`, `kofi` or `stripe`. */
  readonly origin: string;
  /** The donor's code; null where nobody knows who it is. */
  readonly code: string | null;
  readonly publicId: string | null;
  readonly name: string;
  /** Decimal text. */
  readonly amount: string;
  readonly currency: string;
  readonly message: string;
  /** Null without a code. */
  readonly boostedUntilMs: number | null;
}

/** The donations on disk. Nothing here throws: a show goes on without. */
export interface DonationStore {
  find(key: string): Donation | null;
  save(donation: Donation): void;
  /** Oldest first. */
  since(atMs: number): readonly Donation[];
  /** Writes what waits and lets go of the file. Closing twice is harmless. */
  close(): void;
}

/** What is kept in memory where there is no file, or where it cannot be written; beyond it the oldest are let go. */
const MOST_IN_MEMORY = 10_000;

/**
 * Opens the file at `path` (SQLite). A damaged one is put aside and a new one begun; where the file is locked or cannot be made, donations are known as long
 * as the process lives. `log` hears of writes that fail, once until one succeeds. `problem` is a line for the streamer.
 */
export function openDonationStore(
  o: { path: string; nowMs: number; log: (line: string) => void },
): { readonly store: DonationStore; readonly problem: string | null } {
  const { database, problem } = openSqliteFile({ ...o, prepare, without: "donations are forgotten at the end" });
  return { store: database === null ? createMemoryStore() : createFileStore(database, o.log), problem };
}

/** A store that lives as long as the process. */
export function createMemoryStore(): DonationStore {
  const donations = new Map<string, Donation>();
  return {
    find: (key) => donations.get(key) ?? null,
    save(donation) {
      donations.set(donation.key, donation);
      if (donations.size > MOST_IN_MEMORY) donations.delete(donations.keys().next().value!);
    },
    since: (atMs) => [...donations.values()].filter((donation) => donation.atMs >= atMs),
    close() {},
  };
}

const COLUMNS = [
  "id",
  "atMs",
  "key",
  "fingerprint",
  "origin",
  "code",
  "publicId",
  "name",
  "amount",
  "currency",
  "message",
  "boostedUntilMs",
] as const;
const QUOTED = COLUMNS.map((column) => `"${column}"`).join(", ");

function prepare(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS donations ("id" TEXT PRIMARY KEY, "atMs" INTEGER NOT NULL, "key" TEXT NOT NULL UNIQUE, "fingerprint" TEXT NOT NULL,
      "origin" TEXT NOT NULL, "code" TEXT, "publicId" TEXT, "name" TEXT NOT NULL, "amount" TEXT NOT NULL, "currency" TEXT NOT NULL,
      "message" TEXT NOT NULL, "boostedUntilMs" INTEGER) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS donations_by_time ON donations ("atMs");
  `);
  database.prepare(`SELECT ${COLUMNS.map((column) => `donations.${column}`).join(", ")} FROM donations LIMIT 1`).get();
}

function createFileStore(database: DatabaseSync, log: (line: string) => void): DonationStore {
  const insert = database.prepare(`INSERT OR IGNORE INTO donations (${QUOTED}) VALUES (${COLUMNS.map(() => "?").join(", ")})`);
  const byKey = database.prepare(`SELECT ${QUOTED} FROM donations WHERE "key" = ?`);
  const byTime = database.prepare(`SELECT ${QUOTED} FROM donations WHERE "atMs" >= ? ORDER BY "atMs"`);
  const waiting = createMemoryStore();
  let unwritten: Donation[] = [];
  const writer = createDelayedWriter({
    write() {
      while (unwritten.length > 0) {
        insert.run(...COLUMNS.map((column) => unwritten[0]![column]));
        unwritten = unwritten.slice(1);
      }
    },
    letGo: () => database.close(),
    say: (problem) => `Cannot write a donation: ${describeFault(problem)}; it is tried again`,
    log,
    // Each at once: they are few, and worth it.
    afterMs: 0,
  });

  return {
    find(key) {
      const fresh = waiting.find(key);
      if (fresh !== null || writer.isClosed) return fresh;
      try {
        return (byKey.get(key) ?? null) as Donation | null;
      } catch {
        return null;
      }
    },
    save(donation) {
      waiting.save(donation);
      if (writer.isClosed) return;
      unwritten = [...unwritten, donation].slice(-MOST_IN_MEMORY);
      writer.wake();
    },
    since(atMs) {
      try {
        return byTime.all(atMs) as unknown as Donation[];
      } catch {
        return waiting.since(atMs);
      }
    },
    close: writer.close,
  };
}
