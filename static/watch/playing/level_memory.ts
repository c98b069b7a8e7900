/** Until when each level (by its index, lowest bit rate first) is left alone because the picture stood still on it. */
export type LevelMemory = ReadonlyMap<number, number>;

const LEFT_ALONE_MS = 300_000;

/** A level was too much for the way to this viewer. The lowest one is never barred: something must be shown. */
export function barLevel(memory: LevelMemory, level: number, nowMs: number): LevelMemory {
  if (level <= 0) return memory;
  return new Map([...memory].filter(([, untilMs]) => untilMs > nowMs)).set(level, nowMs + LEFT_ALONE_MS);
}

/** The highest level that may be tried now, or -1 for all of them (hls.js's `autoLevelCapping`). */
export function highestLevel(memory: LevelMemory, nowMs: number): number {
  const barred = [...memory].filter(([, untilMs]) => untilMs > nowMs).map(([level]) => level);
  return barred.length === 0 ? -1 : Math.min(...barred) - 1;
}

/**
 * Whether a stall is the level's fault: parts were listed that did not arrive in time. When the player has all that is
 * listed, the server is late, and no other level would have helped.
 */
export function isLevelToBlame(
  stall: { readonly edgeSeconds: number; readonly bufferedEndSeconds: number; readonly partSeconds: number },
): boolean {
  return stall.edgeSeconds - stall.bufferedEndSeconds > 1.5 * stall.partSeconds;
}
