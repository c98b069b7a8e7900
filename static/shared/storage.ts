/// <reference lib="dom" />

/** A storage of the browser's; null where it may not be touched (cookies blocked, a frame without an origin), which throws. */
export function openStorage(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    return null;
  }
}
