import { type Context, Hono } from "hono";
import type { Experiences } from "../media/audience/experience.ts";
import { dialectOf, FIRST_WISH, isDriven, recognizeClient, type Viewer } from "../media/audience/viewer.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import { type Directives, judge, parseDirectives } from "../media/hls/directives.ts";
import { buildMultivariant, type ListedVariant } from "../media/hls/multivariant.ts";
import { RENDITION_NAMES, type RenditionName } from "../media/hls/rendition.ts";
import type { Window } from "../media/hls/window.ts";
import type { ShowAbout } from "../media/life/show_desk.ts";
import type { Room } from "../media/room/room.ts";
import type { Grid } from "../media/timeline/grid.ts";
import { readCmcd } from "./cmcd.ts";
import { suggestBitRate } from "./cmsd.ts";
import { createDvrAnswer, type DvrDeps } from "./dvr.ts";
import { acceptsGzip, PREFLIGHT_HEADERS } from "./headers.ts";
import { hasSegment } from "./health.ts";
import type { Hints } from "./hints.ts";
import { hold, type HoldEnd } from "./hold.ts";
import type { Forwarded } from "./forwarded.ts";
import { EACH_PLAYER, type Limits } from "./limits.ts";
import type { Metrics, RequestKind } from "./metrics.ts";
import type { PlayerWatch } from "./player_watch.ts";
import { createPlaylistPrototypes, slotFile } from "./playlist_prototypes.ts";
import { answerProblem, type Problem, type ProblemDetails, statusOf } from "./problems.ts";
import { wantsPage } from "./room/gate.ts";
import type { PutOut } from "./studio/put_out.ts";
import { createPlaylistPrototype } from "./prototypes.ts";
import { createRateLimit } from "./rate_limit.ts";
import { answerOffAir, findOffAir } from "./show_about.ts";
import { changeWish, describeIssues, NEW_VIEWER } from "./wishes.ts";

export interface PlaylistDeps extends DvrDeps {
  readonly window: Window;
  readonly grid: Grid;
  readonly viewers: Viewers;
  readonly forwarded: Forwarded;
  readonly limits: Limits;
  /** Empty until the encoder's configuration is known. */
  readonly variants: () => readonly (Omit<ListedVariant, "uri"> & { readonly name: RenditionName })[];
  readonly metrics: Metrics;
  readonly hints: Pick<Hints, "note">;
  readonly experiences: Pick<Experiences, "noteOf">;
  readonly putOut: Pick<PutOut, "note">;
  readonly playerWatch?: PlayerWatch;
  /** Null or left out where everybody may watch. */
  readonly room?: Room | null;
  /** Under which address this viewer fetches media; null or left out: where its playlist stands. */
  readonly mediaHome?: (viewer: Viewer) => string | null;
  /** Another box serves these viewers: left out: no. */
  readonly isDraining?: () => boolean;
  /** False: a viewer that opens waits for its first media playlist. */
  readonly mayBegin?: (viewer: Viewer, upcomingPart: number) => boolean;
  /** The window's clock, in ms. */
  readonly now: () => number;
  /** A clock that nobody sets, in ms. */
  readonly monotonic: () => number;
  readonly about: () => ShowAbout;
}

/** GET /live.m3u8 makes a viewer; GET /v/{viewer}/{file} gives that viewer's playlists: live.m3u8, one for each slot, and dvr.m3u8. */
export function createPlaylistRoutes(deps: PlaylistDeps): Hono {
  const { window, grid, viewers, metrics } = deps;
  const { targetDurationSeconds } = grid;
  const holdDeps = { window, metrics, targetDurationSeconds, now: deps.now };
  const findPrototype = createPlaylistPrototypes(deps);
  /**
   * Who has its multivariant playlist and no media playlist yet. It is the latter that is held until the viewer may begin: it tells where the show stands,
   * and some players connect anew between the two.
   */
  const opening = new WeakSet<Viewer>();
  const answerDvr = createDvrAnswer(deps);
  const mayAsk = createRateLimit(EACH_PLAYER);

  function arrive(c: Context): Response | Promise<Response> {
    if (deps.isDraining?.()) return refuse("multivariant", "draining");
    const offAir = findOffAir(deps.about());
    if (offAir !== null) return refuseOffAir("multivariant", offAir);
    const query = c.req.query();
    const asked = NEW_VIEWER.safeParse({ mode: query.mode, quality: query.quality });
    if (!asked.success) return refuse("multivariant", "bad_query", { errors: describeIssues(asked.error, query) });
    const outcome = changeWish(FIRST_WISH, asked.data);
    if (outcome.kind === "problem") return refuse("multivariant", outcome.problem);
    const origin = deps.forwarded.origin(c);
    // A player that has a viewer already makes none, and is let in.
    const arrival = { origin, wish: outcome.wish, invite: c.get("invite") ?? null };
    if (!viewers.isKnown(arrival) && !deps.limits.may("viewer", deps.forwarded.ownAddress(c))) {
      return deps.limits.late(refuse("multivariant", "too_many_viewers"));
    }
    const viewer = viewers.arrive({ ...arrival, client: recognizeClient(origin.userAgent, null) });
    if (viewer === null) return refuse("multivariant", "house_full");
    deps.putOut.note(viewer, deps.forwarded.ownAddress(c));
    return answerMultivariant(c, viewer, `v/${viewer.id}/`);
  }

  /** What has ended can be played to its end by who has come before, for as long as it is kept. */
  function findNothing(): "show_waiting" | "show_ended" | null {
    return hasSegment(window) ? null : findOffAir(deps.about());
  }

  function refuseOffAir(kind: RequestKind, problem: "show_waiting" | "show_ended"): Response {
    metrics.countRequest(kind, statusOf(problem));
    return answerOffAir(problem, deps.about(), deps.now(), { isPublic: true });
  }

  function answerMultivariant(c: Context, viewer: Viewer, folder: string): Response | Promise<Response> {
    const nothing = findNothing();
    if (nothing !== null) return refuseOffAir("multivariant", nothing);
    if (!viewers.hasRoomFor(viewer)) return refuse("multivariant", "house_full");
    viewers.touch(viewer, null);
    if (opens(viewer)) opening.add(viewer);
    return holdUnlessHead(c, pace(c, viewer, () => hasSegment(window) ? buildVariants(viewer, folder) : null), answer);

    function answer(variants: readonly ListedVariant[] | HoldEnd): Response {
      if ("kind" in variants) return refuseHeld("multivariant", variants);
      metrics.countRequest("multivariant", 200);
      const headers = suggestBitRate(viewers.circumstances(viewer).cap, deps.variants());
      return createPlaylistPrototype(buildMultivariant({ variants }), headers).answer(acceptsGzip(c.req.header("accept-encoding")));
    }
  }

  function mayGoOn(viewer: Viewer): boolean {
    if (deps.mayBegin === undefined || !opening.has(viewer)) return true;
    if (!deps.mayBegin(viewer, window.upcoming?.part ?? 0)) return false;
    opening.delete(viewer);
    return true;
  }

  function buildVariants(viewer: Viewer, folder: string): readonly ListedVariant[] | null {
    const known = deps.variants();
    const listed = viewer.slots.flatMap((slot) => {
      const variant = known.find(({ name }) => name === RENDITION_NAMES[slot]);
      return variant === undefined ? [] : [{ ...variant, uri: folder + slotFile(slot) }];
    });
    return listed.length === viewer.slots.length ? listed : null;
  }

  function answerMedia(c: Context, viewer: Viewer, slot: number): Response | Promise<Response> {
    const nothing = findNothing();
    if (nothing !== null) return refuseOffAir("playlist", nothing);
    const parsed = readDirectives(c);
    if (parsed.kind === "refuse") return refuse("playlist", "bad_directive", { detail: parsed.reason });
    viewers.touch(viewer, slot);
    noteReport(c, viewer);
    // A playlist without parts can only answer for whole segments (rule 38).
    const part = dialectOf(viewer.client).isLowLatency ? parsed.directives.part : null;
    const ask = () => {
      const found = look({ msn: parsed.directives.msn, part });
      return found?.kind !== "ready" || window.isFinished || c.req.method === "HEAD" || mayGoOn(viewer) ? found : null;
    };
    return holdUnlessHead(c, pace(c, viewer, ask), answer);

    function answer(outcome: Look | HoldEnd): Response {
      if (outcome.kind === "show_waiting" || outcome.kind === "show_ended") return refuseOffAir("playlist", outcome.kind);
      if (outcome.kind === "refuse") return refuse("playlist", "bad_directive", { detail: outcome.reason });
      if (outcome.kind === "ended" || outcome.kind === "overdue") return refuseHeld("playlist", outcome);
      viewers.decide(viewer, window);
      if (deps.playerWatch && isDriven(viewer.client)) deps.playerWatch.listed(viewer, newestClosedMsn());
      metrics.countRequest("playlist", 200);
      const prototype = findPrototype(viewer, slot);
      const isGzipped = acceptsGzip(c.req.header("accept-encoding"));
      deps.sentBeside?.(prototype.weigh(isGzipped));
      return prototype.answer(isGzipped);
    }
  }

  /** Who asks for what is there more often than a player does waits for the next part: so it costs no more than one. */
  function pace<T>(c: Context, viewer: Viewer, ask: () => T | null): () => T | null {
    if (c.req.method === "HEAD") return ask;
    let isFirst = true;
    let waitsBeyond: number | null = null;
    return () => {
      const found = ask();
      if (isFirst && found !== null && !mayAsk(viewer.id, deps.monotonic())) waitsBeyond = window.version;
      isFirst = false;
      return window.version === waitsBeyond && !window.isFinished ? null : found;
    };
  }

  function noteReport(c: Context, viewer: Viewer): void {
    const report = readCmcd(c);
    if (report !== null) deps.experiences.noteOf(viewer, report);
  }

  function newestClosedMsn(): number {
    return window.segments.findLast((segment) => segment.isClosed)!.msn;
  }

  function look(directives: Directives): Look | null {
    // What has ended is whole, whatever is asked to wait for (rule 35).
    if (window.isFinished && hasSegment(window)) return { kind: "ready" };
    const offAir = findNothing();
    if (offAir !== null) return { kind: offAir };
    const judgement = judge(directives, window, grid);
    if (judgement.kind === "refuse") return judgement;
    return judgement.kind === "ready" && hasSegment(window) ? judgement : null;
  }

  /** HEAD never blocks (rule 87). */
  function holdUnlessHead<T>(
    c: Context,
    ask: () => T | null,
    answer: (found: T | HoldEnd) => Response | Promise<Response>,
  ): Response | Promise<Response> {
    if (c.req.method === "HEAD") return answer(ask() ?? { kind: "overdue" });
    const held = hold(holdDeps, ask);
    return held instanceof Promise ? held.then(answer) : answer(held);
  }

  function refuseHeld(kind: RequestKind, { kind: problem }: HoldEnd): Response {
    const nothing = findNothing();
    if (problem === "overdue" && nothing !== null) return refuseOffAir(kind, nothing);
    return refuse(kind, problem === "overdue" && !hasSegment(window) ? "not_ready" : problem);
  }

  function refuse(kind: RequestKind, problem: Problem, details: ProblemDetails = {}): Response {
    metrics.countRequest(kind, statusOf(problem));
    return answerProblem(problem, { ...details, isPublic: true });
  }

  const app = new Hono();
  // An invite's one link is for people and for players.
  if (deps.room) app.get("/", (c, next) => wantsPage(c) ? next() : arrive(c));
  return app
    .get("/live.m3u8", arrive)
    .options("/live.m3u8", answerPreflight)
    // One pattern for both kinds of file: a literal beside a parameter would cost the whole app its fast router.
    .get("/v/:viewer/:file", (c) => {
      if (deps.isDraining?.()) return refuse("playlist", "draining");
      const viewer = viewers.find(c.req.param("viewer"));
      if (viewer === null) return refuse("playlist", "unknown_viewer");
      const file = c.req.param("file");
      if (file === "live.m3u8") return answerMultivariant(c, viewer, "");
      if (file === "dvr.m3u8") {
        const nothing = findNothing();
        if (nothing !== null) return refuseOffAir("playlist", nothing);
        noteReport(c, viewer);
        return holdUnlessHead(
          c,
          pace(c, viewer, () => ({ kind: "paced" as const })),
          (held) => held.kind === "paced" ? answerDvr(c, viewer) : refuseHeld("playlist", held),
        );
      }
      const slot = viewer.slots.find((each) => slotFile(each) === file);
      return slot === undefined ? refuse("playlist", "unknown_address") : answerMedia(c, viewer, slot);
    })
    .options("/v/:viewer/:file", answerPreflight);
}

/** What to answer to a request for a media playlist, as far as it is known. */
type Look =
  | { readonly kind: "ready" }
  | { readonly kind: "show_waiting" }
  | { readonly kind: "show_ended" }
  | { readonly kind: "refuse"; readonly reason: string };

/** Our page asks for its multivariant playlist again while it plays, when it has lost its place; VLC only when it is opened. */
function opens(viewer: Viewer): boolean {
  return viewer.lastSlot === null || viewer.client === "vlc";
}

function answerPreflight(): Response {
  return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS });
}

const NO_DIRECTIVES = { kind: "directives", directives: { msn: null, part: null } } as const;

/** Most players that poll ask without a query: nothing to parse. HEAD tells of the playlist as it is, whatever it asks to wait for. */
function readDirectives(c: Context): ReturnType<typeof parseDirectives> {
  if (c.req.method === "HEAD") return NO_DIRECTIVES;
  const start = c.req.url.indexOf("?");
  if (start < 0) return NO_DIRECTIVES;
  const usual = USUAL_DIRECTIVES.exec(c.req.url);
  if (usual !== null) return { kind: "directives", directives: { msn: Number(usual[1]), part: Number(usual[2]) } };
  return parseDirectives(new URLSearchParams(c.req.url.slice(start)));
}

/** As players write them, with nothing else: a tenth of what URLSearchParams costs. Held requests come by the hundred. */
const USUAL_DIRECTIVES = /^[^?]*\?_HLS_msn=(\d{1,15})&_HLS_part=(\d{1,15})$/;
