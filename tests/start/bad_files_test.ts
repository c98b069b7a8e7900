import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startTercet, type Tercet } from "../fixtures/server.ts";

const SMALL = ["--source", "lavfi:testsrc2=size=426x240:rate=15", "--rate", "15", "--ladder", "426x240@400k,320x180@250k,256x144@200k"];
const FILES = ["wishes", "chat", "donations"] as const;
type File = typeof FILES[number];
const WITHOUT: Readonly<Record<File, string>> = {
  wishes: "wishes are forgotten at the end",
  chat: "the chat is forgotten at the end",
  donations: "donations are forgotten at the end",
};

/** What is wrong with a file, and how to bring that about; `undo` before the folder is removed. */
interface Case {
  readonly name: string;
  readonly spoil: (path: string) => { undo(): void };
  readonly reason: RegExp;
  readonly isKeptAside: boolean;
}

const CASES: readonly Case[] = [
  { name: "are damaged from the first byte", spoil: scribble, reason: /file is not a database/, isKeptAside: true },
  { name: "have a hole in them", spoil: tear, reason: /malformed|damaged/, isKeptAside: true },
  { name: "are locked by another process", spoil: lock, reason: /database is locked/, isKeptAside: false },
  { name: "are folders", spoil: putFolder, reason: /unable to open database file/, isKeptAside: false },
  { name: "may not be written by anybody, root included (chattr +i)", spoil: freeze, reason: /readonly database/, isKeptAside: false },
];

describe("a start where the files of wishes, chat and donations", () => {
  const canFreeze = hasFreeze();
  let earlierLife = "";

  beforeAll(async () => {
    earlierLife = await Deno.makeTempDir({ prefix: "tercet-data-" });
    await using _server = await startTercet({ args: SMALL, dataDir: earlierLife });
  });
  afterAll(() => Deno.remove(earlierLife, { recursive: true }));

  for (const { name, spoil, reason, isKeptAside } of CASES) {
    const test = spoil === freeze && !canFreeze ? it.skip : it;
    test(`${name}: one line for each, the show is on, and the chat is open`, async () => {
      const dataDir = await Deno.makeTempDir({ prefix: "tercet-data-" });
      const undoing: { undo(): void }[] = [];
      try {
        for (const { name, isFile } of Deno.readDirSync(earlierLife)) {
          if (isFile) Deno.copyFileSync(`${earlierLife}/${name}`, `${dataDir}/${name}`);
        }
        const before = new Map(FILES.map((file) => {
          undoing.push(spoil(pathOf(dataDir, file)));
          return [file, readBytes(pathOf(dataDir, file))];
        }));
        await using server = await startTercet({ args: SMALL, dataDir });
        for (const file of FILES) checkLine(server, file, reason, isKeptAside);
        assert.doesNotMatch(server.output(), /^\s+at |Uncaught|ExperimentalWarning/m);
        await checkShow(server);
        const aside = [...Deno.readDirSync(dataDir)].map((entry) => entry.name).filter((each) => each.includes(".damaged-"));
        if (!isKeptAside) assert.deepEqual(aside, []);
        for (const file of isKeptAside ? FILES : []) {
          const kept = aside.filter((each) => new RegExp(`^${file}\\.sqlite\\.damaged-\\d+$`).test(each));
          assert.equal(kept.length, 1, aside.join());
          // SQLite notes in the header that it has opened a file that it could read.
          assert.deepEqual(readBytes(`${dataDir}/${kept[0]}`)!.subarray(100), before.get(file)!.subarray(100));
        }
        await server.stop();
        if (isKeptAside) await checkNextLife(dataDir);
      } finally {
        for (const { undo } of undoing) undo();
        await Deno.remove(dataDir, { recursive: true });
      }
    });
  }
});

function checkLine(server: Tercet, file: File, reason: RegExp, isKeptAside: boolean): void {
  const lines = server.output().split("\n").filter((line) => line.includes(`${file}.sqlite`));
  assert.equal(lines.length, 1, server.output());
  assert.match(lines[0]!, new RegExp(`^\\d\\d:\\d\\d:\\d\\d  Cannot use \\S*/${file}\\.sqlite: `));
  assert.match(lines[0]!, reason);
  const end = isKeptAside ? new RegExp(`; it is kept as \\S*/${file}\\.sqlite\\.damaged-\\d+$`) : new RegExp(`; ${WITHOUT[file]}$`);
  assert.match(lines[0]!, end);
}

/** A playlist, a message and a donation, by the doors that a page uses. */
async function checkShow({ baseUrl }: Tercet): Promise<void> {
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${baseUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
    return { status: answer.status, json: await answer.json() };
  };
  const { id, playlist } = (await post("/api/viewers", {})).json;
  const entry = await fetch(new URL(playlist, baseUrl));
  const variant = (await entry.text()).split("\n").find((line) => line !== "" && !line.startsWith("#"));
  assert.match(await (await fetch(new URL(variant!, entry.url))).text(), /^#EXT-X-PART:/m);
  assert.equal((await post("/api/chat", { viewer: id, name: "Anna", text: "still here" })).status, 201);
  assert.equal((await post(`/api/viewers/${id}/donations`, { amount: "5" })).status, 201);
  const { messages } = await (await fetch(`${baseUrl}/api/chat`)).json();
  assert.deepEqual(messages.map(({ text }: { text: string }) => text), ["still here"]);
}

/** What was begun anew is a file like any other: nothing to say about it, and what was said is still there. */
async function checkNextLife(dataDir: string): Promise<void> {
  await using server = await startTercet({ args: SMALL, dataDir });
  assert.doesNotMatch(server.output(), /sqlite/);
  const { messages } = await (await fetch(`${server.baseUrl}/api/chat`)).json();
  assert.deepEqual(messages.map(({ text }: { text: string }) => text), ["still here"]);
}

function pathOf(dataDir: string, file: File): string {
  return `${dataDir}/${file}.sqlite`;
}

function readBytes(path: string): Uint8Array | null {
  return Deno.statSync(path).isFile ? Deno.readFileSync(path) : null;
}

function scribble(path: string) {
  Deno.writeTextFileSync(path, "not one byte of this is SQL ".repeat(40));
  return { undo() {} };
}

/** All pages but the first are overwritten. */
function tear(path: string) {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  const { size } = Deno.statSync(path);
  database.close();
  using file = Deno.openSync(path, { write: true });
  file.seekSync(4096, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(size - 4096).fill(0x5a));
  return { undo() {} };
}

function lock(path: string) {
  const other = new DatabaseSync(path);
  other.exec("BEGIN EXCLUSIVE");
  return { undo: () => other.close() };
}

function putFolder(path: string) {
  Deno.removeSync(path);
  Deno.mkdirSync(path);
  return { undo() {} };
}

/** Modes do not bind root, this attribute does; few file systems and no ordinary user may set it. */
function freeze(path: string) {
  const change = (attribute: string) => new Deno.Command("chattr", { args: [attribute, path], stderr: "null" }).outputSync().success;
  if (!change("+i")) throw new Error(`Cannot freeze ${path}`);
  return { undo: () => void change("-i") };
}

function hasFreeze(): boolean {
  const path = Deno.makeTempFileSync();
  try {
    freeze(path).undo();
    return true;
  } catch {
    return false;
  } finally {
    Deno.removeSync(path);
  }
}
