import type { Position } from "../hls/segment.ts";
import { AT_ONCE, type Cursor, isBehind, type Log, LogAway, type Note, type Row } from "./log.ts";

export interface ReaderOptions {
  readonly log: Log;
  readonly wantsRows: boolean;
  readonly onRows: (rows: readonly Row[]) => void;
  readonly onNotes: (notes: readonly Note[]) => void;
  /** Whenever all was read that is there. */
  readonly onCaughtUp?: () => void;
  /** Hears of each time that the log cannot be read. */
  readonly onTrouble: (reason: string) => void;
  readonly pause: (forMs: number) => Promise<unknown>;
  /** It could be read. */
  readonly onRead: () => void;
}

const AGAIN_MS = 50;

/** Reads one log from its beginning on, for as long as it is not stopped, wherever the log begins anew. Stop the log first: the last read then ends at once. */
export function startReader(o: ReaderOptions): { stop(): Promise<void> } {
  const { log } = o;
  let isStopped = false;
  let cursor: Cursor = { row: o.wantsRows ? null : "no_rows", notes: { wishes: 0, chat: 0, gifts: 0 } };

  async function run(): Promise<void> {
    while (!isStopped) {
      try {
        const { rows, notes } = await log.after(cursor);
        if (isStopped) return;
        o.onRead();
        cursor = advance(cursor, rows, notes);
        if (rows.length > 0) o.onRows(rows);
        else if (notes.length === 0) await lookForFall();
        if (notes.length > 0) o.onNotes(notes);
        if (rows.length < AT_ONCE && notes.length < AT_ONCE) o.onCaughtUp?.();
      } catch (problem) {
        if (!(problem instanceof LogAway)) throw problem;
        if (isStopped) return;
        o.onTrouble(problem.message);
        await o.pause(AGAIN_MS);
      }
    }
  }

  /** Nothing came. A log whose top stands before what was read holds another show, or the same one from further back: all of it is read. */
  async function lookForFall(): Promise<void> {
    const { row } = cursor;
    if (row === null || row === "no_rows") return;
    const top = await log.top();
    if (top !== null && isBehind(row, top.position)) cursor = { ...cursor, row: null };
  }

  const running = run();
  return {
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

function advance(cursor: Cursor, rows: readonly Row[], notes: readonly Note[]): Cursor {
  const newest: Position | null = rows.at(-1)?.position ?? null;
  const numbers = { ...cursor.notes };
  for (const { kind, number } of notes) numbers[kind] = Math.max(numbers[kind], number);
  return { row: newest ?? cursor.row, notes: numbers };
}
