import { type Writable, writeAmf } from "../../../../media/ingest/rtmp/amf0.ts";
import { joined } from "../../flv/flv_bytes.ts";

/** What a publisher sends: a message, and how its chunks are cut. */
export interface MessageWish {
  readonly type: number;
  readonly body: Uint8Array | readonly number[];
  readonly timeMs?: number;
  readonly chunkStreamId?: number;
  readonly streamId?: number;
}

/** C0, C1 and C2. */
export const GREETING = joined([Uint8Array.of(3), new Uint8Array(1536).fill(7), new Uint8Array(1536).fill(9)]);

/** A message with a header of kind 0, its chunks of `chunkBytes`. */
export function message(wish: MessageWish, chunkBytes = 128): Uint8Array {
  const { type, body, timeMs = 0, chunkStreamId = 3, streamId = 0 } = wish;
  const isExtended = timeMs >= 0xffffff;
  const extended = isExtended ? u32(timeMs) : [];
  const pieces: Uint8Array[] = [
    Uint8Array.from([
      ...basicHeader(0, chunkStreamId),
      ...u24(isExtended ? 0xffffff : timeMs),
      ...u24(body.length),
      type,
      ...u32(streamId).reverse(),
      ...extended,
    ]),
  ];
  const bytes = Uint8Array.from(body);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    if (at > 0) pieces.push(Uint8Array.from([...basicHeader(3, chunkStreamId), ...extended]));
    pieces.push(bytes.subarray(at, at + chunkBytes));
  }
  return joined(pieces);
}

/** 5.3.1.1 */
export function basicHeader(format: number, id: number): number[] {
  if (id < 64) return [format << 6 | id];
  return id < 320 ? [format << 6, id - 64] : [format << 6 | 1, (id - 64) & 255, (id - 64) >> 8];
}

export function command(...values: readonly Writable[]): Uint8Array {
  return message({ type: 20, body: writeAmf(...values) });
}

export const CONNECT = command("connect", 1, {
  app: "live",
  type: "nonprivate",
  flashVer: "FMLE/3.0 (compatible; FMSc/1.0)",
  swfUrl: "rtmp://127.0.0.1/live",
  tcUrl: "rtmp://127.0.0.1/live",
});

/** As OBS begins (ingest.md, section 2). */
export function publishing(key: string): Uint8Array {
  return joined([
    GREETING,
    message({ type: 1, body: u32(4096), chunkStreamId: 2 }),
    ...[
      ["connect", 1, { app: "live", type: "nonprivate", flashVer: "FMLE/3.0 (compatible; FMSc/1.0)", tcUrl: "rtmp://127.0.0.1/live" }],
      ["releaseStream", 2, null, key],
      ["FCPublish", 3, null, key],
      ["createStream", 4, null],
    ].map((values) => message({ type: 20, body: writeAmf(...values as Writable[]) }, 4096)),
    message({ type: 20, body: writeAmf("publish", 5, null, key, "live"), streamId: 1, chunkStreamId: 4 }, 4096),
  ]);
}

export function u24(value: number): number[] {
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

export function u32(value: number): number[] {
  return [(value >>> 24) & 255, ...u24(value)];
}

export function fourCc(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}
