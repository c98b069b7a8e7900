import type { Position } from "../hls/segment.ts";

/** A row of the log: an entry as bytes, at its part's position. */
export interface Row {
  readonly position: Position;
  readonly bytes: Uint8Array;
}

/** `after` gives no more rows at a time, nor notes of a kind. */
export const AT_ONCE = 20;

/** `known`: this position, or a later one, is there already. `fenced`: another origin writes this show. */
export type Appended = "kept" | "known" | "fenced";

/** What is shared beside the picture, each in a log of its own that begins when a show's first box does. */
export const NOTE_KINDS = ["wishes", "chat", "gifts"] as const;
export type NoteKind = typeof NOTE_KINDS[number];

/** One thing that was shared: `number` is the milliseconds since 1970 at which it was, or one more than the last. */
export interface Note {
  readonly kind: NoteKind;
  readonly number: number;
  readonly text: string;
}

/** What a reader has already. */
export interface Cursor {
  /** `no_rows`: it wants none. */
  readonly row: Position | null | "no_rows";
  readonly notes: Readonly<Record<NoteKind, number>>;
}

/**
 * One engine that carries a show from box to box. It is asked by one program for one thing at a time in each direction: `after` reads, all else writes.
 * Whatever cannot be had rejects with a `LogAway`, soon; nothing is kept to be sent later.
 */
export interface Log {
  /** Where it is, fit to be shown. */
  readonly name: string;
  /** How often it was reached: another number means that it may hold anything, or nothing. */
  readonly lives: number;
  /** Resolves when it can be written to, which is waited for for up to a second. */
  ready(): Promise<void>;
  /** Adds a row behind all others, by whoever holds the lease, and lets go of the rows before segment `keepFromMsn`. */
  append(row: Row, o: { readonly term: string; readonly keepFromMsn: number }): Promise<Appended>;
  /** Lets go of rows that would make room in an engine that is full. */
  trim(keepFromMsn: number): Promise<void>;
  /** The newest row. */
  top(): Promise<Row | null>;
  /** Lets whoever wants to write the show: this origin has ended. */
  release(term: string): Promise<void>;
  /** Lets go of all rows, for a show that begins anew further back. */
  clear(): Promise<void>;
  /** Rows and notes behind the cursor, some at a time; waits for up to a second where there are none. */
  after(cursor: Cursor): Promise<{ readonly rows: readonly Row[]; readonly notes: readonly Note[] }>;
  /** Shares a note; gives its number, which is more than `floor`. With a `once`, a second note of that kind with the same is not kept: null. */
  note(kind: NoteKind, text: string, o?: { readonly floor?: number; readonly once?: string }): Promise<number | null>;
  /** Notes of an earlier life of the engine, in order, where it has none of that kind. */
  refill(kind: NoteKind, notes: readonly Omit<Note, "kind">[]): Promise<void>;
  /** The show as its origin tells it. */
  tellShow(text: string, term: string): Promise<"kept" | "fenced">;
  askShow(): Promise<string | null>;
  /** Puts a box on the roster for five seconds. */
  enrol(id: string, text: string): Promise<void>;
  roster(): Promise<readonly string[]>;
  stop(): void;
}

/** The engine is not there, does not answer in time, or refuses. */
export class LogAway extends Error {
  /** It is there and has no memory left. */
  readonly isFull: boolean;

  constructor(reason: string, isFull = false) {
    super(reason);
    this.isFull = isFull;
  }
}

/** Whether position `a` is behind `b`; everything is behind null. */
export function isBehind(a: Position, b: Position | null): boolean {
  return b === null || a.msn > b.msn || (a.msn === b.msn && a.part > b.part);
}
