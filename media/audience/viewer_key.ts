import { join } from "node:path";

const KEY_BYTES = 32;

/** `problem`: what is wrong with the file and what became of it, in one line; null where all is well. */
export interface LoadedKey {
  readonly key: Uint8Array;
  readonly problem: string | null;
}

/**
 * The secret under which viewer ids are signed: 32 bytes in `viewer.key` of the data folder, for the owner's eyes only. Made when missing;
 * of two servers that start on one folder at the same moment both get the key of the first. What cannot be used is put aside under another name and a new
 * key made; where not even that can be kept, the key is good for this life of the server: a show is worth more than the ids of another one.
 */
export async function loadKey(dataDir: string, nowMs: number): Promise<LoadedKey> {
  const path = join(dataDir, "viewer.key");
  try {
    const found = await readKey(path);
    if (found.kind === "key") return { key: found.key, problem: null };
    if (found.kind === "missing") return { key: await makeKey(path), problem: null };
    const aside = `${path}.damaged-${nowMs}`;
    await Deno.rename(path, aside);
    return {
      key: await makeKey(path),
      problem: `Cannot use ${path}: ${found.reason}; it is kept as ${aside}. Players that were open before have to be opened anew.`,
    };
  } catch (problem) {
    return {
      key: crypto.getRandomValues(new Uint8Array(KEY_BYTES)),
      problem: `Cannot keep ${path}: ${sayWhy(problem)}. Players that are open at the next start have to be opened anew.`,
    };
  }
}

type FoundKey =
  | { readonly kind: "key"; readonly key: Uint8Array }
  | { readonly kind: "missing" }
  | { readonly kind: "unusable"; readonly reason: string };

async function readKey(path: string): Promise<FoundKey> {
  try {
    const key = await Deno.readFile(path);
    return key.length === KEY_BYTES ? { kind: "key", key } : { kind: "unusable", reason: `${key.length} bytes instead of ${KEY_BYTES}` };
  } catch (problem) {
    return problem instanceof Deno.errors.NotFound ? { kind: "missing" } : { kind: "unusable", reason: sayWhy(problem) };
  }
}

function sayWhy(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

async function makeKey(path: string): Promise<Uint8Array> {
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    await writeDraft(draft, crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
    await giveName(draft, path);
  } finally {
    await Deno.remove(draft).catch(() => {});
  }
  const made = await readKey(path);
  if (made.kind === "key") return made.key;
  throw new Error(made.kind === "missing" ? "it was removed while the server started" : made.reason);
}

async function writeDraft(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  await file.write(bytes);
  await file.sync();
}

/** A hard link never replaces what is there, which a rename would; file systems without links get the rename. */
async function giveName(draft: string, path: string): Promise<void> {
  try {
    await Deno.link(draft, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    await Deno.rename(draft, path);
  }
}
