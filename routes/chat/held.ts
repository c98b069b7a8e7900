import type { HeldAnswer } from "./schemas.ts";
import type { StoredMessage } from "./store.ts";

/** A line that waits for a yes, its texts made fit to be shown. */
export type HeldLine = Omit<StoredMessage, "number" | "deletedBy"> & { readonly id: string };

/** Lines that wait for a look. They live as long as the process. */
export interface HeldLines {
  /** Holding it twice is harmless. */
  hold(line: HeldLine): void;
  /** `refused`: it was held under this key, and nobody wanted it. */
  stateOf(publicId: string, key: string): "held" | "refused" | null;
  find(id: string): HeldLine | null;
  /** It is said: it waits no longer. */
  forget(line: Pick<HeldLine, "publicId" | "key">): void;
  /** False where there is none. */
  refuse(id: string): boolean;
  /** All of that viewer. */
  refuseOf(publicId: string): void;
  list(): readonly HeldAnswer[];
}

const MOST_HELD = 200;
const MOST_REFUSED = 1000;

export function createHeldLines(): HeldLines {
  const held = new Map<string, HeldLine>();
  const refused = new Set<string>();
  function drop(line: HeldLine): void {
    held.delete(line.id);
    refused.add(nameOf(line));
    if (refused.size > MOST_REFUSED) refused.delete(refused.keys().next().value!);
  }

  return {
    hold(line) {
      held.set(line.id, line);
      if (held.size > MOST_HELD) drop(held.values().next().value!);
    },
    stateOf(publicId, key) {
      const name = nameOf({ publicId, key });
      if (refused.has(name)) return "refused";
      return [...held.values()].some((line) => nameOf(line) === name) ? "held" : null;
    },
    find: (id) => held.get(id) ?? null,
    forget(said) {
      for (const line of held.values()) if (nameOf(line) === nameOf(said)) held.delete(line.id);
    },
    refuse(id) {
      const line = held.get(id);
      if (line !== undefined) drop(line);
      return line !== undefined;
    },
    refuseOf(publicId) {
      for (const line of held.values()) if (line.publicId === publicId) drop(line);
    },
    list: () =>
      [...held.values()].map(({ id, atMs, publicId, name, text }) => ({ id, at: new Date(atMs).toISOString(), publicId, name, text })),
  };
}

function nameOf({ publicId, key }: Pick<HeldLine, "publicId" | "key">): string {
  return `${publicId} ${key}`;
}
