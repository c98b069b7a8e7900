import type { Grid } from "../media/timeline/grid.ts";

/**
 * Whether a VLC that gets its first media playlist now, when `upcomingPart` is the next part of the open segment, will play on without a freeze.
 *
 * VLC 3.0.24 begins three segments before the end and keeps that distance: 3.2 s behind live, plus the age of the newest closed segment when it opened.
 * It asks again every 1.005 s (1.02 s on a busy machine), so the age at which it finds a new segment grows until it has gone once around, some minutes
 * later. Just before that it has one second to play, plus the age at the opening, and with less than 1.2 s it runs dry: 1.1 s without a picture, then
 * one second further behind. Measured with segments of 1 s:
 *
 * | age at the opening | behind live | ran dry |
 * |---|---|---|
 * | 0, 0.1, 0.2 s | 3.2, 3.3, 3.4 s | each once, after two minutes |
 * | 0.3 s | 3.5 s | not in 130 s |
 * | 0.4 s | 3.6 s | once in 125 s with 1280x720 on a busy machine |
 * | 0.6 s | 3.8 s | not in 110 s with 1280x720 on a machine still busier |
 * | 0.8, 0.9 s | 4.0, 4.1 s | not in 60 s, not in 130 s |
 *
 * So it opens in the part that begins 0.6 s after a segment has closed. Longer segments leave it more in hand; shorter ones it plays in another way,
 * and more of them are listed to it: those are not waited for.
 */
export function isGoodOpening(upcomingPart: number, grid: Grid): boolean {
  const segmentSeconds = grid.framesPerSegment / grid.rate;
  const leastAgeSeconds = IN_HAND_SECONDS - segmentSeconds;
  if (segmentSeconds < 1 || leastAgeSeconds <= 0) return true;
  const parts = Math.ceil(grid.framesPerSegment / grid.framesPerPart);
  return upcomingPart === Math.min(parts - 1, Math.ceil(leastAgeSeconds * grid.rate / grid.framesPerPart - ROUNDING));
}

/** The 1.2 s that VLC needs, and 0.4 s for an encoder or a network that hesitates. */
const IN_HAND_SECONDS = 1.6;
const ROUNDING = 1e-6;
