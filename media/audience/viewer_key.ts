import { join } from "node:path";

const KEY_BYTES = 32;

/** `problem`: what is wrong with the file and what became of it, in one line; null where all is well. */
export interface LoadedKey {
  readonly key: Uint8Array;
  readonly problem: string | null;
}

/**
 * The secret under which viewer ids are signed: 32 bytes in `viewer.key` of the data folder, for the owner's eyes only. Made when missing;
 * of two servers that start on one folder at the same moment both get the key of the first. A damaged file is put aside under another name and a new key
 * made: a show is worth more than the ids of an earlier one. Throws the runtime's own errors where the folder cannot be used.
 */
export async function loadKey(dataDir: string, nowMs: number): Promise<LoadedKey> {
  const path = join(dataDir, "viewer.key");
  const found = await readKey(path);
  if (found === null || found.length === KEY_BYTES) return { key: found ?? await makeKey(path), problem: null };
  const aside = `${path}.damaged-${nowMs}`;
  await Deno.rename(path, aside);
  const reason = `${found.length} bytes instead of ${KEY_BYTES}`;
  return {
    key: await makeKey(path),
    problem: `Cannot use ${path}: ${reason}; it is kept as ${aside}. Players that were open before have to be opened anew.`,
  };
}

async function readKey(path: string): Promise<Uint8Array | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function makeKey(path: string): Promise<Uint8Array> {
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    await writeDraft(draft, crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
    await giveName(draft, path);
  } finally {
    await Deno.remove(draft).catch(() => {});
  }
  const key = await readKey(path);
  if (key === null) throw new Deno.errors.NotFound(`Cannot read back ${path}: it was removed while the server started`);
  return key;
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
