import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { createPublicIds } from "./public_id.ts";

export interface ViewerIds {
  /**
   * A new id, 36 characters that are safe in a path, 44 for the guest of an invite. `traits` (0 to 255), the time (in ms since 1970, kept to the second) and
   * the invite's id (12 hexadecimal digits; null for who came without one) stand in it, so that a restarted server still knows them.
   */
  make(traits: number, nowMs: number, invite: string | null): string;
  /** What stands in an id that this key and layout signed, else null. */
  read(id: string): { readonly traits: number; readonly madeAtMs: number; readonly invite: string | null } | null;
  /** The id under which others see the viewer with this one. */
  publicOf(id: string): string;
}

const TIME_BYTES = 4;
const RANDOM_BYTES = 12;
const INVITE_AT = 1 + TIME_BYTES + RANDOM_BYTES;
const SIGNATURE_BYTES = 10;
const ID_PATTERN = /^(?:[A-Za-z0-9_-]{36}|[A-Za-z0-9_-]{44})$/;

/**
 * Viewer ids that need no memory to be known again: traits, seconds since 1970, 96 random bits, an invite's 48 bits where there is one, and 80 bits of an
 * HMAC-SHA256 over them, in base64url.
 * `layout` tells what playlists look like (segment length, ladder) and who may have them (room key): another layout signs differently, so that addresses
 * made under the old one are unknown instead of showing a playlist whose segment numbers jump.
 */
export function createViewerIds(o: { key: Uint8Array; layout: string; random?: (bytes: number) => Uint8Array }): ViewerIds {
  const random = o.random ?? randomBytes;
  const layoutKey = createHmac("sha256", o.key).update(`tercet viewer since ${o.layout}`).digest();

  function sign(signed: Uint8Array): Uint8Array {
    return createHmac("sha256", layoutKey).update(signed).digest().subarray(0, SIGNATURE_BYTES);
  }
  return {
    make(traits, nowMs, invite) {
      const time = Buffer.alloc(TIME_BYTES);
      time.writeUInt32BE(Math.floor(nowMs / 1000));
      const signed = Buffer.concat([Buffer.of(traits), time, random(RANDOM_BYTES), Buffer.from(invite ?? "", "hex")]);
      return Buffer.concat([signed, sign(signed)]).toString("base64url");
    },
    read(id) {
      if (!ID_PATTERN.test(id)) return null;
      const bytes = Buffer.from(id, "base64url");
      const signed = bytes.subarray(0, -SIGNATURE_BYTES);
      if (!timingSafeEqual(sign(signed), bytes.subarray(-SIGNATURE_BYTES))) return null;
      const invite = signed.subarray(INVITE_AT).toString("hex");
      return { traits: signed.readUInt8(0), madeAtMs: 1000 * signed.readUInt32BE(1), invite: invite === "" ? null : invite };
    },
    publicOf: createPublicIds(o.key),
  };
}
