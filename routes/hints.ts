import type { Position } from "../media/hls/segment.ts";

/** Remembers the parts that playlists hinted lately: one that never came is a void hint (rule 53), anything else that is missing a wrong address. */
export interface Hints {
  note(hint: Position & { readonly run: string }): void;
  has(hint: Position & { readonly run: string }): boolean;
}

export function createHints(): Hints {
  const names = new Set<string>();
  return {
    note(hint) {
      names.add(nameOf(hint));
      if (names.size <= KEPT) return;
      for (const oldest of names) {
        names.delete(oldest);
        return;
      }
    },
    has: (hint) => names.has(nameOf(hint)),
  };
}

/** Some seconds of parts: whoever asks for a hint asks soon. */
const KEPT = 64;

function nameOf({ run, msn, part }: Position & { readonly run: string }): string {
  return `${run}/${msn}.${part}`;
}
