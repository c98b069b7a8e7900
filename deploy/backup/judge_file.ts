import { DatabaseSync } from "node:sqlite";
import { endingOf } from "./kept.ts";

/**
 * What speaks against a file that comes out of a backup, which anybody may have made; null where nothing does. `path` is where it lies, `name` what it is to be.
 * It is read and never followed: a database may not bring anything that acts by itself, settings no graph that ffmpeg would run.
 */
export async function judgeFile(path: string, name: string): Promise<string | null> {
  switch (endingOf(name)) {
    case "sqlite":
      return await readStart(path) === "SQLite format 3\0" ? judgeDatabase(path) : "is no database of SQLite";
    case "json":
      return judgeJson(await Deno.readTextFile(path));
    case "png":
      return judgePng(await Deno.readFile(path));
    default:
      return null;
  }
}

async function readStart(path: string): Promise<string> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(16);
  return new TextDecoder("latin1").decode(bytes.subarray(0, await file.read(bytes) ?? 0));
}

function judgeDatabase(path: string): string | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { readOnly: true, allowExtension: false });
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON");
    const acting = database.prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') OR sql LIKE '%VIRTUAL%'").get();
    if (acting) return `has a ${acting.type} (${String(acting.name).slice(0, 60)}) that Tercet never makes`;
    const check = database.prepare("PRAGMA quick_check(1)").get();
    return check?.quick_check === "ok" ? null : "is a damaged database";
  } catch {
    return "is a damaged database";
  } finally {
    database?.close();
  }
}

function judgeJson(text: string): string | null {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return "is not valid JSON";
  }
  const graph = findGraph(read);
  if (graph === null) return null;
  return `names ${
    JSON.stringify(graph.slice(0, 60))
  }: a graph of ffmpeg can read any file, so none comes out of a backup; give it on the command line, and take it out of there`;
}

/** Anywhere in it, a text that would be read as a source with a graph. */
function findGraph(value: unknown): string | null {
  if (typeof value === "string") return /(^|\|)\s*lavfi:/i.test(value) ? value : null;
  if (typeof value !== "object" || value === null) return null;
  for (const each of [...Object.keys(value), ...Object.values(value)]) {
    const found = findGraph(each);
    if (found !== null) return found;
  }
  return null;
}

function judgePng(bytes: Uint8Array): string | null {
  const isPng = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, at) => bytes[at] === byte);
  return isPng ? null : "is no PNG";
}
