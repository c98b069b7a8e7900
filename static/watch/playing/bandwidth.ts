/// <reference lib="dom" />

const KEPT_AS = "tercet.bandwidth";
const UNKNOWN_BITS_PER_SECOND = 4e6;
const LEAST_BYTES = 20_000;

/**
 * Bits per second to expect before any media was loaded: what the page's own files took to arrive, else what was measured the last
 * time, else 4 Mbit/s. With it the first picture already comes in the right quality.
 */
export function expectBandwidth(): number {
  return fromOwnFiles() ?? fromLastTime() ?? UNKNOWN_BITS_PER_SECOND;
}

export function rememberBandwidth(bitsPerSecond: number): void {
  try {
    localStorage.setItem(KEPT_AS, String(Math.round(bitsPerSecond)));
  } catch {
    // Private windows may keep nothing; the next visit then starts from the unknown.
  }
}

function fromOwnFiles(): number | null {
  let bits = 0, ms = 0;
  for (const entry of performance.getEntriesByType("resource") as PerformanceResourceTiming[]) {
    if (entry.transferSize < LEAST_BYTES || entry.responseStart === 0) continue;
    bits += entry.encodedBodySize * 8;
    ms += Math.max(1, entry.responseEnd - entry.responseStart);
  }
  return ms > 0 ? bits / ms * 1000 : null;
}

function fromLastTime(): number | null {
  try {
    const kept = Number(localStorage.getItem(KEPT_AS));
    return kept > 0 && Number.isFinite(kept) ? kept : null;
  } catch {
    return null;
  }
}
