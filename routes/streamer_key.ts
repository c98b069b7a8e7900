import { createHash, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import type { Context } from "hono";
import { answerProblem } from "./problems.ts";

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

/** Null where the request carries the streamer's key (`Authorization: Bearer …`), otherwise the answer that says what is wrong. Without a key there is no streamer. */
export function refuseStranger(c: Context, key: string | null): Response | null {
  const given = bearerOf(c);
  if (given === null) return answerProblem("streamer_only", { headers: { "www-authenticate": 'Bearer realm="streamer"' } });
  return key !== null && isSame(given, key) ? null : answerProblem("wrong_streamer_key");
}

/** The key that a request carries; null for none. */
export function bearerOf(c: Context): string | null {
  return /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? null;
}

/** Takes the same time whatever is given. */
function isSame(given: string, key: string): boolean {
  return timingSafeEqual(digest(given), digest(key));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
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
