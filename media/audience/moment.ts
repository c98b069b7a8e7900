import { type Client, keepsDistance } from "./viewer.ts";

/**
 * Whether a player that opens had better get its first media playlist now, when `upcomingPart` is the next part of the open segment. `askedAtPart` was the
 * next one when it asked.
 */
export function isGoodMoment(
  client: Client,
  o: { upcomingPart: number; askedAtPart: number; segmentSeconds: number; partsPerSecond: number },
): boolean {
  const partsPerSegment = Math.ceil(o.segmentSeconds * o.partsPerSecond - ROUNDING);
  if (keepsDistance(client)) return hasPartJustCome({ ...o, partsPerSegment });
  return client !== "vlc" || isAgedForVlc({ ...o, partsPerSegment });
}

const ROUNDING = 1e-6;

/**
 * A stock hls.js begins 0.6 s behind the end of its first media playlist and keeps that distance for good. If it asks at any moment, the end is up to
 * a part old, half a part on average; answered just after a part has come, it stays that much nearer, for a start that is as much later.
 */
function hasPartJustCome(o: { upcomingPart: number; askedAtPart: number; partsPerSegment: number }): boolean {
  return o.partsPerSegment <= 1 || o.upcomingPart !== o.askedAtPart;
}

/**
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
function isAgedForVlc(o: { upcomingPart: number; segmentSeconds: number; partsPerSecond: number; partsPerSegment: number }): boolean {
  const leastAgeSeconds = IN_HAND_SECONDS - o.segmentSeconds;
  if (o.segmentSeconds < 1 || leastAgeSeconds <= 0) return true;
  return o.upcomingPart === Math.min(o.partsPerSegment - 1, Math.ceil(leastAgeSeconds * o.partsPerSecond - ROUNDING));
}

/** The 1.2 s that VLC needs, and 0.4 s for an encoder or a network that hesitates. */
const IN_HAND_SECONDS = 1.6;
