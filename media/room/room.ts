import { createHmac, timingSafeEqual } from "node:crypto";
import { type Invites, openInvites } from "./invites_file.ts";
import { createPieces, type Pieces } from "./pieces.ts";

/** A show for those who have the room key, or an invite. */
export interface Room {
  /** Whether a text is the room key, in constant time. */
  isKey(text: string): boolean;
  /** What a browser keeps that has told the key. It is of no help to whoever wants the key, and no longer good under another one. */
  readonly pass: string;
  /** The same for a text that a browser brings, in constant time. */
  isPass(text: string): boolean;
  readonly pieces: Pieces;
  readonly invites: Invites;
}

/**
 * Opens the room of a key. All secrets are derived from the key and from `signingKey`, random bytes that only this server has: what a guest sees (a piece in an address)
 * does not let the key be guessed. Invites outlive a change of the room key. `nowMs` is the wall clock. `problem`: what was wrong with the file of invites.
 */
export async function openRoom(o: {
  roomKey: string;
  signingKey: Uint8Array;
  dataDir: string;
  nowMs: () => number;
}): Promise<{ readonly room: Room; readonly problem: string | null }> {
  const { invites, problem } = await openInvites({ dataDir: o.dataDir, secret: inviteSecretOf(o.signingKey), nowMs: o.nowMs });
  return { room: createRoom({ ...o, invites }), problem };
}

/** What signs the links of invites. */
export function inviteSecretOf(signingKey: Uint8Array): Uint8Array {
  return digest(signingKey, "tercet invites");
}

/** The same room on whatever box, for the same keys. */
export function createRoom(o: { roomKey: string; signingKey: Uint8Array; nowMs: () => number; invites: Invites }): Room {
  const { nowMs, invites } = o;
  const roomSecret = digest(o.signingKey, `tercet room ${o.roomKey}`);
  const keyDigest = digest(roomSecret, o.roomKey);
  const pass = digest(roomSecret, "pass").toString("base64url");
  const passDigest = digest(roomSecret, pass);
  return {
    isKey: (text) => timingSafeEqual(digest(roomSecret, text.trim().normalize("NFC")), keyDigest),
    pass,
    isPass: (text) => timingSafeEqual(digest(roomSecret, text), passDigest),
    pieces: createPieces({ secret: digest(roomSecret, "pieces"), nowMs }),
    invites,
  };
}

function digest(key: Uint8Array, text: string) {
  return createHmac("sha256", key).update(text).digest();
}
