import type { Window } from "../media/hls/window.ts";
import type { Metrics } from "./metrics.ts";

export type HoldEnd = { readonly kind: "ended" } | { readonly kind: "overdue" };

export interface HoldDeps {
  readonly window: Window;
  readonly targetDurationSeconds: number;
  /** The window's clock, in ms. */
  readonly now: () => number;
  readonly metrics: Metrics;
}

/** After so many target durations a held request is given up (rule 38). */
const HOLD_TARGETS = 3;

/**
 * Holds a request until `look` has an answer for it: asked at once and again after every change of the window. Ends when the server stops, or after
 * three target durations. An answer that is there at once comes without a promise.
 */
export function hold<T>(deps: HoldDeps, look: () => T | null): T | HoldEnd | Promise<T | HoldEnd> {
  const answer = look();
  if (answer !== null) return answer;
  return deps.window.isEnded ? { kind: "ended" } : wait(deps, look);
}

async function wait<T>({ window, metrics, now, targetDurationSeconds }: HoldDeps, look: () => T | null): Promise<T | HoldEnd> {
  const untilMs = now() + HOLD_TARGETS * targetDurationSeconds * 1000;
  metrics.changeHeld(1);
  try {
    while (true) {
      const woken = await window.waitForChange(untilMs);
      const answer = look();
      if (answer !== null) {
        metrics.observeRelease(window.version, now());
        return answer;
      }
      if (window.isEnded) return { kind: "ended" };
      if (woken === "timeout") return { kind: "overdue" };
    }
  } finally {
    metrics.changeHeld(-1);
  }
}
