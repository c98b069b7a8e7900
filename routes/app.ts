import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import denoJson from "../deno.json" with { type: "json" };
import type { Dvr } from "../media/archive/dvr.ts";
import { createExperiences } from "../media/audience/experience.ts";
import type { Viewer } from "../media/audience/viewer.ts";
import { createChatRoutes } from "./chat/door.ts";
import { CHAT_OPERATIONS } from "./chat/operations.ts";
import type { ChatRoom } from "./chat/room.ts";
import { DONATION_OPERATIONS } from "./donations/operations.ts";
import { createDonationsRoutes, describeDonate, type Donations } from "./donations/routes.ts";
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
import { createThumbnailRoutes, type ThumbnailDeps } from "./thumbnail.ts";
import { createViewersRoutes } from "./viewers.ts";

/** Everything that the doors ask of the channel, and of the world around the server. */
export interface AppDeps
  extends
    Omit<MediaDeps, "hints" | "experiences" | "viewers" | "dvr">,
    Omit<PlaylistDeps, "hints" | "experiences" | "dvr">,
    Omit<StreamDeps, "viewers" | "dvr">,
    Pick<EventsDeps, "eventSources" | "speakEveryMs" | "boostedUntilMs">,
    Pick<MetricsDeps, "gauges">,
    Pick<PagesDeps, "pages">,
    Pick<ThumbnailDeps, "takeThumbnail"> {
  readonly dvr: Dvr;
  /** Where events go; the caller closes it when the server stops. */
  readonly hub?: EventHub;
  /** Null or left out: no chat. */
  readonly chat?: ChatRoom | null;
  /** Null or left out: no donations. */
  readonly donations?: Donations | null;
  /** What the streamer proves itself with; without one nobody is the streamer. */
  readonly streamerKey?: string | null;
  /** Hears of every fault that ended a request with a 500. */
  readonly report: (error: Error) => void;
}

/** All doors together. Playlists and media carry no middleware: each would cost more than the answer. */
export function createApp(o: AppDeps): Hono {
  const { metrics } = o;
  const experiences = createExperiences({ now: o.now, heard: metrics.observePlayer });
  const { chat = null, streamerKey = null, donations = null } = o;
  const deps = {
    ...o,
    hints: createHints(),
    experiences,
    hub: o.hub ?? createEventHub(),
    ...(donations ? { donate: (viewer: Viewer) => describeDonate(donations.settings, viewer) } : {}),
  };
  const app = new Hono();

  app.use("/api/*", bodyLimit({ maxSize: LARGEST_BODY_BYTES, onError: () => answerProblem("body_too_large") }));
  app.use("/api/*", async (c, next) => {
    await next();
    metrics.countRequest("api", c.res.status);
  });
  app.route("/", createPlaylistRoutes(deps));
  app.route("/", createMediaRoutes(deps));
  app.route("/", createViewersRoutes(deps));
  app.route("/", createEventsRoutes({ ...deps, eventSources: [...o.eventSources ?? [], ...(chat ? [chat.subscribe] : [])] }));
  if (donations) app.route("/", createDonationsRoutes({ ...deps, donations }));
  if (chat) app.route("/", createChatRoutes({ viewers: o.viewers, chat, streamerKey }));
  app.route("/", createStreamRoutes(deps));
  app.route(
    "/",
    createOpenapiRoutes({
      version: denoJson.version,
      operations: [...OPERATIONS, ...(chat ? CHAT_OPERATIONS : []), ...(donations ? DONATION_OPERATIONS : [])],
      schemas: SCHEMAS,
    }),
  );
  app.route("/", createThumbnailRoutes(deps));
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
