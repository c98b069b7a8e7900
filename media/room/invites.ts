import { createHmac, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";

/** Leave to watch a room until a moment, for whoever has its link. */
export interface Invite {
  /** Of no secrecy: 12 hexadecimal digits that name it in addresses and in viewers' ids. */
  readonly id: string;
  /** What the streamer calls it: "Anna", "the class". */
  readonly name: string;
  readonly madeAtMs: number;
  /** Whole seconds since 1970, in ms. */
  readonly endsAtMs: number;
}

/** What invites' links carry: 36 characters that are safe in an address, which tell the invite and its end and prove that they are ours. */
export interface InviteTokens {
  write(invite: Pick<Invite, "id" | "endsAtMs">): string;
  /** Null for what this secret has not signed. Says nothing of whether it has ended or was withdrawn. */
  read(token: string): Pick<Invite, "id" | "endsAtMs"> | null;
}

const ID_BYTES = 6;
const END_BYTES = 4;
const SIGNED_BYTES = ID_BYTES + END_BYTES;
const SIGNATURE_BYTES = 17;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{36}$/;

export function createInviteTokens(secret: Uint8Array): InviteTokens {
  function sign(signed: Uint8Array): Uint8Array {
    return createHmac("sha256", secret).update(signed).digest().subarray(0, SIGNATURE_BYTES);
  }
  return {
    write({ id, endsAtMs }) {
      const end = Buffer.alloc(END_BYTES);
      end.writeUInt32BE(endsAtMs / 1000);
      const signed = Buffer.concat([Buffer.from(id, "hex"), end]);
      return Buffer.concat([signed, sign(signed)]).toString("base64url");
    },
    read(token) {
      if (!TOKEN_PATTERN.test(token)) return null;
      const bytes = Buffer.from(token, "base64url");
      const signed = bytes.subarray(0, SIGNED_BYTES);
      if (!timingSafeEqual(sign(signed), bytes.subarray(SIGNED_BYTES))) return null;
      return { id: signed.subarray(0, ID_BYTES).toString("hex"), endsAtMs: 1000 * signed.readUInt32BE(ID_BYTES) };
    },
  };
}

/** What the file holds, for people too. */
export function writeInvites(invites: readonly Invite[]): string {
  return `${JSON.stringify({ version: 1, invites }, null, 2)}\n`;
}

/** Throws a SyntaxError at anything that `writeInvites` has not written. */
export function readInvites(text: string): readonly Invite[] {
  const found: unknown = JSON.parse(text);
  const invites = isRecord(found) && found.version === 1 ? found.invites : null;
  if (!Array.isArray(invites) || !invites.every(isInvite)) throw new SyntaxError("it is no list of invites");
  return invites;
}

function isInvite(value: unknown): value is Invite {
  return isRecord(value) && typeof value.id === "string" && /^[0-9a-f]{12}$/.test(value.id) && typeof value.name === "string" &&
    typeof value.madeAtMs === "number" && Number.isSafeInteger(value.endsAtMs);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
