import { gzipSync } from "node:zlib";
import type { Part, Segment } from "../media/hls/segment.ts";
import { partBytes, segmentBytes } from "../media/hls/segment_bytes.ts";
import { PLAYLIST_HEADERS } from "./headers.ts";

/** An answer that is made once. Answer each request with `response.clone()`: it shares the body, where `new Response(bytes)` copies it. */
export interface Prototype {
  readonly response: Response;
  /** Bytes of its body. */
  readonly length: number;
  /** Bytes of its head on the wire. */
  readonly headLength: number;
}

export interface MediaPrototypes {
  part(part: Part, rendition: number): Prototype;
  /** Of a closed segment. */
  segment(segment: Segment, rendition: number): Prototype;
  init(bytes: Uint8Array): Prototype;
}

/** Prototypes are made when first asked for, with these headers, and dropped `keepMs` later; whoever asks then gets a new one. */
export function createMediaPrototypes(o: MediaPrototypesOptions): MediaPrototypes {
  const parts = createShelf<Part>(o);
  const segments = createShelf<Segment>(o);
  const inits = createShelf<Uint8Array>(o);
  return {
    part: (part, rendition) => parts(part, rendition, () => partBytes(part, rendition)),
    segment: (segment, rendition) => segments(segment, rendition, () => segmentBytes(segment, rendition)),
    init: (bytes) => inits(bytes, 0, () => bytes),
  };
}

interface MediaPrototypesOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly keepMs: number;
  readonly now: () => number;
}

/** Keeps prototypes by the object they were made of, and by rendition. */
function createShelf<Key>(o: MediaPrototypesOptions): (key: Key, rendition: number, body: () => Uint8Array) => Prototype {
  const shelf = new Map<Key, { readonly madeAtMs: number; readonly prototypes: Prototype[] }>();

  function dropOld(nowMs: number): void {
    for (const [key, { madeAtMs }] of shelf) {
      if (nowMs - madeAtMs <= o.keepMs) return;
      shelf.delete(key);
    }
  }

  return (key, rendition, body) => {
    const known = shelf.get(key)?.prototypes[rendition];
    if (known !== undefined) return known;
    const nowMs = o.now();
    dropOld(nowMs);
    const place = shelf.get(key) ?? { madeAtMs: nowMs, prototypes: [] };
    shelf.set(key, place);
    return place.prototypes[rendition] = respond(body(), o.headers);
  };
}

function respond(bytes: Uint8Array, more: Readonly<Record<string, string>>): Prototype {
  const headers = { ...more, "content-length": String(bytes.length) };
  return { response: new Response(bytes as Uint8Array<ArrayBuffer>, { headers }), length: bytes.length, headLength: weighHead(headers) };
}

/** One playlist's text as answers, plain and gzipped, each made when first asked for. */
export interface PlaylistPrototype {
  answer(isGzipped: boolean): Response;
  /** What that answer weighs on the wire, body and head, in bytes. */
  weigh(isGzipped: boolean): number;
}

/** Level 6 of zlib: 1 to 9 differ by a few bytes at this size. */
export function createPlaylistPrototype(text: string, headers: Readonly<Record<string, string>> = {}): PlaylistPrototype {
  const bytes = new TextEncoder().encode(text);
  let plain: Weighed | null = null;
  let gzipped: Weighed | null = null;
  function find(isGzipped: boolean): Weighed {
    return isGzipped
      ? gzipped ??= respondPlaylist(gzipSync(bytes, { level: 6 }), { ...headers, "content-encoding": "gzip" })
      : plain ??= respondPlaylist(bytes, headers);
  }
  return {
    answer: (isGzipped) => find(isGzipped).response.clone(),
    weigh: (isGzipped) => find(isGzipped).weight,
  };
}

/** An answer, and what it weighs on the wire, body and head, in bytes. */
export interface Weighed {
  readonly response: Response;
  readonly weight: number;
}

/**
 * A playlist as an answer. `more`: headers beside those that all playlists have.
 *
 * Deno 2.9 writes an answer that tells its length in two pieces, head and body, each a packet that wakes the player; one in chunks it writes in one piece up
 * to 64 KB (`libs/http_h1/conn.rs` of denoland/deno). With both headers it leaves the length out, but for HEAD and for HTTP/1.0, which some proxies speak.
 * With 500 held players a request costs 33 to 37 instead of 45 to 48 µs.
 */
export function respondPlaylist(bytes: Uint8Array, more: Readonly<Record<string, string>>): Weighed {
  const headers = { ...PLAYLIST_HEADERS, ...more, "transfer-encoding": "chunked" };
  const chunkBytes = bytes.length.toString(16).length + CHUNK_MARKS_BYTES;
  return {
    response: new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { ...headers, "content-length": String(bytes.length) } }),
    weight: bytes.length + chunkBytes + weighHead(headers),
  };
}

/** The ends of lines around a chunk, and the empty chunk that ends a body. */
const CHUNK_MARKS_BYTES = 9;

/** "HTTP/1.1 200 OK", Date, and the empty line, which Deno adds. */
const ALWAYS_BYTES = 56;

function weighHead(headers: Readonly<Record<string, string>>): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, ALWAYS_BYTES);
}
