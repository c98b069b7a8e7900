import { type Context, Hono } from "hono";
import { CORS_HEADERS, UNLISTED_HEADERS } from "./headers.ts";
import type { Metrics } from "./metrics.ts";
import { answerProblem } from "./problems.ts";

export interface ThumbnailDeps {
  /** Makes a picture (a JPEG) of what is shown now; null where that is not possible yet. Without this there is no thumbnail. */
  readonly takeThumbnail?: () => Promise<Uint8Array<ArrayBuffer> | null>;
  readonly metrics: Pick<Metrics, "countRequest">;
  /** Anything where not everybody may see it: no cache but the asker's own keeps it then. */
  readonly room?: object | null;
  /** Not for search engines. */
  readonly isPrivate?: boolean;
  /** A clock that nobody sets, in ms. */
  readonly monotonic: () => number;
}

/** GET /thumbnail.jpg: the show in one small picture, at most 10 s old, for pages that link here. Made when somebody asks, and no more often than that. */
export function createThumbnailRoutes({ takeThumbnail, metrics, monotonic: now, room, isPrivate = false }: ThumbnailDeps): Hono {
  const headers = { "cache-control": `${room ? "private" : "public"}, max-age=10`, ...(isPrivate ? UNLISTED_HEADERS : {}) };
  let newest: { readonly response: Response; readonly takenAtMs: number } | null = null;
  let taking: Promise<void> | null = null;
  let mayTryAtMs = -Infinity;

  async function take(takeOne: NonNullable<typeof takeThumbnail>): Promise<void> {
    const takenAtMs = now();
    const jpeg = await takeOne().catch(() => null);
    if (jpeg === null) mayTryAtMs = takenAtMs + RETRY_MS;
    else newest = { response: respond(jpeg, headers), takenAtMs };
  }

  async function answer(c: Context): Promise<Response> {
    if (takeThumbnail === undefined) return answerProblem("unknown_address", { isPublic: true });
    const isFresh = newest !== null && now() - newest.takenAtMs < FRESH_MS;
    if (!isFresh && now() >= mayTryAtMs && c.req.method !== "HEAD") {
      await (taking ??= take(takeThumbnail).finally(() => taking = null));
    }
    const isUsable = newest !== null && now() - newest.takenAtMs < USABLE_MS;
    return isUsable ? newest!.response.clone() : answerProblem("not_ready", { isPublic: true });
  }

  return new Hono().get("/thumbnail.jpg", async (c) => {
    const response = await answer(c);
    metrics.countRequest("other", response.status);
    return response;
  });
}

const FRESH_MS = 10_000;
/** While no new one can be made, an older one still serves. */
const USABLE_MS = 60_000;
/** A busy machine is not asked again at once. */
const RETRY_MS = 1000;

function respond(jpeg: Uint8Array<ArrayBuffer>, more: Readonly<Record<string, string>>): Response {
  return new Response(jpeg, {
    headers: {
      ...CORS_HEADERS,
      "content-type": "image/jpeg",
      "content-length": String(jpeg.length),
      ...more,
    },
  });
}
