import { Hono } from "hono";
import { getPath } from "hono/utils/url";
import denoJson from "../deno.json" with { type: "json" };
import type { Dvr } from "../media/archive/dvr.ts";
import { createExperiences } from "../media/audience/experience.ts";
import type { Viewer } from "../media/audience/viewer.ts";
import type { ShowDesk } from "../media/life/show_desk.ts";
import type { Room } from "../media/room/room.ts";
import type { Moderators } from "../media/studio/moderators.ts";
import type { OverlayToken } from "../media/studio/overlay_token.ts";
import type { Sessions } from "../media/studio/sessions.ts";
import { createChatRoutes } from "./chat/door.ts";
import { CHAT_OPERATIONS } from "./chat/operations.ts";
import type { ChatRoom } from "./chat/room.ts";
import { DONATION_OPERATIONS } from "./donations/operations.ts";
import { createDonationsRoutes, describeDonate, type Donations } from "./donations/routes.ts";
import { createEventHub, type EventHub } from "./event_hub.ts";
import { createEventsRoutes, type EventsDeps } from "./events.ts";
import { type Forwarded, PLAIN_FORWARDED } from "./forwarded.ts";
import { createHealthRoutes, type HealthDeps } from "./health.ts";
import { createHints } from "./hints.ts";
import { createLimits, type Limits } from "./limits.ts";
import { createMediaRoutes, type MediaDeps } from "./media.ts";
import { createMetricsRoutes, type MetricsDeps } from "./metrics.ts";
import { createNewsRoutes, type NewsDeps } from "./news.ts";
import { createOpenapiRoutes } from "./openapi.ts";
import { OPERATIONS, SCHEMAS } from "./operations.ts";
import { createOverlayRoutes } from "./overlay/door.ts";
import { listOverlayOperations } from "./overlay/operations.ts";
import { createPagesRoutes, type PagesDeps } from "./pages.ts";
import { createPlaylistRoutes, type PlaylistDeps } from "./playlists.ts";
import { createMethodFinder } from "./methods.ts";
import { answerProblem, statusOf } from "./problems.ts";
import { createPublishersRoutes, type PublishersDeps } from "./publishers/door.ts";
import { PUBLISH_OPERATIONS, PUBLISHER_OPERATIONS } from "./publishers/operations.ts";
import { createPublishRoutes, type PublishDeps } from "./publishers/publish.ts";
import { partPages } from "./room/asking.ts";
import { createRobotsRoutes, createRoomRoutes } from "./room/door.ts";
import { createInvitesRoutes } from "./room/invites.ts";
import { cookieName } from "./room/judge.ts";
import { INVITE_OPERATIONS } from "./room/operations.ts";
import { isStreamer } from "./streamer_key.ts";
import { CHOICES_OPERATION, createChoicesRoutes } from "./studio/choices.ts";
import { createStudioRoutes, type StudioDeps } from "./studio/door.ts";
import { STUDIO_OPERATIONS } from "./studio/operations.ts";
import { createStudioEdgesRoutes, STUDIO_EDGES_OPERATION, type StudioEdgesDeps } from "./studio/edges.ts";
import { createStudioHealthRoutes, STUDIO_HEALTH_OPERATIONS, type StudioHealthDeps } from "./studio/health.ts";
import { createPreviewRoutes, PREVIEW_OPERATION, type PreviewDeps } from "./studio/preview.ts";
import { createPutOut, type PutOut } from "./studio/put_out.ts";
import { createModeratorsRoutes, MODERATOR_OPERATIONS } from "./studio/moderators.ts";
import { createSessionRoutes, createStudioCookie, isSignedIn, studioCookieName } from "./studio/session.ts";
import { SESSION_OPERATIONS } from "./studio/session_operations.ts";
import { createStudioShowRoutes, STUDIO_SHOW_OPERATIONS } from "./studio/show.ts";
import { createUploadsRoutes, UPLOAD_OPERATION, type UploadsDeps } from "./studio/uploads.ts";
import { createStudioViewersRoutes, STUDIO_VIEWERS_OPERATIONS } from "./studio/viewers.ts";
import { createStreamRoutes, type StreamDeps } from "./stream.ts";
import { createThumbnailRoutes, type ThumbnailDeps } from "./thumbnail.ts";
import { createViewersRoutes } from "./viewers.ts";

/** Everything that the doors ask of the channel, and of the world around the server. */
export interface AppDeps
  extends
    Omit<MediaDeps, "hints" | "experiences" | "viewers" | "dvr" | "forwarded" | "room">,
    Omit<PlaylistDeps, "hints" | "experiences" | "dvr" | "forwarded" | "limits" | "monotonic" | "room" | "putOut">,
    Omit<StreamDeps, "viewers" | "dvr">,
    Pick<EventsDeps, "eventSources" | "speakEveryMs" | "boostedUntilMs">,
    Pick<NewsDeps, "log">,
    Pick<MetricsDeps, "gauges">,
    Pick<HealthDeps, "isStalled" | "isDraining">,
    Pick<PagesDeps, "pages" | "reach" | "mediaHomes">,
    Pick<ThumbnailDeps, "takeThumbnail"> {
  readonly dvr: Dvr;
  /** Where events go; the caller closes it when the server stops. */
  readonly hub?: EventHub;
  /** Who asks, behind which proxies; left out: only those on this machine are believed. */
  readonly forwarded?: Forwarded;
  /** How much may be asked; left out: as `limits.ts` has it. */
  readonly limits?: Limits;
  /** A clock that nobody sets, in ms: for whatever lasts. `performance.now` unless given. */
  readonly monotonic?: () => number;
  /** Who may watch; null or left out: everybody. */
  readonly room?: Room | null;
  /** Not for search engines and link previews. */
  readonly isPrivate?: boolean;
  /** The server's own, for the name of a room's cookie. */
  readonly port?: number;
  /** The folder under which a proxy may ask, as `/live/`; whoever asks without it is answered as well. */
  readonly base?: string;
  /** Null or left out: no chat. */
  readonly chat?: ChatRoom | null;
  /** Rules of the chat that the command line sets; left out: none. */
  readonly fixedRules?: readonly ("slowSeconds" | "links")[];
  /** Null or left out: no donations. */
  readonly donations?: Donations | null;
  /** Null or left out: nothing can be switched from outside. */
  readonly studio?: Omit<StudioDeps & UploadsDeps, "streamerKey"> | null;
  /** Null or left out: there are no small pictures of the sources. */
  readonly previews?: PreviewDeps["previews"] | null;
  /** Null or left out: the show can be neither started nor ended. */
  readonly desk?: ShowDesk | null;
  /** Where there are other boxes: those of this one alone, for machines that add them up. */
  readonly viewersHere?: MetricsDeps["viewers"];
  /** Null or left out: there is one box. */
  readonly edges?: StudioEdgesDeps["edges"] | null;
  /** Null or left out: nobody can publish. */
  readonly publishers?: PublishersDeps | null;
  /** Null or left out: no browser can publish. */
  readonly publish?: PublishDeps | null;
  /** What the streamer proves itself with; without one nobody is the streamer. */
  readonly streamerKey?: string | null;
  /** The last ten minutes and what was said lately; left out: the studio tells nothing of how all is. */
  readonly studioHealth?: Pick<StudioHealthDeps, "past" | "said"> | null;
  /** Null or left out: no browser is ever signed in to the studio. */
  readonly sessions?: Sessions | null;
  /** Null or left out: nobody keeps order but the streamer. */
  readonly moderators?: Moderators | null;
  /** Null or left out: nothing lies over OBS's picture. */
  readonly overlay?: OverlayToken | null;
  /** Hears of every fault that ended a request with a 500. */
  readonly report: (error: Error) => void;
}

/** All doors together. Playlists and media carry no middleware: each would cost more than the answer. */
export function createApp(o: AppDeps): Hono {
  const { metrics } = o;
  const experiences = createExperiences({ now: o.now, heard: metrics.observePlayer });
  const {
    chat = null,
    streamerKey = null,
    donations = null,
    studio = null,
    previews = null,
    desk = null,
    edges = null,
    publishers = null,
    publish = null,
    room = null,
    port = 0,
    sessions = null,
    overlay = null,
    moderators = null,
  } = o;
  const monotonic = o.monotonic ?? (() => performance.now());
  const { asking, others: pages } = partPages(o.pages);
  const deps = {
    ...o,
    pages,
    isPrivate: o.isPrivate === true || room !== null,
    hints: createHints(),
    putOut: createPutOut({ monotonic }),
    experiences,
    hub: o.hub ?? createEventHub(),
    monotonic,
    forwarded: o.forwarded ?? PLAIN_FORWARDED,
    limits: o.limits ?? createLimits({ monotonic, log: o.log ?? (() => {}) }),
    ...(donations ? { donate: (viewer: Viewer) => describeDonate(donations.settings, viewer), goal: () => donations.book.goal } : {}),
  };
  const app = createRoot(o.base ?? "/");

  const session = sessions && { sessions, moderators, forwarded: deps.forwarded, port, streamerKey, monotonic, now: o.now };
  if (session) app.use("/api/*", createStudioCookie(session));
  app.use("/api/*", async (c, next) => {
    const isBounded = deps.limits.may("api", deps.forwarded.ownAddress(c)) || isStreamer(c, streamerKey);
    if (isBounded) await next();
    else c.res = await deps.limits.late(answerProblem("too_many_requests"));
    metrics.countRequest("api", c.res.status);
  });
  if (room) app.route("/", createRoomRoutes({ ...deps, room, asking, port, streamerKey }));
  app.route("/", createPlaylistRoutes(deps));
  app.route("/", createMediaRoutes(deps));
  app.route("/", createViewersRoutes(deps));
  app.route("/", createEventsRoutes({ ...deps, eventSources: [...o.eventSources ?? [], ...(chat ? [chat.subscribe] : [])] }));
  app.route("/", createNewsRoutes(deps));
  if (donations) app.route("/", createDonationsRoutes({ ...deps, donations, streamerKey }));
  if (chat) app.route("/", createChatRoutes({ ...deps, chat, streamerKey, fixed: o.fixedRules ?? [] }));
  // Before the studio, whose every address wants the streamer: these let in those who are not yet, or have tickets of their own.
  if (session) app.route("/", createSessionRoutes(session));
  if (publish) app.route("/", createPublishRoutes({ ...publish, streamerKey, forwarded: deps.forwarded, monotonic: deps.monotonic }));
  if (overlay) app.route("/", createOverlayRoutes({ overlay, chat, book: donations?.book ?? null, streamerKey, now: o.now }));
  if (moderators) app.route("/", createModeratorsRoutes({ ...deps, moderators, streamerKey }));
  if (desk) app.route("/", createStudioShowRoutes({ desk, streamerKey, nowMs: Date.now }));
  // Before the studio as well: moderators may see who watches.
  app.route("/", createStudioViewersRoutes({ ...deps, streamerKey }));
  if (studio) {
    for (const create of [createStudioRoutes, createChoicesRoutes, createUploadsRoutes]) app.route("/", create({ ...studio, streamerKey }));
  }
  if (previews) app.route("/", createPreviewRoutes({ previews, streamerKey }));
  const health = studio && o.studioHealth ? { ...deps, ...studio, ...o.studioHealth, streamerKey } : null;
  if (health) app.route("/", createStudioHealthRoutes(health));
  if (edges) app.route("/", createStudioEdgesRoutes({ ...deps, edges, streamerKey }));
  if (publishers) app.route("/", createPublishersRoutes({ publishers, streamerKey }));
  if (room) app.route("/", createInvitesRoutes({ ...deps, room, streamerKey }));
  app.route("/", createStreamRoutes(deps));
  app.route(
    "/",
    createOpenapiRoutes({
      version: denoJson.version,
      operations: [
        ...OPERATIONS,
        ...(chat ? CHAT_OPERATIONS : []),
        ...(donations ? DONATION_OPERATIONS : []),
        ...(overlay ? listOverlayOperations({ chat: chat !== null, donations: donations !== null }) : []),
        ...(session ? SESSION_OPERATIONS : []),
        ...(moderators ? MODERATOR_OPERATIONS : []),
        ...(studio ? [...STUDIO_OPERATIONS, CHOICES_OPERATION, UPLOAD_OPERATION] : []),
        ...(previews ? [PREVIEW_OPERATION] : []),
        ...(desk ? STUDIO_SHOW_OPERATIONS : []),
        ...STUDIO_VIEWERS_OPERATIONS,
        ...(health ? STUDIO_HEALTH_OPERATIONS : []),
        ...(edges ? [STUDIO_EDGES_OPERATION] : []),
        ...(publishers ? PUBLISHER_OPERATIONS : []),
        ...(publish ? PUBLISH_OPERATIONS : []),
        ...(room ? INVITE_OPERATIONS : []),
      ],
      roomCookie: room ? cookieName(false, port) : null,
      moderatorCookie: moderators && session ? studioCookieName(port) : null,
      schemas: SCHEMAS,
    }),
  );
  app.route("/", createThumbnailRoutes(deps));
  app.route("/", createHealthRoutes(deps));
  app.route("/", createMetricsRoutes({ ...deps, viewers: o.viewersHere ?? o.viewers }));
  app.route("/", createPagesRoutes(deps));
  if (deps.isPrivate) app.route("/", createRobotsRoutes());

  const findMethods = createMethodFinder(app);
  app.notFound((c) => {
    const isTooLong = c.req.path.length > LONGEST_PATH;
    const methods = isTooLong ? [] : findMethods(c.req.path);
    const problem = isTooLong ? "address_too_long" : methods.length > 0 ? "wrong_method" : "unknown_address";
    if (!c.req.path.startsWith("/api/")) metrics.countRequest("other", statusOf(problem));
    const headers: Record<string, string> = methods.length > 0 ? { allow: methods.join(", ") } : {};
    return answerProblem(problem, { isPublic: PUBLIC_PATH.test(c.req.path), headers });
  });
  app.onError((error, c) => {
    deps.report(error);
    if (!c.req.path.startsWith("/api/")) metrics.countRequest("other", 500);
    return answerProblem("server_fault", { isPublic: PUBLIC_PATH.test(c.req.path) });
  });
  const isStreamers = (request: Request) => session !== null && isSignedIn(request, session);
  boundRequests(app, { ...deps, base: o.base ?? "/", isStreamers });
  return app;
}

/**
 * Whoever asks far too much, or was put out, is answered before anything else is looked at. Around the app and not a middleware of it: that would cost each playlist and part
 * more than their answers.
 */
function boundRequests(
  app: Hono,
  o: {
    readonly forwarded: Forwarded;
    readonly limits: Limits;
    readonly metrics: AppDeps["metrics"];
    readonly putOut: PutOut;
    readonly base: string;
    /** The streamer watches from wherever a viewer was put out. */
    readonly isStreamers: (request: Request) => boolean;
  },
): void {
  const { fetch } = app;
  app.fetch = (request, env, ...rest) => {
    const address = o.forwarded.ownAddress({ env, req: { url: request.url, header: (name) => request.headers.get(name) ?? undefined } });
    if (address === "" || o.limits.may("request", address)) {
      const seconds = o.putOut.isEmpty ? null : o.putOut.refuse(pathBelow(request, o.base), address);
      if (seconds === null || o.isStreamers(request)) return fetch(request, env, ...rest);
      o.metrics.countRequest("other", statusOf("put_out"));
      return refuseOutcast(seconds);
    }
    o.metrics.countRequest("other", statusOf("too_many_requests"));
    return o.limits.late(answerProblem("too_many_requests", { isPublic: true }));
  };
}

function refuseOutcast(seconds: number): Response {
  return answerProblem("put_out", { isPublic: true, headers: { "retry-after": String(seconds) } });
}

function pathBelow(request: Request, base: string): string {
  const path = getPath(request);
  return path.startsWith(base) ? path.slice(base.length - 1) : path;
}

/** The folder is taken off before anything looks at a request's path: no door knows of it, and the router stays as fast. */
function createRoot(base: string): Hono {
  if (base === "/") return new Hono();
  const root = new Hono({
    getPath: (request) => pathBelow(request, base),
  });
  // Relative: there may be more in front.
  const [name] = base.split("/").slice(-2);
  return root.get(base.slice(0, -1), (c) => c.redirect(`${name}/`, 308));
}

const LONGEST_PATH = 4096;
/** Playlists and media, which players on other pages may read (rule 83). */
const PUBLIC_PATH = /^\/(?:v|media)\/|\.m3u8$/;
