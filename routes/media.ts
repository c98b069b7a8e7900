import { type Context, Hono } from "hono";
import { type MediaAddress, parseMediaAddress } from "../media/hls/addresses.ts";
import { RENDITION_NAMES, type RenditionName } from "../media/hls/rendition.ts";
import type { Dvr } from "../media/archive/dvr.ts";
import type { Part, Segment } from "../media/hls/segment.ts";
import { partBytes, segmentBytes } from "../media/hls/segment_bytes.ts";
import type { Window } from "../media/hls/window.ts";
import type { Room } from "../media/room/room.ts";
import type { Experiences } from "../media/audience/experience.ts";
import { isDriven } from "../media/audience/viewer.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import type { Grid } from "../media/timeline/grid.ts";
import { readCmcd } from "./cmcd.ts";
import { MEDIA_HEADERS, PREFLIGHT_HEADERS, ROOM_MEDIA_HEADERS } from "./headers.ts";
import type { Hints } from "./hints.ts";
import { hold, type HoldEnd } from "./hold.ts";
import type { Forwarded } from "./forwarded.ts";
import type { Metrics } from "./metrics.ts";
import type { PlayerWatch } from "./player_watch.ts";
import { answerProblem, type Problem, statusOf } from "./problems.ts";
import { createMediaPrototypes, type Prototype } from "./prototypes.ts";
import { answerExcerpt, answerRange, parseRange } from "./range.ts";

export interface MediaDeps {
  readonly window: Window;
  readonly grid: Grid;
  /** The init of a rendition of a run, as long as a playlist may name it. */
  readonly init: (run: string, rendition: RenditionName) => Uint8Array | null;
  readonly hints: Pick<Hints, "has">;
  /** What has left the window and can still be fetched. */
  readonly dvr: Pick<Dvr, "find">;
  readonly metrics: Metrics;
  readonly experiences: Pick<Experiences, "noteOfSession">;
  readonly viewers: Pick<Viewers, "findPlayer">;
  readonly forwarded: Forwarded;
  readonly playerWatch?: PlayerWatch;
  /** Null or left out where everybody may watch. */
  readonly room?: Pick<Room, "pieces"> | null;
  /** Parts and segments are waited for that may come within so long: another box has listed them already. Left out: only what is hinted. */
  readonly aheadSeconds?: number;
  /** Hears how many bytes each answer weighs beside the media itself. */
  readonly sentBeside?: (bytes: number) => void;
  /** The window's clock, in ms. */
  readonly now: () => number;
}

/** How long an answer to a request for media is kept ready. Players at the live edge ask within it; later ones cost one more copy. */
const KEEP_MS = 10_000;

/**
 * GET /media/{run}/{rendition}/{file}: inits, segments and parts. A hinted part is held until it is there whole (rules 20, 49). In a room it is
 * /media/{piece}/{run}/{rendition}/{file}, for as long as the piece is good.
 */
export function createMediaRoutes(deps: MediaDeps): Hono {
  const { window, metrics, room = null } = deps;
  const path = `/media/${room === null ? "" : ":piece/"}:run/:rendition/:file` as "/media/:run/:rendition/:file";
  const headers = room === null ? MEDIA_HEADERS : ROOM_MEDIA_HEADERS;
  const prototypes = createMediaPrototypes({ headers, keepMs: KEEP_MS, now: deps.now });
  const holdDeps = { window, metrics, now: deps.now, targetDurationSeconds: deps.grid.targetDurationSeconds };

  function answerInit(c: Context, { run, rendition }: MediaAddress & { kind: "init" }): Response {
    const bytes = deps.init(run, rendition);
    return bytes === null ? refuse("init", "unknown_media") : send(c, "init", rendition, prototypes.init(bytes), () => bytes);
  }

  function answerSegment(c: Context, address: MediaAddress & { kind: "segment" }): Response | Promise<Response> {
    const { run, rendition, msn } = address;
    const segment = findSegment(run, msn);
    if (c.req.method !== "HEAD" && closesAhead(msn)) return holdSegment(c, address);
    if (segment === null) return answerArchived(c, address);
    if (!segment.isClosed) return refuse("segment", "unknown_media");
    if (deps.playerWatch && c.req.method !== "HEAD") watchPlayer(c, deps.playerWatch, msn);
    const place = RENDITION_NAMES.indexOf(rendition);
    return send(c, "segment", rendition, prototypes.segment(segment, place), () => segmentBytes(segment, place));
  }

  async function holdSegment(c: Context, address: MediaAddress & { kind: "segment" }): Promise<Response> {
    const isThere = () => closesAhead(address.msn) ? null : { kind: "there" as const };
    const held = await hold(holdDeps, isThere);
    return held.kind === "there" ? answerSegment(c, address) : refuse("segment", held.kind);
  }

  /** Read for each request: few go back, each to another place, and the system keeps in memory what many go back to. */
  async function answerArchived(c: Context, { run, rendition, msn }: MediaAddress & { kind: "segment" }): Promise<Response> {
    const excerpt = deps.dvr.find(run, msn, RENDITION_NAMES.indexOf(rendition));
    if (excerpt === null) return refuse("segment", "unknown_media");
    const range = parseRange(c.req.header("range"), c.req.header("if-range"), excerpt.length);
    if (range.kind === "beyond") return refuse("segment", "range_not_satisfiable", { "content-range": `bytes */${excerpt.length}` });
    const { start, end } = range.kind === "range" ? range : { start: 0, end: excerpt.length };
    const isHead = c.req.method === "HEAD";
    const bytes = isHead ? null : await excerpt.read(start, end);
    if (bytes === null && !isHead) return refuse("segment", "unknown_media");
    metrics.countRequest("segment", range.kind === "whole" ? 200 : 206);
    if (!isHead) metrics.countBytes(rendition, end - start);
    return answerExcerpt(bytes, range, excerpt.length, headers);
  }

  function watchPlayer(c: Context, watch: PlayerWatch, msn: number): void {
    const viewer = deps.viewers.findPlayer(deps.forwarded.origin(c));
    if (viewer !== null && isDriven(viewer.client)) watch.asked(viewer, msn);
  }

  function answerPart(c: Context, address: MediaAddress & { kind: "part" }): Response | Promise<Response> {
    const isHead = c.req.method === "HEAD";
    const isAwaited = () => isHinted(address) || isAhead(address);
    if (isHead && isAwaited()) return refuse("part", "unknown_media");
    let isHeld = false;
    const held = hold(holdDeps, () => {
      const part = findPart(address);
      if (part !== null) return { kind: "part" as const, part };
      if (!isAwaited()) return { kind: "missing" as const };
      isHeld = true;
      return null;
    });
    return held instanceof Promise ? held.then(answer) : answer(held);

    function answer(outcome: { kind: "part"; part: Part } | { kind: "missing" } | HoldEnd): Response {
      if (outcome.kind === "missing") return refuseMissing(address, isHeld);
      if (outcome.kind !== "part") return refuse("part", outcome.kind);
      const place = RENDITION_NAMES.indexOf(address.rendition);
      return send(c, "part", address.rendition, prototypes.part(outcome.part, place), () => partBytes(outcome.part, place));
    }
  }

  function refuseMissing(address: MediaAddress & { kind: "part" }, isHeld: boolean): Response {
    if (!isHeld && !deps.hints.has(address)) return refuse("part", "unknown_media");
    metrics.countVoidHint();
    return refuse("part", "void_hint");
  }

  function findSegment(run: string, msn: number): Segment | null {
    const segment = window.find(msn);
    return segment?.run === run ? segment : null;
  }

  function findPart({ run, msn, part }: MediaAddress & { kind: "part" }): Part | null {
    return findSegment(run, msn)?.parts[part] ?? null;
  }

  function isHinted({ run, msn, part }: MediaAddress & { kind: "part" }): boolean {
    const { upcoming } = window;
    return upcoming !== null && upcoming.run === run && upcoming.msn === msn && upcoming.part === part;
  }

  /** Whether a part comes within the time that another box may be ahead. */
  function isAhead({ msn, part }: { readonly msn: number; readonly part: number }): boolean {
    const { aheadSeconds = 0, grid: { framesPerSegment, framesPerPart, rate } } = deps;
    const { upcoming } = window;
    if (aheadSeconds === 0 || upcoming === null || part * framesPerPart > framesPerSegment) return false;
    const frames = (msn - upcoming.msn) * framesPerSegment + (part - upcoming.part) * framesPerPart;
    return frames >= 0 && frames <= aheadSeconds * rate;
  }

  /** Whether a segment is closed within that time: where the part behind its last comes. */
  function closesAhead(msn: number): boolean {
    return !window.find(msn)?.isClosed && isAhead({ msn: msn + 1, part: 0 });
  }

  function send(
    c: Context,
    kind: "init" | "segment" | "part",
    rendition: RenditionName,
    { response, length, headLength }: Prototype,
    bytes: () => Uint8Array,
  ): Response {
    const asked = c.req.header("range");
    const range = parseRange(asked, asked && c.req.header("if-range"), length);
    if (range.kind === "beyond") return refuse(kind, "range_not_satisfiable", { "content-range": `bytes */${length}` });
    metrics.countRequest(kind, range.kind === "whole" ? 200 : 206);
    if (c.req.method !== "HEAD") metrics.countBytes(rendition, range.kind === "whole" ? length : range.end - range.start);
    deps.sentBeside?.(headLength);
    return range.kind === "whole" ? response.clone() : answerRange(bytes(), range, headers);
  }

  /** What is listed is looked at only where the hour alone does not tell. */
  function isLetIn(piece: string, { pieces }: Pick<Room, "pieces">): boolean {
    if (pieces.isGood(piece)) return true;
    const heads = window.upcoming === null ? window.segments : [...window.segments, window.upcoming];
    return pieces.isGood(piece, heads.map(({ programDateTimeMs }) => programDateTimeMs));
  }

  function refuse(kind: "init" | "segment" | "part", problem: Problem, headers?: Record<string, string>): Response {
    metrics.countRequest(kind, statusOf(problem));
    return answerProblem(problem, { isPublic: true, ...(headers ? { headers } : {}) });
  }

  return new Hono()
    .get(path, (c: Context) => {
      if (room !== null && !isLetIn(c.req.param("piece")!, room)) {
        metrics.countRequest("other", statusOf("wrong_piece"));
        return answerProblem("wrong_piece", { isPublic: true });
      }
      const report = readCmcd(c);
      if (report !== null) deps.experiences.noteOfSession(report);
      const address = parseMediaAddress(c.req.param("run")!, c.req.param("rendition")!, c.req.param("file")!);
      switch (address.kind) {
        case "init":
          return answerInit(c, address);
        case "segment":
          return answerSegment(c, address);
        case "part":
          return answerPart(c, address);
        case "unknown":
          metrics.countRequest("other", 404);
          return answerProblem("unknown_media", { isPublic: true });
      }
    })
    .options(path, () => new Response(null, { status: 204, headers: PREFLIGHT_HEADERS }));
}
