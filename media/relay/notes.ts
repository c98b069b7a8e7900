import { type Log, LogAway, type Note, type NoteKind } from "./log.ts";

/** What boxes tell each other beside the picture, over one log or two: each note goes into one of them, and all are read. */
export interface Notes {
  /** Tells all boxes, as soon as a log takes it: in order, and twice where nobody knows whether the first time has worked. */
  tell(kind: NoteKind, text: string, o?: { readonly once?: string }): void;
  /** Shares a note now; gives its number, or null where `once` was shared already. Rejects with a LogAway where no log takes it. */
  share(kind: NoteKind, text: string, o?: { readonly floor?: number; readonly once?: string }): Promise<number | null>;
  hear(kind: NoteKind, listener: (note: Note) => void): void;
  /** The same as one who has one kind to tell. */
  carry(kind: NoteKind): Carrier;
  /** What was read from a log. */
  deliver(notes: readonly Note[]): void;
  stop(): void;
}

export interface Carrier {
  share(text: string, o?: { readonly floor?: number; readonly once?: string }): Promise<number | null>;
  tell(text: string, o?: { readonly once?: string }): void;
  hear(listener: (note: Note) => void): void;
}

const MOST_UNTOLD = 10_000;
const AGAIN_MS = 200;

export function createNotes(logs: readonly Log[]): Notes {
  const listeners = new Map<NoteKind, ((note: Note) => void)[]>();
  const untold: { readonly kind: NoteKind; readonly text: string; readonly o: { readonly once?: string } }[] = [];
  let isTelling = false;
  let isStopped = false;

  async function share(kind: NoteKind, text: string, o: Parameters<Notes["share"]>[2] = {}): Promise<number | null> {
    let problem: LogAway | null = null;
    for (const log of logs) {
      try {
        return await log.note(kind, text, o);
      } catch (why) {
        if (!(why instanceof LogAway)) throw why;
        problem = why;
      }
    }
    throw problem ?? new LogAway("there is no log");
  }

  async function tellAll(): Promise<void> {
    isTelling = true;
    while (untold.length > 0 && !isStopped) {
      const next = untold[0]!;
      try {
        await share(next.kind, next.text, next.o);
        if (untold[0] === next) untold.shift();
      } catch (problem) {
        if (!(problem instanceof LogAway)) throw problem;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
    isTelling = false;
  }

  function hear(kind: NoteKind, listener: (note: Note) => void): void {
    listeners.set(kind, [...listeners.get(kind) ?? [], listener]);
  }

  function tell(kind: NoteKind, text: string, o: { readonly once?: string } = {}): void {
    untold.push({ kind, text, o });
    if (untold.length > MOST_UNTOLD) untold.shift();
    if (!isTelling) void tellAll();
  }

  return {
    tell,
    share,
    hear,
    carry: (kind) => ({
      share: (text, o) => share(kind, text, o),
      tell: (text, o) => tell(kind, text, o),
      hear: (listener) => hear(kind, listener),
    }),
    deliver(notes) {
      for (const note of notes) for (const listener of listeners.get(note.kind) ?? []) listener(note);
    },
    stop() {
      isStopped = true;
    },
  };
}
