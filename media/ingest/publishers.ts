import { createHash, timingSafeEqual } from "node:crypto";

/** A key under which a publisher may send. Its text is known to whoever was shown it; we keep a hash. */
export interface PublisherKey {
  /** Of no secrecy: names the key in addresses. */
  readonly id: string;
  /** What the streamer calls it, and its source: "OBS", "phone". */
  readonly name: string;
  readonly madeAtMs: number;
  /** SHA-256 of its text, in hexadecimal: 130 random bits need no slow hash. */
  readonly hash: string;
  /** Nobody has been shown its text yet. */
  readonly isUnseen: boolean;
}

/** The first is made by itself. */
export const FIRST_KEY_NAME = "OBS";
const MOST_KEYS = 32;
const LONGEST_NAME = 40;
/** Crockford's base 32: nothing that is mistaken for something else when it is typed into a telephone. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const KEY_CHARACTERS = 26;

/** 130 bits. `random` fills the bytes it is handed. */
export function makeKeyText(random: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  const bytes = new Uint8Array(KEY_CHARACTERS);
  random(bytes);
  return Array.from(bytes, (byte) => ALPHABET[byte & 31]).join("");
}

export function hashKey(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * The key that one of the texts is; null where none of them is one. Every text is compared with every key, whatever is found: how long it takes says nothing.
 */
export function findKey(keys: readonly PublisherKey[], texts: readonly string[]): PublisherKey | null {
  let found: PublisherKey | null = null;
  for (const text of texts) {
    const given = createHash("sha256").update(text).digest();
    for (const key of keys) if (timingSafeEqual(given, Uint8Array.fromHex(key.hash))) found = key;
  }
  return found;
}

export type NameProblem = "bad_name" | "name_taken";

/** The name as it will stand, or what is wrong with it. `id` is the key that is to have it. */
export function checkName(
  keys: readonly PublisherKey[],
  wanted: string,
  id: string | null,
): { readonly kind: "name"; readonly name: string } | {
  readonly kind: NameProblem;
} {
  const name = wanted.trim().replace(/\s+/g, " ");
  if (!/^[^\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]+$/u.test(name) || name.length > LONGEST_NAME) return { kind: "bad_name" };
  const isTaken = keys.some((key) => key.id !== id && key.name.toLowerCase() === name.toLowerCase());
  return isTaken ? { kind: "name_taken" } : { kind: "name", name };
}

export type AddOutcome = { readonly kind: "keys"; readonly keys: readonly PublisherKey[] } | { readonly kind: NameProblem | "too_many" };

export function addKey(keys: readonly PublisherKey[], key: PublisherKey): AddOutcome {
  if (keys.length >= MOST_KEYS) return { kind: "too_many" };
  const checked = checkName(keys, key.name, null);
  return checked.kind === "name" ? { kind: "keys", keys: [...keys, { ...key, name: checked.name }] } : checked;
}

/** What the file holds, for people too. */
export function writeKeys(keys: readonly PublisherKey[]): string {
  return `${JSON.stringify({ version: 1, keys }, null, 2)}\n`;
}

/** Throws a SyntaxError at anything that `writeKeys` has not written. */
export function readKeys(text: string): readonly PublisherKey[] {
  const found: unknown = JSON.parse(text);
  const keys = isRecord(found) && found.version === 1 ? found.keys : null;
  if (!Array.isArray(keys) || !keys.every(isKey)) throw new SyntaxError("it is no list of publishers' keys");
  return keys;
}

function isKey(value: unknown): value is PublisherKey {
  return isRecord(value) && typeof value.id === "string" && typeof value.name === "string" && typeof value.madeAtMs === "number" &&
    typeof value.isUnseen === "boolean" && typeof value.hash === "string" && /^[0-9a-f]{64}$/.test(value.hash);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
