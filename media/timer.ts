/** Runs `callback` once after `delayMs` and returns the way to call it off. */
export type SetTimer = (callback: () => void, delayMs: number) => () => void;

/** By the system's own timers, which take a delay of at most 31 bits and fire at once beyond. */
export function setSystemTimer(callback: () => void, delayMs: number): () => void {
  const id = setTimeout(callback, delayMs);
  return () => clearTimeout(id);
}
