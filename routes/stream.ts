import { Hono } from "hono";
import type { Viewers } from "../media/audience/viewers.ts";
import type { Ladder } from "../media/hls/rendition.ts";

/** What the channel tells of itself. */
export interface StreamStatus {
  readonly state: string;
  /** The run or the stint of the slate that is being shown; null before the first picture. */
  readonly run: string | null;
  readonly ladder: Ladder;
  readonly uptimeSeconds: number;
}

export interface StreamDeps {
  readonly viewers: Pick<Viewers, "count">;
  readonly title: string;
  readonly status: () => StreamStatus;
}

/** GET /api/stream: the show as a whole. */
export function createStreamRoutes({ viewers, title, status }: StreamDeps): Hono {
  return new Hono().get(
    "/api/stream",
    (c) => c.json({ title, ...status(), viewers: viewers.count() }, 200, { "cache-control": "no-store" }),
  );
}
