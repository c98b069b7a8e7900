import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { makeBackup } from "../../deploy/backup.ts";
import { BLOCK_BYTES, paddingAfter, readTarHeader, writeTarHeader } from "../../deploy/backup/tar.ts";
import { restoreBackup } from "../../deploy/restore.ts";
import { startTercet } from "../fixtures/server.ts";

const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const SHOW = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];
const text = (it: string) => new TextEncoder().encode(it);

async function task(name: "backup" | "restore", args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", name, ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-backup-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All files of a folder with their content, links as such. */
function readAll(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory, isSymlink } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) { for (const [below, content] of Object.entries(readAll(path))) found[`${name}/${below}`] = content; }
    else found[name] = isSymlink ? `-> ${Deno.readLinkSync(path)}` : new TextDecoder("latin1").decode(Deno.readFileSync(path));
  }
  return found;
}

describe("a backup of a running server", () => {
  it("holds its keys and what was said, is refused while it runs, and makes another folder into the same server", async () => {
    await inFolder(async (folder) => {
      const file = `${folder}/show.tar`;
      await using server = await startTercet({ args: SHOW, dataDir: `${folder}/data` });
      const { id } = await (await fetch(`${server.baseUrl}/api/viewers`, { method: "POST" })).json();
      const said = await fetch(`${server.baseUrl}/api/chat`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ viewer: id, name: "Ann", text: "still here" }),
      });
      assert.equal(said.status, 201, await said.text());
      await Deno.mkdir(`${folder}/data/media`);
      const made = await task("backup", [file, "--data", `${folder}/data`]);
      assert.equal(made.code, 0, made.said);
      assert.match(made.said, /^Wrote .*show\.tar: \d+ files of .*the streamer's key.* Left out: media\.\n$/);
      assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
      const again = await task("backup", [file, "--data", `${folder}/data`]);
      assert.equal(again.code, 1);
      assert.match(again.said, /there is such a file already/);

      const key = await Deno.readTextFile(`${folder}/data/streamer.key`);
      const running = await task("restore", [file, "--data", `${folder}/data`]);
      assert.equal(running.code, 1);
      assert.match(running.said, /is in use by a running Tercet: stop it first/);
      await server.stop();

      await Deno.writeTextFile(`${folder}/data/streamer.key`, "another");
      const restored = await task("restore", [file, "--data", `${folder}/data`]);
      assert.equal(restored.code, 0, restored.said);
      const [, before] = /kept as (.*)\.\n$/.exec(restored.said)!;
      assert.equal(await Deno.readTextFile(`${before}/streamer.key`), "another");
      assert.equal(await Deno.readTextFile(`${folder}/data/streamer.key`), key);
      await server.restart();
      const { messages } = await (await fetch(`${server.baseUrl}/api/chat`)).json();
      assert.deepEqual(messages.map((message: { text: string }) => message.text), ["still here"]);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.includes("restoring")), []);
    });
  });
});

describe("the tasks", () => {
  const refusals: [("backup" | "restore"), string[], number, RegExp][] = [
    ["backup", [], 2, /^No file is named; it is deno task backup FILE \[--data DIR\]/],
    ["backup", ["a", "b"], 2, /^a b: one file/],
    ["restore", ["--force", "a"], 2, /^--force: not understood/],
    ["backup", ["a.tar", "--data", "/nowhere"], 1, /^There is no server's data in \/nowhere/],
    ["restore", ["/nowhere.tar", "--data", "/nowhere/else"], 1, /^Cannot restore \/nowhere\.tar: /],
    ["restore", ["/dev/zero", "--data", "/tmp/tercet-none"], 1, /it is no plain file\. .* is as it was/],
  ];
  for (const [name, args, code, line] of refusals) {
    it(`refuse in words: ${name} ${args.join(" ")}`, async () => {
      const outcome = await task(name, args);
      assert.equal(outcome.code, code, outcome.said);
      assert.match(outcome.said, line);
      assert.doesNotMatch(outcome.said, /^\s+at /m);
    });
  }
});

describe("an archive", () => {
  it("is a tar that others read, and reads back as it was written", async () => {
    fc.assert(fc.property(fc.stringMatching(/^[\x21-\x7e]{1,100}$/), fc.integer({ min: 0, max: 8 ** 11 - 1 }), (name, size) => {
      assert.deepEqual(readTarHeader(writeTarHeader({ name, size }, 1e9)), { name, size });
    }));
    await inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/data`);
      await Deno.writeTextFile(`${folder}/data/streamer.key`, "k".repeat(43));
      await Deno.writeTextFile(`${folder}/data/publishers.json`, "{}");
      await makeBackup({ file: `${folder}/a.tar`, data: `${folder}/data` });
      const { code, stdout } = await new Deno.Command("tar", { args: ["-xvf", `${folder}/a.tar`, "-C", folder] }).output();
      assert.equal(code, 0);
      assert.equal(new TextDecoder().decode(stdout), "tercet-backup.json\npublishers.json\nstreamer.key\n");
      assert.equal(await Deno.readTextFile(`${folder}/streamer.key`), "k".repeat(43));
    });
  });
  it("of any bytes is refused with a SyntaxError or read, whatever they are", () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: BLOCK_BYTES, maxLength: BLOCK_BYTES }), (bytes) => {
      try {
        readTarHeader(bytes);
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
      }
    }));
  });
});

interface Made {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Changes the header, whose sum is set right afterwards. */
  readonly header?: (header: Uint8Array) => void;
}

const key: Made = { name: "streamer.key", bytes: text("k".repeat(43)) };

/** An archive of these files, by its own account or by another. */
function archive(
  files: readonly Made[],
  told?: (contents: { files: { name: string; size: number; sha256: string }[] }) => unknown,
): Uint8Array {
  const contents = {
    version: 1,
    made: "2026-01-01T00:00:00Z",
    tercet: "0.2.0",
    files: files.map(({ name, bytes }) => ({ name, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") })),
  };
  const blocks = [{ name: "tercet-backup.json", bytes: text(JSON.stringify(told?.(contents) ?? contents)) }, ...files].flatMap(
    (file: Made) => {
      const header = writeTarHeader({ name: "x", size: file.bytes.length }, 0);
      header.fill(0, 0, 100).set(text(file.name).subarray(0, 100));
      file.header?.(header);
      header.fill(0x20, 148, 156);
      header.set(text(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `), 148);
      return [header, file.bytes, new Uint8Array(paddingAfter(file.bytes.length))];
    },
  );
  return join([...blocks, new Uint8Array(2 * BLOCK_BYTES)]);
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  pieces.reduce((at, piece) => (whole.set(piece, at), at + piece.length), 0);
  return whole;
}

function database(sql: string): Uint8Array {
  const path = Deno.makeTempFileSync();
  const made = new DatabaseSync(path);
  made.exec(sql);
  made.close();
  const bytes = Deno.readFileSync(path);
  Deno.removeSync(path);
  return bytes;
}

const kind = (letter: string, target = "") => (header: Uint8Array) => {
  header[156] = letter.charCodeAt(0);
  header.set(text(target), 157);
};
const named = (name: string, bytes: Uint8Array = text("x")): Made => ({ name, bytes });
const settings = (value: unknown) => archive([key, named("settings.json", text(JSON.stringify(value)))]);

describe("an archive that was made to do harm", () => {
  const cases: [string, () => Uint8Array, RegExp][] = [
    ["a path outside", () => archive([key, named("../streamer.key")]), /"\.\.\/streamer\.key" is no name of a file/],
    ["an absolute path", () => archive([key, named("/etc/cron.json")]), /"\/etc\/cron\.json" is no name/],
    ["a folder in a name", () => archive([key, named("a/b.json")]), /is no name/],
    ["a name with a NUL", () => archive([key, named("a.json\0.key")]), /is no name/],
    ["a program", () => archive([key, named("run.sh")]), /"run\.sh" is no name/],
    ["its own list of contents again", () => archive([key, named("tercet-backup.json")]), /is no name/],
    ["the lock", () => archive([key, named("lock")]), /is no name/],
    ["a symbolic link", () => archive([{ ...key, header: kind("2", "/etc/passwd") }]), /"streamer\.key" is a link/],
    ["a hard link", () => archive([{ ...key, header: kind("1", "/etc/passwd") }]), /is a link/],
    ["a device", () => archive([{ ...key, header: kind("3") }]), /is a device/],
    ["a folder", () => archive([{ ...key, header: kind("5") }]), /is a folder/],
    ["a pipe", () => archive([{ ...key, header: kind("6") }]), /is a pipe/],
    ["GNU's long name", () => archive([{ ...key, header: kind("L") }]), /is no plain file/],
    ["pax headers", () => archive([{ ...key, header: kind("x") }]), /is no plain file/],
    ["a link's target beside a plain file", () => archive([{ ...key, header: kind("0", "/etc") }]), /leads elsewhere/],
    ["a folder in the prefix", () => archive([{ ...key, header: (header) => header.set(text("../.."), 345) }]), /leads elsewhere/],
    [
      "another name than told",
      () => archive([{ ...key, header: (header) => header.set(text("viewerrr"), 0) }]),
      /stands where its list of contents has/,
    ],
    ["a size in base 256", () => archive([{ ...key, header: (header) => void (header[124] = 0x80) }]), /has no size that can be read/],
    ["a file twice", () => archive([key, key]), /streamer\.key stands in it twice/],
    [
      "more than its list",
      () => archive([key, named("a.json", text("{}"))], (told) => ({ ...told, files: told.files.slice(0, 1) })),
      /is not in its list/,
    ],
    [
      "less than its list",
      () => archive([key], (told) => ({ ...told, files: [...told.files, { ...told.files[0]!, name: "a.key" }] })),
      /an end stands where/,
    ],
    [
      "a size that is a bomb",
      () => archive([key], (told) => ({ ...told, files: [{ ...told.files[0]!, size: 2 ** 40 }] })),
      /would have 1099511627776 bytes; 4096 are the most/,
    ],
    [
      "a size that its bytes do not have",
      () =>
        archive([{ name: "a.json", bytes: text("{}"), header: (header) => header.set(text("00000004000"), 124) }], (told) => ({
          ...told,
          files: [{ ...told.files[0]!, size: 2048 }],
        })),
      /it ends too early/,
    ],
    ["ten thousand files", () => archive([key], (told) => ({ ...told, files: Array(10_000).fill(told.files[0]) })), /it has 10000 files/],
    ["a later version", () => archive([key], (told) => ({ ...told, version: 2 })), /it is of version 2/],
    ["contents that are none", () => archive([key], () => ({ version: 1 })), /it is no backup of a Tercet/],
    [
      "other bytes than told",
      () => archive([key], (told) => ({ ...told, files: [{ ...told.files[0]!, sha256: "0".repeat(64) }] })),
      /streamer\.key is damaged/,
    ],
    ["nothing", () => new Uint8Array(), /it ends too early/],
    ["zeros", () => new Uint8Array(10 * BLOCK_BYTES), /it is no backup of a Tercet/],
    ["noise", () => crypto.getRandomValues(new Uint8Array(4096)), /it is no tar archive/],
    ["half of it", () => archive([key]).subarray(0, BLOCK_BYTES * 2), /it ends too early|stands where/],
    [
      "a database with a trigger",
      () => archive([named("chat.sqlite", database("CREATE TABLE a(b); CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END"))]),
      /chat\.sqlite has a trigger \(t\)/,
    ],
    [
      "a database with a view",
      () => archive([named("chat.sqlite", database("CREATE TABLE a(b); CREATE VIEW v AS SELECT b FROM a"))]),
      /has a view \(v\)/,
    ],
    ["a database that is none", () => archive([named("chat.sqlite")]), /chat\.sqlite is no database of SQLite/],
    [
      "a damaged database",
      () => archive([named("chat.sqlite", database("CREATE TABLE a(b)").fill(7, 100, 4000))]),
      /is a damaged database/,
    ],
    ["a picture that is none", () => archive([named("logo.png", text("<svg/>"))]), /logo\.png is no PNG/],
    ["settings that are no JSON", () => archive([named("settings.json", text("{"))]), /settings\.json is not valid JSON/],
    [
      "settings with a graph",
      () => settings({ source: "lavfi:movie=/etc/passwd" }),
      /settings\.json names "lavfi:movie=\/etc\/passwd": a graph of ffmpeg can read any file/,
    ],
    ["… among sources", () => settings({ source: ["test", " LAVFI:color"] }), /names " LAVFI:color"/],
    ["… in a list of files", () => settings({ source: "file:a|lavfi:color" }), /names/],
    ["… deep in something", () => settings({ scenes: [{ name: "a", with: { source: "lavfi:color" } }] }), /names "lavfi:color"/],
  ];
  for (const [name, make, line] of cases) {
    it(`is refused in words, and nothing is touched: ${name}`, async () => {
      await inFolder(async (folder) => {
        await Deno.mkdir(`${folder}/data`);
        await Deno.writeTextFile(`${folder}/data/streamer.key`, "mine");
        await Deno.writeTextFile(`${folder}/canary`, "alive");
        await Deno.writeFile(`${folder}/bad.tar`, make());
        const { lock: _, ...before } = readAll(folder);
        await assert.rejects(restoreBackup({ file: `${folder}/bad.tar`, data: `${folder}/data` }), (error: Error) => {
          assert.match(error.message, line);
          assert.match(error.message, /^Cannot restore .* is as it was\.$/);
          return true;
        });
        assert.deepEqual(readAll(folder), { ...before, "data/lock": "" });
      });
    });
  }
  it("and one that was not is restored where there is no folder yet", async () => {
    await inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/good.tar`, archive([key, named("settings.json", text('{"title":"about lavfi: and more"}'))]));
      await restoreBackup({ file: `${folder}/good.tar`, data: `${folder}/new/data/` });
      assert.deepEqual(Object.keys(readAll(`${folder}/new/data`)).sort(), ["settings.json", "streamer.key"]);
      assert.equal((await Deno.stat(`${folder}/new/data`)).mode! & 0o777, 0o700);
    });
  });
  it("goes through a link to the folder itself, as systemd has one", async () => {
    await inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/private/data`, { recursive: true });
      await Deno.symlink(`${folder}/private/data`, `${folder}/data`);
      await Deno.writeFile(`${folder}/good.tar`, archive([key]));
      await restoreBackup({ file: `${folder}/good.tar`, data: `${folder}/data` });
      assert.equal(await Deno.readTextFile(`${folder}/private/data/streamer.key`), "k".repeat(43));
    });
  });
});
