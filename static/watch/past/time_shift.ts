import type { Wish } from "../../../media/audience/viewer.ts";
import type { RenditionName } from "../../../media/hls/rendition.ts";
import type { Reach } from "../playing/player.ts";

/** A viewer's wish to see another moment of the show. All times are the wall clock of the pictures (PROGRAM-DATE-TIME), in ms. */
export interface ShiftWish {
  readonly wantedMs: number;
  /** The live edge. */
  readonly edgeMs: number;
  readonly reach: Reach;
  /** How far back the server lets one go; 0 where that is not known. */
  readonly dvrSeconds: number;
}

export type Way =
  | { readonly kind: "live" }
  /** To this media time of the element, with what is loaded. */
  | { readonly kind: "seek"; readonly seconds: number }
  /** With the playlist of all that can be gone back to. */
  | { readonly kind: "dvr"; readonly wallMs: number };

/** Nearer to the edge than this is live: no one can tell the difference, and the edge steers better. */
export const LIVE_WITHIN_MS = 2500;
const LEAST_AHEAD_MS = 300;

/** The shortest way to a moment: the edge, what is in memory, what the loaded playlist lists, and else the long list. */
export function findWay({ wantedMs, edgeMs, reach, dvrSeconds }: ShiftWish): Way {
  if (edgeMs - wantedMs < LIVE_WITHIN_MS) return { kind: "live" };
  const spans = [...reach.buffered, ...reach.listed === null ? [] : [reach.listed]];
  const oldestMs = Math.min(edgeMs - dvrSeconds * 1000, ...spans.map(([startMs]) => startMs));
  const atMs = Math.max(wantedMs, oldestMs);
  const isLoaded = spans.some(([startMs, endMs]) => startMs <= atMs && atMs < endMs - LEAST_AHEAD_MS);
  return isLoaded ? { kind: "seek", seconds: (atMs - reach.zeroMs) / 1000 } : { kind: "dvr", wallMs: atMs };
}

/** Whether what comes after the buffer can still be had from the loaded playlist: a list that moves on leaves those who stand behind. */
export function isStranded({ reach, shownMs }: { readonly reach: Reach; readonly shownMs: number }): boolean {
  const span = reach.buffered.find(([startMs, endMs]) => startMs <= shownMs + 100 && shownMs <= endMs);
  return reach.listed !== null && (span?.[1] ?? shownMs) < reach.listed[0] - LEAST_AHEAD_MS;
}

/** The long list stands beside the viewer's live playlist; what a player reads there is one rendition throughout: the wished one, else the one on screen. */
export function addressPast(playlist: string, { mode, quality }: Wish, shown: RenditionName | null): string {
  const address = new URL("dvr.m3u8", playlist);
  const rendition = mode === "home" && quality !== "auto" ? quality : shown;
  if (rendition !== null) address.searchParams.set("rendition", rendition);
  return address.href;
}

/** How far back one can go, in seconds: what the server keeps, but not more than there has been. */
export function findReachSeconds(
  o: { readonly dvrSeconds: number; readonly showSeconds: number; readonly reach: Reach | null; readonly edgeMs: number },
): number {
  const spans = o.reach === null ? [] : [...o.reach.buffered, ...o.reach.listed === null ? [] : [o.reach.listed]];
  const loadedSeconds = Math.max(0, ...spans.map(([startMs]) => (o.edgeMs - startMs) / 1000));
  return Math.max(loadedSeconds, Math.min(o.dvrSeconds, o.showSeconds));
}

/** "0:07", "12:30", "1:02:03". */
export function sayTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
