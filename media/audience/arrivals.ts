import type { Viewer, Wish } from "./viewer.ts";

/** Where `/live.m3u8` was asked from. */
export interface Origin {
  readonly address: string;
  readonly userAgent: string;
}

/** Who came by the stable address, and from where. Players that open it say nothing else of themselves. */
export interface Arrivals {
  note(viewer: Viewer, from: Arrival): void;
  /** The viewer of a player that asks twice (no browser does), or that comes back after having been silent since `silentSinceMs`; null where a new one comes. */
  find(from: Arrival, silentSinceMs: number): Viewer | null;
  /** All that came from there, whatever they wished for. */
  at(origin: Origin): Iterable<Viewer>;
  forget(viewer: Viewer): void;
}

/** `wish` is what the address asked for. */
export interface Arrival {
  readonly origin: Origin;
  readonly wish: Wish;
  /** What it came by; null or left out for none. Who comes by another one is another viewer, which ends when that does. */
  readonly invite?: string | null;
}

/** Of the same kind, from one address: those that have been there longest are known no more by where they come from. */
const MOST_ALIKE = 256;
/** A player in a browser asks for the stable address once: two that ask at the same moment are two, behind one address. */
const BROWSER = /^Mozilla\//;

export function createArrivals(): Arrivals {
  const byWish = new Map<string, Set<Viewer>>();
  const byPlayer = new Map<string, Set<Viewer>>();
  const keys = new WeakMap<Viewer, { readonly wish: string; readonly player: string }>();

  return {
    note(viewer, from) {
      const key = { wish: wishKey(from), player: playerKey(from.origin) };
      keys.set(viewer, key);
      add(byWish, key.wish, viewer);
      add(byPlayer, key.player, viewer);
    },
    find(from, silentSinceMs) {
      const mayAskTwice = !BROWSER.test(from.origin.userAgent);
      let known: Viewer | null = null;
      for (const viewer of byWish.get(wishKey(from)) ?? []) {
        if (mayAskTwice && viewer.lastSlot === null || viewer.lastSeenMs <= silentSinceMs) known = viewer;
      }
      return known;
    },
    at: (origin) => byPlayer.get(playerKey(origin)) ?? [],
    forget(viewer) {
      const key = keys.get(viewer);
      if (key === undefined) return;
      remove(byWish, key.wish, viewer);
      remove(byPlayer, key.player, viewer);
    },
  };
}

function wishKey({ origin, wish, invite = null }: Arrival): string {
  return `${playerKey(origin)} ${wish.mode} ${wish.quality} ${invite}`;
}

function playerKey({ address, userAgent }: Origin): string {
  return JSON.stringify([address, userAgent]);
}

function add(sets: Map<string, Set<Viewer>>, key: string, viewer: Viewer): void {
  const alike = (sets.get(key) ?? new Set()).add(viewer);
  sets.set(key, alike);
  if (alike.size > MOST_ALIKE) alike.delete(alike.values().next().value!);
}

function remove(sets: Map<string, Set<Viewer>>, key: string, viewer: Viewer): void {
  const set = sets.get(key);
  set?.delete(viewer);
  if (set?.size === 0) sets.delete(key);
}
