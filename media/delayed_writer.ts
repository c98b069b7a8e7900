import { setSystemTimer, type SetTimer } from "./timer.ts";

/** Brings what waits in memory to a file a moment later, so that many changes share one write and nobody waits for the disk. */
export interface DelayedWriter {
  /** Something waits: it is written after `afterMs`, with what comes until then. While writing fails it waits for the next try. */
  wake(): void;
  /** Whether the last write failed. */
  readonly isFailing: boolean;
  readonly isClosed: boolean;
  /** Writes once more, then lets go of the file for good. Closing twice is harmless. */
  close(): void;
}

/** So long a write that failed is left alone: the disk is full, or somebody else has the file. */
const RETRY_AFTER_MS = 2000;

/**
 * `write` writes all that waits, at once, or throws: then it is tried again. `log` gets a line by `say` of the first failure, and of the next ones only after a
 * write has succeeded. `letGo` is called once, after the last write, whether that succeeded or not. With an `afterMs` of 0 a `wake` writes before it returns.
 */
export function createDelayedWriter(o: {
  write: () => void;
  letGo: () => void;
  say: (problem: unknown) => string;
  log: (line: string) => void;
  afterMs: number;
  setTimer?: SetTimer;
}): DelayedWriter {
  const setTimer = o.setTimer ?? setSystemTimer;
  let cancelTimer: (() => void) | null = null;
  let isFailing = false;
  let isClosed = false;

  function arm(delayMs: number): void {
    if (!isClosed) cancelTimer ??= setTimer(write, delayMs);
  }

  function write(): void {
    cancelTimer?.();
    cancelTimer = null;
    try {
      o.write();
      isFailing = false;
    } catch (problem) {
      if (!isFailing) o.log(o.say(problem));
      isFailing = true;
      arm(RETRY_AFTER_MS);
    }
  }

  return {
    wake() {
      if (isClosed || isFailing) return;
      if (o.afterMs === 0) write();
      else arm(o.afterMs);
    },
    get isFailing() {
      return isFailing;
    },
    get isClosed() {
      return isClosed;
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      write();
      o.letGo();
    },
  };
}
