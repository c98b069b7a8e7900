import type { Said } from "./said.ts";
import type { HeldAnswer } from "./schemas.ts";

/** A line that waits for a yes, its texts made fit to be shown. */
export type HeldLine = Said & { readonly id: string; readonly key: string; readonly atMs: number };

/** Lines that wait for a look. They live as long as the process. */
export interface HeldLines {
  hold(line: Omit<HeldLine, "id">): void;
  /** `refused`: it was held under this key, and nobody wanted it. */
  stateOf(publicId: string, key: string): "held" | "refused" | null;
  /** Takes it out, to be said; null where there is none. */
  take(id: string): HeldLine | null;
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
  let made = 0;

  function drop(line: HeldLine): void {
    held.delete(line.id);
    refused.add(nameOf(line));
    if (refused.size > MOST_REFUSED) refused.delete(refused.keys().next().value!);
  }

  return {
    hold(line) {
      const id = `${++made}`;
      held.set(id, { ...line, id });
      if (held.size > MOST_HELD) drop(held.values().next().value!);
    },
    stateOf(publicId, key) {
      const name = nameOf({ publicId, key });
      if (refused.has(name)) return "refused";
      return [...held.values()].some((line) => nameOf(line) === name) ? "held" : null;
    },
    take(id) {
      const line = held.get(id) ?? null;
      held.delete(id);
      return line;
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
