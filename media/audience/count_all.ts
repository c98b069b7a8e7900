import type { Viewers } from "./viewers.ts";

/** The same viewers, of whom everybody is told how many watch the show, and not how many watch on this box. */
export function countAll(viewers: Viewers, countWith: (own: number) => number): Viewers {
  return {
    ...viewers,
    count() {
      const own = viewers.count();
      return { ...own, total: countWith(own.total) };
    },
  };
}
