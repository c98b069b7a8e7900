import { Hono } from "hono";
import type { Window } from "../media/hls/window.ts";
import type { ShowAbout } from "../media/life/show_desk.ts";
import { NO_STORE } from "./headers.ts";
import { answerProblem } from "./problems.ts";
import { answerOffAir, findOffAir } from "./show_about.ts";

export interface HealthDeps {
  readonly window: Window;
  /** Nothing has been published for too long: new players would find a standing picture. */
  readonly isStalled?: () => boolean;
  readonly about: () => ShowAbout;
  /** In ms. */
  readonly now: () => number;
  /** Others take its viewers. */
  readonly isDraining?: () => boolean;
}

/** For machines: /healthz says that the process lives, /readyz that there is something to play. */
export function createHealthRoutes({ window, isStalled, about, now, isDraining }: HealthDeps): Hono {
  return new Hono()
    .get("/healthz", (c) => c.json({ status: "alive" }, 200, NO_STORE))
    .get("/readyz", (c) => {
      if (window.isEnded) return answerProblem("ended");
      if (isDraining?.()) return answerProblem("draining");
      const offAir = findOffAir(about());
      if (offAir !== null) return answerOffAir(offAir, about(), now());
      if (isStalled?.()) return answerProblem("stalled");
      return hasSegment(window) ? c.json({ status: "ready" }, 200, NO_STORE) : answerProblem("not_ready");
    });
}

/** Whether a whole segment was published: players start from no less. */
export function hasSegment(window: Window): boolean {
  return window.segments[0]?.isClosed ?? false;
}
