import { createHash } from "node:crypto";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import project from "../deno.json" with { type: "json" };
import { readCommandLine } from "./backup/command_line.ts";
import { type Contents, CONTENTS_NAME, endingOf, type KeptFile, MOST_BYTES } from "./backup/kept.ts";
import { BLOCK_BYTES, paddingAfter, type TarEntry, writeTarHeader } from "./backup/tar.ts";

/**
 * `deno task backup FILE [--data DIR]`: keys, settings, chat, donations, publishers, invites and sessions of the data folder in one tar archive, for its owner's eyes.
 * The server may be running: its databases are copied by SQLite itself, its other files are always whole.
 */
if (import.meta.main) {
  const line = readCommandLine("backup");
  if (typeof line === "string") {
    console.error(line);
    Deno.exit(2);
  }
  const problem = await makeBackup(line).then((report) => void console.log(report), (error: Error) => error.message);
  if (problem !== undefined) console.error(problem);
  Deno.exit(problem === undefined ? 0 : 1);
}

/** Resolves to what to tell. Throws an Error that says what cannot be read or written; there is no file then. */
export async function makeBackup({ file, data }: { readonly file: string; readonly data: string }): Promise<string> {
  const { kept, left } = await listFiles(data);
  if (kept.length === 0) throw new Error(`There is no server's data in ${data}: name its folder by --data DIR`);
  if (await exists(file)) throw new Error(`${file}: there is such a file already, and a backup replaces none`);
  const work = `${file}.${crypto.randomUUID()}`;
  try {
    await Deno.mkdir(work, { mode: 0o700 });
    const files: KeptFile[] = [];
    for (const name of kept) files.push(await copy(data, work, name));
    const size = await pack(work, files, file);
    const others = left.length === 0 ? "" : ` Left out: ${left.join(", ")}.`;
    return `Wrote ${file}: ${files.length} files of ${data}, ${
      Math.ceil(size / 1024)
    } KB. Whoever has it has the streamer's key: keep it like a password.${others}`;
  } catch (error) {
    throw new Error(`Cannot make ${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    await Deno.remove(work, { recursive: true }).catch(() => {});
  }
}

/** `left`: what is not kept, without what belongs to the running server alone. */
async function listFiles(data: string): Promise<{ readonly kept: string[]; readonly left: string[] }> {
  const kept: string[] = [];
  const left: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(data)) {
      if (isFile && endingOf(name) !== null) kept.push(name);
      else if (!/^(lock|studio\.address|slate-.*|run-.*|srt|.*-(wal|shm))$/.test(name)) left.push(name);
    }
  } catch (problem) {
    if (problem instanceof Deno.errors.NotFound) return { kept: [], left: [] };
    throw new Error(`Cannot read ${data}: ${problem instanceof Error ? problem.message : problem}`, { cause: problem });
  }
  return { kept: kept.sort(), left: left.sort() };
}

async function copy(data: string, work: string, name: string): Promise<KeptFile> {
  const from = join(data, name);
  const to = join(work, name);
  try {
    if (endingOf(name) === "sqlite") await copyDatabase(from, to);
    else await Deno.writeFile(to, await Deno.readFile(from), { mode: 0o600 });
  } catch (problem) {
    throw new Error(`${from}: ${problem instanceof Error ? problem.message : problem}`, { cause: problem });
  }
  const { size } = await Deno.stat(to);
  const most = MOST_BYTES[endingOf(name)!]!;
  if (size > most) throw new RangeError(`${from} has ${size} bytes, more than the ${most} of a backup`);
  const hash = createHash("sha256");
  using opened = await Deno.open(to);
  for await (const bytes of opened.readable) hash.update(bytes);
  return { name, size, sha256: hash.digest("hex") };
}

/** As it stands at one moment, whatever the server writes meanwhile. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    database.exec("PRAGMA busy_timeout = 5000");
    // In one step: a server that writes would make it begin anew.
    await backup(database, to, { rate: 1 << 20 });
  } finally {
    database.close();
  }
}

/** Resolves to the archive's size. */
async function pack(work: string, files: readonly KeptFile[], to: string): Promise<number> {
  const contents: Contents = { version: 1, made: new Date().toISOString(), tercet: project.version, files };
  const text = new TextEncoder().encode(`${JSON.stringify(contents, null, 2)}\n`);
  await Deno.writeFile(join(work, CONTENTS_NAME), text, { mode: 0o600 });
  using archive = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
  try {
    await writeAll(archive, work, [{ name: CONTENTS_NAME, size: text.length }, ...files]);
    return (await archive.stat()).size;
  } catch (problem) {
    await Deno.remove(to);
    throw problem;
  }
}

async function writeAll(archive: Deno.FsFile, work: string, entries: readonly TarEntry[]): Promise<void> {
  const write = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await archive.write(bytes.subarray(at));
  };
  for (const { name, size } of entries) {
    await write(writeTarHeader({ name, size }, Date.now() / 1000));
    using file = await Deno.open(join(work, name));
    for await (const bytes of file.readable) await write(bytes);
    await write(new Uint8Array(paddingAfter(size)));
  }
  await write(new Uint8Array(2 * BLOCK_BYTES));
  await archive.sync();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, (problem) => {
    if (problem instanceof Deno.errors.NotFound) return false;
    throw problem;
  });
}
