import { join } from "node:path";
import type { Context } from "hono";
import { isSame } from "../media/same_secret.ts";
import { answerProblem } from "./problems.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** The studio's cookie has come along (`studio/session.ts`): the streamer's or a moderator's. `other_origin`: from a page that may not use it. */
    studio: "signed_in" | "moderator" | "other_origin";
    /** The moderator's name. */
    moderator: string;
  }
}

const KEY_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/**
 * The streamer's key: 256 random bits as 43 characters that are safe in an address, in `streamer.key` of the data folder, for the owner's eyes only. Made
 * when missing. Throws a RangeError where the file holds something else, and an Error that names it where it cannot be read or made. The data folder
 * belongs to this process alone (`claimDataFolder`).
 */
export async function loadStreamerKey(dataDir: string): Promise<string> {
  const path = join(dataDir, "streamer.key");
  try {
    return await readKey(path) ?? await makeKey(path);
  } catch (problem) {
    if (problem instanceof RangeError) throw problem;
    throw new Error(`Cannot use ${path}: ${problem instanceof Error ? problem.message : problem}`, { cause: problem });
  }
}

/**
 * Null where the request carries the streamer's key (`Authorization: Bearer …`), or the studio's cookie from a page of ours; otherwise the answer that says what
 * is wrong. Without a key there is no streamer.
 */
export function refuseStranger(c: Context, key: string | null): Response | null {
  if (isStreamer(c, key)) return null;
  if (bearerOf(c) !== null) return answerProblem("wrong_streamer_key");
  if (c.get("studio") === "other_origin") return answerProblem("foreign_origin", { detail: ONLY_OWN_PAGES });
  if (c.get("studio") === "moderator") return answerProblem("not_for_moderators");
  return answerProblem("streamer_only", { headers: { "www-authenticate": 'Bearer realm="streamer"' } });
}

/** A key that is named counts alone, whatever cookie comes with it. */
export function isStreamer(c: Context, key: string | null): boolean {
  const given = bearerOf(c);
  return given === null ? c.get("studio") === "signed_in" : key !== null && isSame(given, key);
}

/** The same for what a moderator may do as well. */
export function refuseOutsider(c: Context, key: string | null): Response | null {
  return isModerator(c) ? null : refuseStranger(c, key);
}

/** Whether a moderator's cookie has come from a page of ours. A key that is named counts alone. */
export function isModerator(c: Context): boolean {
  return bearerOf(c) === null && c.get("studio") === "moderator";
}

const ONLY_OWN_PAGES = "with the studio's cookie this is for a page of this very scheme, name and port; " +
  "a proxy in front must tell X-Forwarded-Proto and X-Forwarded-Host";

/** The key that a request carries; null for none. */
export function bearerOf(c: Context): string | null {
  return /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? null;
}

async function readKey(path: string): Promise<string | null> {
  try {
    const key = (await Deno.readTextFile(path)).trim();
    if (!KEY_PATTERN.test(key)) throw new RangeError(`Cannot use ${path} as the streamer's key: it is not 43 letters, digits, - and _`);
    return key;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Under its name only when it is whole. */
async function makeKey(path: string): Promise<string> {
  const key = crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url", omitPadding: true });
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, `${key}\n`, { createNew: true, mode: 0o600 });
  await Deno.rename(draft, path);
  return key;
}
