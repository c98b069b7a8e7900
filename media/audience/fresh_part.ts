import type { Viewer } from "./viewer.ts";

/** Makes players begin on a part that has just come. */
export interface FreshPart {
  /** Whether a part has come since this viewer first asked, when `upcomingPart` is the next one of the open segment. */
  hasCome(viewer: Viewer, upcomingPart: number): boolean;
  /** The viewer has begun; when it opens anew it waits anew. */
  forget(viewer: Viewer): void;
}

/**
 * A stock hls.js begins 0.6 s behind the end of its first media playlist and keeps that distance for good. If it asks at any moment, the end is up to
 * a part old, half a part on average; asked in just after a part has come, it stays that much nearer, for a start that is as much later.
 */
export function createFreshPart(): FreshPart {
  const askedAt = new WeakMap<Viewer, number>();
  return {
    hasCome(viewer, upcomingPart) {
      const asked = askedAt.get(viewer);
      if (asked === undefined) askedAt.set(viewer, upcomingPart);
      return asked !== undefined && asked !== upcomingPart;
    },
    forget: (viewer) => void askedAt.delete(viewer),
  };
}
