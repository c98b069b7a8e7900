import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { readCommandLine } from "./backup/command_line.ts";
import { judgeFile } from "./backup/judge_file.ts";
import { CONTENTS_NAME, type KeptFile, MOST_BYTES, readContents } from "./backup/kept.ts";
import { BLOCK_BYTES, paddingAfter, readTarHeader, type TarEntry } from "./backup/tar.ts";

const CHUNK_BYTES = 1 << 20;

/**
 * `deno task restore FILE [--data DIR]`: puts a backup where the data folder is and keeps the old one beside it. Nothing is taken from a file that is not wholly
 * what `deno task backup` writes, and nothing in it is run.
 */
if (import.meta.main) {
  const line = readCommandLine("restore");
  if (typeof line === "string") {
    console.error(line);
    Deno.exit(2);
  }
  const problem = await restoreBackup(line).then((report) => void console.log(report), (error: Error) => error.message);
  if (problem !== undefined) console.error(problem);
  Deno.exit(problem === undefined ? 0 : 1);
}

/** Resolves to what to tell. Throws an Error that says why not; the data folder is as it was then. */
export async function restoreBackup(o: { readonly file: string; readonly data: string }): Promise<string> {
  const data = await findFolder(o.data);
  using _lock = await claim(data, o.data);
  const fresh = `${data.path}.restoring-${crypto.randomUUID()}`;
  try {
    await Deno.mkdir(fresh, { mode: 0o700, recursive: true });
    const files = await unpack(o.file, fresh);
    for (const { name } of files) {
      const problem = await judgeFile(join(fresh, name), name);
      if (problem !== null) throw new Error(`${name} ${problem}`);
    }
    // A database may have had others laid beside it while it was looked at.
    for (const { name } of [...Deno.readDirSync(fresh)]) {
      if (!files.some((file) => file.name === name)) await Deno.remove(join(fresh, name));
    }
    await giveToOwnerOf(data, fresh);
    const before = await exchange(data, fresh);
    return `Restored ${files.length} files of ${o.file} into ${o.data}.${
      before === null ? "" : ` What was there before is kept as ${before}.`
    }`;
  } catch (error) {
    throw new Error(`Cannot restore ${o.file}: ${error instanceof Error ? error.message : error}. ${o.data} is as it was.`, {
      cause: error,
    });
  } finally {
    await Deno.remove(fresh, { recursive: true }).catch(() => {});
  }
}

interface Folder {
  /** The folder itself where links lead to it. */
  readonly path: string;
  readonly info: Deno.FileInfo | null;
}

async function findFolder(named: string): Promise<Folder> {
  try {
    const path = await Deno.realPath(named);
    const info = await Deno.stat(path);
    if (!info.isDirectory) throw new Error(`${named} is no folder`);
    return { path, info };
  } catch (problem) {
    if (problem instanceof Deno.errors.NotFound) return { path: named.replace(/\/+$/, ""), info: null };
    throw problem;
  }
}

/** Keeps servers off the folder meanwhile, as a server does itself. Throws an Error where one is running. */
async function claim({ path, info }: Folder, named: string): Promise<Disposable> {
  if (info === null) return { [Symbol.dispose]() {} };
  const lock = await Deno.open(join(path, "lock"), { create: true, write: true });
  if (await lock.tryLock(true)) return lock;
  lock.close();
  throw new Error(`${named} is in use by a running Tercet: stop it first`);
}

/** Writes the files of the archive into the folder, each as the archive's first file tells it. Throws an Error for anything else. */
async function unpack(path: string, folder: string): Promise<readonly KeptFile[]> {
  if (!(await Deno.stat(path)).isFile) throw new SyntaxError("it is no plain file");
  using archive = await Deno.open(path);
  const { size: left } = await archive.stat();
  const reader = { archive, left };
  const first = readTarHeader(await readExactly(reader, BLOCK_BYTES));
  if (first?.name !== CONTENTS_NAME || first.size > MOST_BYTES.json!) throw new SyntaxError("it is no backup of a Tercet");
  const { files } = readContents(new TextDecoder().decode(await readExactly(reader, first.size)));
  await readExactly(reader, paddingAfter(first.size));
  for (const file of files) {
    const entry = readTarHeader(await readExactly(reader, BLOCK_BYTES));
    if (entry?.name !== file.name || entry.size !== file.size) {
      throw new SyntaxError(`${describe(entry)} stands where its list of contents has ${describe(file)}`);
    }
    await unpackFile(reader, file, join(folder, file.name));
    await readExactly(reader, paddingAfter(file.size));
  }
  const rest = readTarHeader(await readExactly(reader, BLOCK_BYTES));
  if (rest !== null) throw new SyntaxError(`${describe(rest)} is not in its list of contents`);
  return files;
}

interface Reader {
  readonly archive: Deno.FsFile;
  left: number;
}

async function unpackFile(reader: Reader, { name, size, sha256 }: KeptFile, to: string): Promise<void> {
  const hash = createHash("sha256");
  using file = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
  for (let left = size; left > 0;) {
    const bytes = await readExactly(reader, Math.min(left, CHUNK_BYTES));
    hash.update(bytes);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    left -= bytes.length;
  }
  await file.sync();
  if (hash.digest("hex") !== sha256) throw new SyntaxError(`${name} is damaged`);
}

async function readExactly(reader: Reader, length: number): Promise<Uint8Array> {
  if (length > reader.left) throw new SyntaxError("it ends too early");
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = await reader.archive.read(bytes.subarray(at));
    if (read === null) throw new SyntaxError("it ends too early");
    at += read;
  }
  reader.left -= length;
  return bytes;
}

function describe(entry: TarEntry | null): string {
  return entry === null ? "an end" : `${JSON.stringify(entry.name.slice(0, 60))} of ${entry.size} bytes`;
}

/** Root restores for the user that the server runs as. */
async function giveToOwnerOf({ info }: Folder, fresh: string): Promise<void> {
  if (!info || info.uid === null || Deno.build.os === "windows" || Deno.uid() !== 0 || info.uid === 0) return;
  for (const { name } of Deno.readDirSync(fresh)) await Deno.chown(join(fresh, name), info.uid, info.gid);
  await Deno.chown(fresh, info.uid, info.gid);
}

/** Resolves to the name of the folder that was there; null where there was none. */
async function exchange({ path, info }: Folder, fresh: string): Promise<string | null> {
  if (info === null) {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.rename(fresh, path);
    return null;
  }
  const before = `${path}.before-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}`;
  if (info.mode !== null) await Deno.chmod(fresh, info.mode & 0o777);
  await Deno.rename(path, before).catch((problem) => {
    throw new Error(`${path} cannot be put aside (${problem.message}); where it is a mount, restore into a folder in it`, {
      cause: problem,
    });
  });
  try {
    await Deno.rename(fresh, path);
  } catch (problem) {
    await Deno.rename(before, path);
    throw problem;
  }
  return before;
}
