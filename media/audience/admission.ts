import { isGoodMoment } from "./moment.ts";
import type { Viewer } from "./viewer.ts";

/** When a viewer that comes gets its first media playlist. */
export interface Admission {
  /** What the link can carry beside what those get who have begun, in bits per second. */
  settle(o: { freeBitsPerSecond: number; nowMs: number }): void;
  /** Whether a viewer that opens may begin now, when `upcomingPart` is the next part of the open segment. To be asked until it may, and not again. */
  mayBegin(viewer: Viewer, o: { bitsPerSecond: number; upcomingPart: number; nowMs: number }): boolean;
  /** Whether it was told to wait, and has not begun since. */
  isWaiting(viewer: Viewer): boolean;
}

/** A player starts so many parts before the end, and loads from the last key picture before. */
const HOLD_BACK_PARTS = 3;
/** What comes at once may take so long to go through: with the parts of all others it must be less than the 0.9 s of media that players have in hand. */
const LARGEST_BURST_SECONDS = 0.25;
/** Of what is free: the rest takes in how bit rates waver. */
const FREE_SHARE = 0.7;
/** Nobody waits longer, however full the link and whatever the moment. A request is held longer than that (rule 38: three target durations). */
const LONGEST_WAIT_MS = 2500;

/**
 * Who comes begins at the next moment that is good for its player (`moment.ts`), as long as the link has room for what it pulls then, 0.6 to 1.6 s of
 * media. Otherwise it waits until there is: at the latest in the next segment, in which the others have made room. (Forty at once on 20 Mbit/s: 34 stalls
 * without it. Twenty that come to ten: five of the ten stall.)
 */
export function createAdmission(
  o: { freeBitsPerSecond: number; nowMs: number; segmentSeconds: number; partsPerSecond: number },
): Admission {
  const waits = new WeakMap<Viewer, { readonly sinceMs: number; readonly askedAtPart: number }>();
  const partsPerSegment = Math.round(o.segmentSeconds * o.partsPerSecond);
  let free = o.freeBitsPerSecond;
  let room = largestBurst();
  let atMs = o.nowMs;

  function largestBurst(): number {
    return Math.max(0, free) * LARGEST_BURST_SECONDS;
  }

  function refill(nowMs: number): void {
    room = Math.min(room + FREE_SHARE * free * (nowMs - atMs) / 1000, largestBurst());
    atMs = nowMs;
  }

  function pulledSeconds(upcomingPart: number): number {
    const parts = upcomingPart >= HOLD_BACK_PARTS ? upcomingPart : partsPerSegment + upcomingPart;
    return parts / o.partsPerSecond;
  }

  return {
    settle({ freeBitsPerSecond, nowMs }) {
      refill(nowMs);
      free = freeBitsPerSecond;
    },
    mayBegin(viewer, { bitsPerSecond, upcomingPart, nowMs }) {
      const wait = waits.get(viewer) ?? { sinceMs: nowMs, askedAtPart: upcomingPart };
      refill(nowMs);
      const bits = bitsPerSecond * pulledSeconds(upcomingPart);
      // A link too narrow for a single burst lets one player in whenever nobody else has just come.
      const hasRoom = room >= bits || room > 0 && room === largestBurst();
      const isGood = hasRoom && isGoodMoment(viewer.client, { ...o, ...wait, upcomingPart });
      if (!isGood && nowMs - wait.sinceMs < LONGEST_WAIT_MS) {
        waits.set(viewer, wait);
        return false;
      }
      waits.delete(viewer);
      room -= bits;
      free -= bitsPerSecond;
      return true;
    },
    isWaiting: (viewer) => waits.has(viewer),
  };
}
