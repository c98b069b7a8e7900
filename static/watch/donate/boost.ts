/** Longer than a boost lasts: a clock that is further off is not believed. */
const LONGEST_MS = 600_000;

/** Until when the boost lasts by this machine's clock, whatever that shows; null where it is over. */
export function readBoost(boostedUntil: string | null, nowMs: number): number | null {
  if (boostedUntil === null) return null;
  const leftMs = Math.min(LONGEST_MS, Date.parse(boostedUntil) - nowMs);
  return leftMs > 0 ? nowMs + leftMs : null;
}

/** Time left as `9:59`; null where none is. */
export function sayTimeLeft(untilMs: number | null, nowMs: number): string | null {
  if (untilMs === null || untilMs <= nowMs) return null;
  const seconds = Math.ceil((untilMs - nowMs) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
