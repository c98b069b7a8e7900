import type { IngestItem } from "../items.ts";

/** What became of the body of a video or audio message. */
export type Taken =
  | { readonly kind: "items"; readonly items: readonly IngestItem[] }
  /** A codec that is not taken, by its name. */
  | { readonly kind: "unknown"; readonly what: "picture" | "sound"; readonly codec: string };

export const NOTHING_TO_TAKE: Taken = { kind: "items", items: [] };

/** Reads a body from its beginning. Each read throws a SyntaxError past the end. */
export interface Body {
  u8(): number;
  /** SI24 */
  s24(): number;
  fourCc(): string;
  left(): number;
  rest(): Uint8Array;
  /** Enhanced RTMP v2, ModEx: passes over what modifies the packet (nanoseconds), and returns the kind of packet that follows. */
  skipModEx(): number;
  /** Enhanced RTMP v2, Multitrack: track 0, or null where it is not among them. */
  firstTrack(): { readonly packetType: number; readonly fourCc: string; readonly data: Body } | null;
}

export function createBody(bytes: Uint8Array): Body {
  let at = 0;

  function advance(count: number): number {
    if (bytes.length - at < count) throw new SyntaxError(`Cannot read media message: ${bytes.length - at} bytes left of ${count}`);
    at += count;
    return at - count;
  }
  function u8(): number {
    return bytes[advance(1)]!;
  }
  function u24(): number {
    const from = advance(3);
    return (bytes[from]! << 16) | (bytes[from + 1]! << 8) | bytes[from + 2]!;
  }
  function fourCc(): string {
    return String.fromCharCode(...bytes.subarray(advance(4), at));
  }
  function rest(): Uint8Array {
    return bytes.subarray(advance(bytes.length - at));
  }

  return {
    u8,
    s24: () => (u24() << 8) >> 8,
    fourCc,
    left: () => bytes.length - at,
    rest,
    skipModEx() {
      let size = u8() + 1; // modExDataSize
      if (size === 256) size = u8() * 256 + u8() + 1;
      advance(size);
      return u8() & 15; // its own type, then the packet's
    },
    firstTrack() {
      const kinds = u8();
      const multitrackType = kinds >> 4; // 0 one track, 1 several of one codec, 2 several of several codecs
      let codec = multitrackType === 2 ? "" : fourCc();
      while (bytes.length - at > 0) {
        if (multitrackType === 2) codec = fourCc();
        const trackId = u8();
        const size = multitrackType === 0 ? bytes.length - at : u24();
        const from = advance(size);
        if (trackId === 0) return { packetType: kinds & 15, fourCc: codec, data: createBody(bytes.subarray(from, at)) };
      }
      return null;
    },
  };
}
