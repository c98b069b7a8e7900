import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/** A code that opens the studio once: 38 characters that are safe in an address. */
export interface Code {
  /** Names it among those that were used; it is no secret. */
  readonly id: string;
  /** Whole seconds since 1970, in ms. */
  readonly endsAtMs: number;
}

export type ReadCode =
  | { readonly kind: "code"; readonly code: Code }
  /** It was one of ours. */
  | { readonly kind: "old" }
  | { readonly kind: "wrong" };

const GOOD_FOR_MS = 10 * 60_000;
const ID_BYTES = 8;
const END_BYTES = 4;
const SIGNED_BYTES = ID_BYTES + END_BYTES;
const SIGNATURE_BYTES = 16;
const CODE_PATTERN = /^[A-Za-z0-9_-]{38}$/;

/**
 * A new code, signed with the streamer's key: so whoever can read the key makes one without asking the server (`deno task studio-link`). Good for ten minutes.
 * `nowMs`: the wall clock.
 */
export function makeCode(streamerKey: string, nowMs: number): string {
  const signed = Buffer.alloc(SIGNED_BYTES);
  crypto.getRandomValues(signed.subarray(0, ID_BYTES));
  signed.writeUInt32BE(Math.floor((nowMs + GOOD_FOR_MS) / 1000), ID_BYTES);
  return Buffer.concat([signed, sign(streamerKey, signed)]).toString("base64url");
}

/** Says nothing of whether it was used. One that claims to be good for longer than any was made in a time that is not ours, and counts as old. */
export function readCode(streamerKey: string, text: string, nowMs: number): ReadCode {
  if (!CODE_PATTERN.test(text)) return { kind: "wrong" };
  const bytes = Buffer.from(text, "base64url");
  const signed = bytes.subarray(0, SIGNED_BYTES);
  if (!timingSafeEqual(sign(streamerKey, signed), bytes.subarray(SIGNED_BYTES))) return { kind: "wrong" };
  const endsAtMs = 1000 * signed.readUInt32BE(ID_BYTES);
  if (endsAtMs <= nowMs || endsAtMs > nowMs + GOOD_FOR_MS) return { kind: "old" };
  return { kind: "code", code: { id: signed.subarray(0, ID_BYTES).toString("hex"), endsAtMs } };
}

function sign(streamerKey: string, signed: Uint8Array): Uint8Array {
  return createHmac("sha256", streamerKey).update("tercet studio code ").update(signed).digest().subarray(0, SIGNATURE_BYTES);
}
