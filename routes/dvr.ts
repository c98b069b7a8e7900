import type { Context } from "hono";
import { gzip } from "node:zlib";
import type { Dvr } from "../media/archive/dvr.ts";
import { dialectOf, type Viewer } from "../media/audience/viewer.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import { renderMediaPlaylist } from "../media/hls/m3u8.ts";
import { MEDIA } from "../media/hls/playlist.ts";
import { RENDITION_NAMES, type RenditionName } from "../media/hls/rendition.ts";
import type { Room } from "../media/room/room.ts";
import { acceptsGzip } from "./headers.ts";
import type { Metrics } from "./metrics.ts";
import { answerProblem, type Problem, type ProblemDetails, statusOf } from "./problems.ts";
import { respondPlaylist, type Weighed } from "./prototypes.ts";

export interface DvrDeps {
  readonly dvr: Pick<Dvr, "newestMsn" | "isOver" | "buildPlaylist">;
  readonly viewers: Pick<Viewers, "circumstances" | "touch">;
  readonly metrics: Metrics;
  /** Null or left out where everybody may watch. */
  readonly room?: Pick<Room, "pieces"> | null;
  /** Hears how many bytes each answer weighs beside the media itself. */
  readonly sentBeside?: (bytes: number) => void;
  /** A clock that nobody sets, in ms. */
  readonly monotonic: () => number;
}

/**
 * GET /v/{viewer}/dvr.m3u8: everything that a viewer can go back to, in one rendition for as long as it watches it, since what a playlist has said
 * of a segment must stay true (rule 67). `?rendition=` names it; else it is the viewer's pin, or what it is shown; never above its cap of the
 * moment of the first request. Viewers with the same rendition share one text a segment, gzipped once and off the event loop. In a room all addresses carry
 * the piece of this hour: it goes back further than a piece is good, so with the hour everybody gets the whole list anew.
 */
export function createDvrAnswer(deps: DvrDeps, mostFixed = MOST_FIXED): (c: Context, viewer: Viewer) => Response | Promise<Response> {
  const { dvr, viewers, metrics, monotonic, room = null } = deps;
  const findText = createTexts(deps);
  /** By viewer and what its address asks for; who has asked last stands last. */
  const fixed = new Map<string, { readonly rendition: number; readonly askedAtMs: number; readonly mediaFolder: string }>();

  /** `hasList`: it has been given the whole list with these addresses. */
  function fix(
    viewer: Viewer,
    asked: RenditionName | null,
    mediaFolder: string,
  ): { readonly rendition: number; readonly hasList: boolean } {
    const nowMs = monotonic();
    const key = `${viewer.id} ${asked}`;
    const known = fixed.get(key);
    const rendition = known?.rendition ?? Math.max(placeOf(asked ?? wishOf(viewer)), placeOf(viewers.circumstances(viewer).cap));
    fixed.delete(key);
    fixed.set(key, { rendition, askedAtMs: nowMs, mediaFolder });
    for (const [oldest, { askedAtMs }] of fixed) {
      if (fixed.size <= mostFixed && nowMs - askedAtMs <= FORGET_AFTER_MS) break;
      fixed.delete(oldest);
    }
    return { rendition, hasList: room === null || known?.mediaFolder === mediaFolder };
  }

  function refuse(problem: Problem, details: ProblemDetails = {}): Response {
    metrics.countRequest("playlist", statusOf(problem));
    return answerProblem(problem, { ...details, isPublic: true });
  }

  function send({ response, weight }: Weighed): Response {
    deps.sentBeside?.(weight);
    return response.clone();
  }

  return (c, viewer) => {
    const asked = c.req.query("rendition") ?? null;
    const name = RENDITION_NAMES.find((known) => known === asked) ?? null;
    if (asked !== null && name === null) {
      const message = `unknown; it is one of ${RENDITION_NAMES.join(", ")}`;
      return refuse("bad_query", { errors: [{ field: "rendition", value: asked.slice(0, 100), message }] });
    }
    viewers.touch(viewer, null);
    if (dvr.newestMsn === null) return refuse("not_ready");
    const mediaFolder = room === null ? MEDIA : `${MEDIA}${room.pieces.now()}/`;
    const { rendition, hasList } = fix(viewer, name, mediaFolder);
    const text = findText({
      rendition,
      marksDiscontinuities: dialectOf(viewer.client).marksDiscontinuities,
      isDelta: c.req.query("_HLS_skip") === "YES" && hasList,
      mediaFolder,
    });
    metrics.countRequest("playlist", 200);
    const found = text.answer(acceptsGzip(c.req.header("accept-encoding")));
    return found instanceof Promise ? found.then(send) : send(found);
  };
}

/** Anybody can make viewers: as many are remembered as the table of viewers holds. */
const MOST_FIXED = 100_000;
/** Longer than anything can be gone back to, and a pause. */
const FORGET_AFTER_MS = 12 * 3_600_000;

function placeOf(name: RenditionName): number {
  return RENDITION_NAMES.indexOf(name);
}

/** In gaming mode the past is wanted for its motion: the best there is. */
function wishOf(viewer: Viewer): RenditionName {
  if (viewer.mode === "gaming") return RENDITION_NAMES[0];
  if (viewer.quality !== "auto") return viewer.quality;
  return viewer.choices[viewer.lastSlot ?? viewer.slots[0] ?? 0]?.rendition ?? RENDITION_NAMES[0];
}

interface Text {
  answer(isGzipped: boolean): Weighed | Promise<Weighed>;
}

/** Rendered when first asked for after a segment was closed. */
function createTexts({ dvr, metrics }: DvrDeps): (listing: Parameters<Dvr["buildPlaylist"]>[0]) => Text {
  let newest = "";
  let texts = new Map<string, Text>();
  return (listing) => {
    const now = `${dvr.newestMsn} ${dvr.isOver}`;
    if (newest !== now) {
      newest = now;
      texts = new Map();
    }
    const key = JSON.stringify(listing);
    let text = texts.get(key);
    if (text === undefined) {
      metrics.countRendering();
      text = createText(renderMediaPlaylist(dvr.buildPlaylist(listing)));
      texts.set(key, text);
    }
    return text;
  };
}

/** Half an hour is 180 KB of text, 12 KB gzipped. */
function createText(text: string): Text {
  let gzipped: Promise<Weighed> | null = null;
  return {
    answer(isGzipped) {
      if (!isGzipped) return respondPlaylist(new TextEncoder().encode(text), {});
      return gzipped ??= compress(text).then((bytes) => respondPlaylist(bytes, { "content-encoding": "gzip" }));
    },
  };
}

function compress(text: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => gzip(text, { level: 6 }, (problem, bytes) => problem ? reject(problem) : resolve(bytes)));
}
