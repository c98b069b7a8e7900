import { Hono } from "hono";
import type { Dvr } from "../media/archive/dvr.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import type { Ladder } from "../media/hls/rendition.ts";
import { NO_STORE } from "./headers.ts";
import type { ShowAbout } from "../media/life/show_desk.ts";
import type { StreamAnswer } from "./schemas.ts";
import { describeAbout } from "./show_about.ts";

/** What the channel tells of itself. */
export interface StreamStatus {
  readonly state: StreamAnswer["state"];
  /** The run or the stint of the slate that is being shown; null before the first picture. */
  readonly run: string | null;
  readonly ladder: Ladder;
  readonly uptimeSeconds: number;
  readonly motion?: { readonly score: number; readonly moving: boolean } | null;
  /** Bits per second. */
  readonly budget?: { readonly uplink: number; readonly spendable: number; readonly spent: number } | null;
}

export interface StreamDeps {
  readonly viewers: Pick<Viewers, "count">;
  readonly dvr: Pick<Dvr, "seconds">;
  readonly about: () => ShowAbout;
  readonly status: () => StreamStatus;
  /** Left out where no donations are taken. */
  readonly goal?: () => StreamAnswer["goal"];
}

/** GET /api/stream: the show as a whole. */
export function createStreamRoutes(deps: StreamDeps): Hono {
  return new Hono().get("/api/stream", (c) => c.json(describeStream(deps), 200, NO_STORE));
}

export function describeStream({ viewers, about, status, goal, dvr }: StreamDeps): StreamAnswer {
  const { ladder, motion = null, budget = null, ...rest } = status();
  const { startsByItself: _, ...words } = describeAbout(about());
  return {
    ...words,
    ...rest,
    ladder: [...ladder],
    motion,
    budget,
    viewers: viewers.count(),
    ...(goal ? { goal: goal() } : {}),
    dvrSeconds: dvr.seconds,
  };
}
