import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import denoJson from "../deno.json" with { type: "json" };
import { createExperiences } from "../media/audience/experience.ts";
import { createEventHub, type EventHub } from "./event_hub.ts";
import { createEventsRoutes, type EventsDeps } from "./events.ts";
import { createHealthRoutes } from "./health.ts";
import { createHints } from "./hints.ts";
import { createMediaRoutes, type MediaDeps } from "./media.ts";
import { createMetricsRoutes, type MetricsDeps } from "./metrics.ts";
import { createOpenapiRoutes } from "./openapi.ts";
import { OPERATIONS, SCHEMAS } from "./operations.ts";
import { createPagesRoutes, type PagesDeps } from "./pages.ts";
import { createPlaylistRoutes, type PlaylistDeps } from "./playlists.ts";
import { answerProblem, statusOf } from "./problems.ts";
import { createStreamRoutes, type StreamDeps } from "./stream.ts";
import { createViewersRoutes } from "./viewers.ts";

/** Everything that the doors ask of the channel, and of the world around the server. */
export interface AppDeps
  extends
    Omit<MediaDeps, "hints" | "experiences" | "viewers">,
    Omit<PlaylistDeps, "hints" | "experiences">,
    Omit<StreamDeps, "viewers">,
    Pick<EventsDeps, "eventSources" | "boostedUntilMs">,
    Pick<MetricsDeps, "gauges">,
    Pick<PagesDeps, "pages"> {
  /** Where events go; the caller closes it when the server stops. */
  readonly hub?: EventHub;
  /** Hears of every fault that ended a request with a 500. */
  readonly report: (error: Error) => void;
}

/** All doors together. Playlists and media carry no middleware: each would cost more than the answer. */
export function createApp(o: AppDeps): Hono {
  const { metrics } = o;
  const experiences = createExperiences({ now: o.now, heard: metrics.observePlayer });
  const deps = { ...o, hints: createHints(), experiences, hub: o.hub ?? createEventHub() };
  const app = new Hono();

  app.use("/api/*", bodyLimit({ maxSize: LARGEST_BODY_BYTES, onError: () => answerProblem("body_too_large") }));
  app.use("/api/*", async (c, next) => {
    await next();
    metrics.countRequest("api", c.res.status);
  });
  app.route("/", createPlaylistRoutes(deps));
  app.route("/", createMediaRoutes(deps));
  app.route("/", createViewersRoutes(deps));
  app.route("/", createEventsRoutes(deps));
  app.route("/", createStreamRoutes(deps));
  app.route("/", createOpenapiRoutes({ version: denoJson.version, operations: OPERATIONS, schemas: SCHEMAS }));
  app.route("/", createHealthRoutes(deps));
  app.route("/", createMetricsRoutes(deps));
  app.route("/", createPagesRoutes(deps));

  app.notFound((c) => {
    const isTooLong = c.req.path.length > LONGEST_PATH;
    const problem = isTooLong ? "address_too_long" : "unknown_address";
    if (!c.req.path.startsWith("/api/")) metrics.countRequest("other", statusOf(problem));
    return answerProblem(problem, { isPublic: PUBLIC_PATH.test(c.req.path) });
  });
  app.onError((error, c) => {
    deps.report(error);
    metrics.countRequest("other", 500);
    return answerProblem("server_fault", { isPublic: PUBLIC_PATH.test(c.req.path) });
  });
  return app;
}

const LARGEST_BODY_BYTES = 64 * 1024;
const LONGEST_PATH = 4096;
/** Playlists and media, which players on other pages may read (rule 83). */
const PUBLIC_PATH = /^\/(?:v|media)\/|\.m3u8$/;
