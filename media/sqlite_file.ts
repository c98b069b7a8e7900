import { DatabaseSync } from "node:sqlite";

/** `problem`: what is wrong with the file and what became of it, in one line; null where all is well. */
export interface OpenedSqliteFile {
  /** Null where there is none to be had: the caller goes on without. */
  readonly database: DatabaseSync | null;
  readonly problem: string | null;
}

/**
 * Opens the file at `path` (SQLite, WAL) and lets `prepare` make its tables, in a transaction; `prepare` should read each table that it needs, so that a file of another
 * making is found out. A damaged file is put aside under another name and a new one begun. Where the file is locked, read-only or cannot be made there is
 * none, and `problem` ends with `without`. Never throws.
 */
export function openSqliteFile(
  o: { path: string; nowMs: number; without: string; prepare: (database: DatabaseSync) => void },
): OpenedSqliteFile {
  const opened = open(o.path, o.prepare);
  if (opened.kind === "open") return { database: opened.database, problem: null };
  const reason = `Cannot use ${o.path}: ${opened.reason}`;
  if (!opened.isDamaged) return { database: null, problem: `${reason}; ${o.without}` };
  const aside = `${o.path}.damaged-${o.nowMs}`;
  if (!moveAside(o.path, aside)) return { database: null, problem: `${reason}; ${o.without}` };
  const again = open(o.path, o.prepare);
  if (again.kind === "open") return { database: again.database, problem: `${reason}; it is kept as ${aside}` };
  return { database: null, problem: `${reason}; it is kept as ${aside}; ${o.without}` };
}

/** Lets `change` write in one transaction: all of it or, where it throws, nothing. The problem is thrown on. */
export function changeTogether(database: DatabaseSync, change: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    change();
    database.exec("COMMIT");
  } catch (problem) {
    // A full disk has rolled back by itself.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw problem;
  }
}

/** What SQLite says of a problem, in one line. */
export function describeFault(problem: unknown): string {
  return (problem instanceof Error ? problem.message : String(problem)).replace(/\s+/g, " ");
}

type OpenOutcome =
  | { readonly kind: "open"; readonly database: DatabaseSync }
  | { readonly kind: "failed"; readonly reason: string; readonly isDamaged: boolean };

/** NORMAL lets the system write when it likes: a power cut may cost the last rows, never the file. */
function open(path: string, prepare: (database: DatabaseSync) => void): OpenOutcome {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path);
    hide(path);
    database.exec("PRAGMA busy_timeout = 200; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    const check = database.prepare("PRAGMA quick_check(1)").get();
    if (check?.quick_check !== "ok") throw new RangeError(`it is damaged: ${check?.quick_check}`);
    // In one transaction: a file of another making is left as it was. One that may only be read is found out now rather than at the first row.
    database.exec("BEGIN IMMEDIATE");
    prepare(database);
    database.exec("PRAGMA user_version = 1; COMMIT");
    // From now on whoever looks into the file must not hold up the picture: what cannot be written now is written later.
    database.exec("PRAGMA busy_timeout = 20");
    return { kind: "open", database };
  } catch (problem) {
    database?.close();
    const reason = describeFault(problem);
    return { kind: "failed", reason, isDamaged: DAMAGED.test(reason) };
  }
}

/** Viewers' ids, addresses and donors' names are for the owner's eyes only; what SQLite writes beside the file takes its mode from it. */
function hide(path: string): void {
  try {
    Deno.chmodSync(path, 0o600);
  } catch {
    // This system has no such modes, or the file is somebody else's.
  }
}

/** SQLite's words for a broken file (SQLITE_CORRUPT, SQLITE_NOTADB, another schema), and ours. */
const DAMAGED = /malformed|not a database|no such column|no such table|has no column|is damaged|encrypted/;

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
