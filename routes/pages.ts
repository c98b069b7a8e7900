import { createHash } from "node:crypto";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Context, Hono } from "hono";
import { acceptsGzip, UNLISTED_HEADERS } from "./headers.ts";
import { type Forwarded, isLoopbackName, originOf } from "./forwarded.ts";
import type { ShowAbout } from "../media/life/show_desk.ts";
import type { Metrics } from "./metrics.ts";

/** One built file of the browser's side. */
export interface PageFile {
  /** Where it is found, with its slash: `/`, `/assets/watch.js`. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Null where it would not be smaller. */
  readonly gzipped: Uint8Array<ArrayBuffer> | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
}

export interface PagesDeps {
  readonly pages: readonly PageFile[];
  readonly metrics: Pick<Metrics, "countRequest">;
  readonly forwarded: Forwarded;
  readonly about: () => ShowAbout;
  /** The page's address for others on the network, for who has it open as `localhost`; left out or null: there is none. */
  readonly reach?: () => string | null;
  /** Other addresses that pages may fetch media from; left out: none. */
  readonly mediaHomes?: () => readonly string[];
  /** Nothing of the show for link previews and search engines. */
  readonly isPrivate?: boolean;
}

/**
 * Reads all built files below a folder, once; none where the folder is missing. `index.html` becomes `/`, `studio.html` becomes `/studio`. What this show is
 * without (`chat`) stands in every page as `<html data-without="chat">`, so that its script and style know before anything is asked.
 */
export async function loadPages(dir: string, without: readonly string[] = [], prefix = "/"): Promise<PageFile[]> {
  const files: PageFile[] = [];
  try {
    for await (const entry of Deno.readDir(dir)) {
      const path = join(dir, entry.name);
      if (entry.isDirectory) files.push(...await loadPages(path, without, `${prefix}${entry.name}/`));
      else if (TYPES[extname(entry.name)] !== undefined) {
        const bytes = await Deno.readFile(path);
        files.push(describeFile(prefix + entry.name, extname(entry.name) === ".html" ? markPage(bytes, without) : bytes));
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

/** GET / and every other built file, each under an address of its own: a pattern for all would cost the whole app its fast router. */
export function createPagesRoutes(deps: PagesDeps): Hono {
  const { metrics } = deps;
  const app = new Hono();
  for (const page of deps.isPrivate ? deps.pages.map(withhold) : deps.pages) {
    const fill = createFiller(page, deps);
    app.get(page.path, (c) => {
      const answer = answerFile(c, fill(c), deps.mediaHomes?.() ?? []);
      metrics.countRequest("page", answer.status);
      return answer;
    });
  }
  return app;
}

function answerFile(c: Context, { bytes, gzipped, headers: own, etag }: PageFile, mediaHomes: readonly string[]): Response {
  const headers = mediaHomes.length === 0 ? own : letFetchFrom(own, mediaHomes);
  const asked = c.req.header("if-none-match");
  if (asked !== undefined && asked.split(",").some((each) => each.trim().replace(/^W\//, "") === etag)) {
    return new Response(null, { status: 304, headers });
  }
  const isGzipped = gzipped !== null && acceptsGzip(c.req.header("accept-encoding"));
  return new Response(isGzipped ? gzipped : bytes, { headers: isGzipped ? { ...headers, "content-encoding": "gzip" } : headers });
}

/** Playlists may say that media are elsewhere: on an edge's own address, or a CDN's. */
function letFetchFrom(headers: PageFile["headers"], homes: readonly string[]): PageFile["headers"] {
  const policy = headers["content-security-policy"];
  if (policy === undefined) return headers;
  const places = homes.map((home) => `${home}media/`).join(" ");
  return { ...headers, "content-security-policy": policy.replace(/(connect-src|media-src) 'self'/g, (own) => `${own} ${places}`) };
}

const MOST_ORIGINS = 100;

/** What link previews say of a show without a description. */
const IN_SHORT: Readonly<Record<ShowAbout["life"]["kind"], string>> = {
  waiting: "The show has not begun.",
  on_air: "Live now.",
  paused: "Live now.",
  ending: "Live now.",
  ended: "The show has ended.",
};

/** Puts the show's title for `{title}`, what it is for `{description}`, the address under which the server was asked for `{origin}`, and for `{reach}` that of the network where it was asked as `localhost`: whoever shows a link's picture wants it whole. */
function createFiller(page: PageFile, { about, forwarded, reach }: PagesDeps): (c: Context) => PageFile {
  const text = isHtml(page) ? new TextDecoder().decode(page.bytes) : "";
  if (!/\{(?:title|description|origin|reach)\}/.test(text)) return () => page;
  const known = new Map<string, PageFile>();
  return (c) => {
    const front = forwarded.front(c);
    const show = about();
    const words: Record<string, string> = {
      title: show.title,
      description: show.description || IN_SHORT[show.life.kind],
      origin: originOf(front),
      reach: isLoopbackName(front.host ?? "") ? reach?.() ?? "" : "",
    };
    const key = JSON.stringify(words);
    const filled = known.get(key) ??
      fillFile(page, text.replace(/\{(title|description|origin|reach)\}/g, (_, name) => escapeHtml(words[name]!)));
    known.set(key, filled);
    if (known.size > MOST_ORIGINS) known.delete(known.keys().next().value!);
    return filled;
  };
}

/** Whether it is a page, and not what belongs to pages. */
export function isHtml({ headers }: PageFile): boolean {
  return headers["content-type"]?.startsWith("text/html") ?? false;
}

/** The page without what it tells link previews. It is kept in its viewer's own browser only. */
function withhold(page: PageFile): PageFile {
  if (!isHtml(page)) return page;
  const text = new TextDecoder().decode(page.bytes).replace(/<meta (?:property="og:|name="(?:twitter:|description"))[^>]*>/g, "");
  return fillFile({ ...page, headers: { ...page.headers, ...UNLISTED_HEADERS, "cache-control": "private, no-cache" } }, text);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`);
}

function fillFile(page: PageFile, text: string): PageFile {
  const bytes = new TextEncoder().encode(text);
  const etag = etagOf(bytes);
  return { ...page, bytes, gzipped: new Uint8Array(gzipSync(bytes)), etag, headers: { ...page.headers, etag } };
}

function etagOf(bytes: Uint8Array): string {
  return `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
}

function markPage(bytes: Uint8Array<ArrayBuffer>, without: readonly string[]): Uint8Array<ArrayBuffer> {
  if (without.length === 0) return bytes;
  return new TextEncoder().encode(new TextDecoder().decode(bytes).replace("<html", `<html data-without="${without.join(" ")}"`));
}

function describeFile(name: string, bytes: Uint8Array<ArrayBuffer>): PageFile {
  const extension = extname(name);
  const etag = etagOf(bytes);
  const isPage = extension === ".html";
  const gzipped = COMPRESSIBLE.test(TYPES[extension] ?? "") ? new Uint8Array(gzipSync(bytes, { level: 9 })) : null;
  return {
    path: isPage ? name.replace(/index\.html$|\.html$/, "") : name,
    bytes,
    gzipped: gzipped !== null && gzipped.length < bytes.length ? gzipped : null,
    etag,
    headers: {
      "content-type": TYPES[extension] ?? "application/octet-stream",
      "cache-control": HASHED.test(name) ? "public, max-age=31536000, immutable" : "no-cache",
      "etag": etag,
      "vary": "Accept-Encoding",
      "x-content-type-options": "nosniff",
      // The picture alone may stand in a sandboxed frame, which is of no origin.
      ...(isPage ? {} : { "access-control-allow-origin": "*" }),
      ...(isPage ? name === EMBEDDED ? EMBEDDED_HEADERS : PAGE_HEADERS : {}),
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};
const COMPRESSIBLE = /^text\/|json|svg/;
/** As the build names files by their content: `app-37d53fb7dc84.js`. */
const HASHED = /-[0-9a-f]{12}\.\w+$/;

/** Nothing inline, nothing from elsewhere. hls.js runs its transmuxer in a worker, and plays through the media source, both from a blob. */
const PAGE_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join("; "),
  "referrer-policy": "no-referrer",
} as const;

/** The one page that may stand in a frame of other sites. */
const EMBEDDED = "/embed.html";
const EMBEDDED_HEADERS = {
  ...PAGE_HEADERS,
  "content-security-policy": PAGE_HEADERS["content-security-policy"].replace("frame-ancestors 'self'", "frame-ancestors *"),
};
