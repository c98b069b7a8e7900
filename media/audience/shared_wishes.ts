import { isWish, type Wish } from "./viewer.ts";
import type { WishStore } from "./wish_store.ts";

/** Wishes that all boxes of a show know, whole in memory, before a store that keeps those of this box. */
export interface SharedWishes extends WishStore {
  /** A text that a box has told, this one included. */
  heard(text: string): void;
  /** All that is known, the oldest first, as texts to tell. */
  all(): Iterable<string>;
}

const MOST_KNOWN = 10_000;

/** `tell` brings a text to all boxes, some time; `box` names this one among them. `onHeard` hears of wishes that were made on another. */
export function shareWishes(o: {
  store: WishStore | null;
  box: string;
  tell: (text: string) => void;
  onHeard: (viewerId: string, wish: Wish) => void;
}): SharedWishes {
  const known = new Map<string, Wish>();

  function note(viewerId: string, wish: Wish): void {
    known.delete(viewerId);
    known.set(viewerId, wish);
    if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!);
    o.store?.save(viewerId, wish);
  }

  function write(viewer: string, { mode, quality }: Wish, box: string): string {
    return JSON.stringify({ viewer, mode, quality, box });
  }

  return {
    find: (viewerId) => known.get(viewerId) ?? o.store?.find(viewerId) ?? null,
    save(viewerId, { mode, quality }) {
      note(viewerId, { mode, quality });
      o.tell(write(viewerId, { mode, quality }, o.box));
    },
    heard(text) {
      const told = read(text);
      // What this box has told comes back to it, perhaps behind a later wish.
      if (told === null || told.box === o.box) return;
      note(told.viewer, told.wish);
      o.onHeard(told.viewer, told.wish);
    },
    *all() {
      for (const [viewer, wish] of known) yield write(viewer, wish, "");
    },
    close: () => o.store?.close(),
  };
}

function read(text: string): { readonly viewer: string; readonly wish: Wish; readonly box: string } | null {
  try {
    const { viewer, mode, quality, box } = JSON.parse(text);
    const wish = { mode, quality };
    return typeof viewer === "string" && typeof box === "string" && isWish(wish) ? { viewer, wish, box } : null;
  } catch {
    return null;
  }
}
