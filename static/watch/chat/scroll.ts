/// <reference lib="dom" />

/** Keeps a log at its end until somebody scrolls up. */
export interface Scroll {
  /** Call after the log has changed; `hasNews` where something was added at its end. */
  changed(hasNews: boolean): void;
  toEnd(): void;
}

/** So near the end counts as the end. */
const NEAR_PX = 40;

/** `onAway`: whether there is something new that is out of sight. */
export function createScroll(log: HTMLElement, onAway: (isAway: boolean) => void): Scroll {
  let isAtEnd = true;

  function toEnd(): void {
    isAtEnd = true;
    log.scrollTop = log.scrollHeight;
    onAway(false);
  }

  log.addEventListener("scroll", () => {
    isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
    if (isAtEnd) onAway(false);
  }, { passive: true });
  // A place that becomes smaller moves its end away: that is nobody's wish.
  if ("ResizeObserver" in globalThis) new ResizeObserver(() => isAtEnd && toEnd()).observe(log);

  return {
    changed(hasNews) {
      if (isAtEnd) toEnd();
      else if (hasNews) onAway(true);
    },
    toEnd,
  };
}
