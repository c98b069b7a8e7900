/** Headers by kind of resource, each written once (llhls-rules.md, rules 2, 62, 83, 84, 86). */
export const CORS_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Age, Date, Content-Length, Content-Range, Retry-After",
} as const;

export const PLAYLIST_HEADERS = {
  ...CORS_HEADERS,
  "access-control-expose-headers": "Age, Date",
  "content-type": "application/vnd.apple.mpegurl",
  "cache-control": "no-store",
  "vary": "Accept-Encoding",
} as const;

export const NO_STORE = { "cache-control": "no-store" } as const;

/** An address of media never means other bytes. An hour is longer than any window and short enough not to fill the disks of those who watch. */
export const MEDIA_HEADERS = {
  ...CORS_HEADERS,
  "content-type": "video/mp4",
  "cache-control": "public, max-age=3600, immutable",
  "accept-ranges": "bytes",
} as const;

export const PREFLIGHT_HEADERS = {
  ...CORS_HEADERS,
  "access-control-allow-methods": "GET, HEAD, OPTIONS",
  "access-control-allow-headers": "Range, If-Range, CMCD-Request, CMCD-Object, CMCD-Status, CMCD-Session",
  "access-control-max-age": "86400",
} as const;

/** Media of a room: longer than any window, and no longer than the grace of a piece, so that caches do not keep what nobody may have any more. */
export const ROOM_MEDIA_HEADERS = { ...MEDIA_HEADERS, "cache-control": "public, max-age=600, immutable" } as const;

/** For what search engines are to leave out. */
export const UNLISTED_HEADERS = { "x-robots-tag": "noindex, nofollow" } as const;

/** Whether an Accept-Encoding lets a body be gzipped. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined || !acceptEncoding.includes("gzip")) return false;
  return !acceptEncoding.includes(";") || !/gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)/.test(acceptEncoding);
}
