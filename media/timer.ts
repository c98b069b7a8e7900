import { setTimeout as delay } from "node:timers/promises";

/** Runs `callback` once after `delayMs` and returns the way to call it off. */
export type SetTimer = (callback: () => void, delayMs: number) => () => void;

/** By the system's own timers, which take a delay of at most 31 bits and fire at once beyond. */
export function setSystemTimer(callback: () => void, delayMs: number): () => void {
  const id = setTimeout(callback, delayMs);
  return () => clearTimeout(id);
}

/** Waits so long (31 bits at most), or until the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0 && !signal.aborted) await delay(Math.min(ms, 2 ** 31 - 1), undefined, { signal }).catch(() => {});
}
