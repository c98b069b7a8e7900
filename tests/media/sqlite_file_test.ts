import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { changeTogether, openSqliteFile } from "../../media/sqlite_file.ts";

async function inFolder(test: (path: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/songs.sqlite`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(path: string, nowMs = 0) {
  return openSqliteFile({ path, nowMs, without: "songs are forgotten at the end", prepare });
}

function prepare(database: DatabaseSync): void {
  database.exec("CREATE TABLE IF NOT EXISTS songs (title TEXT)");
  database.prepare("SELECT title FROM songs LIMIT 1").get();
}

function titles(database: DatabaseSync): unknown[] {
  return database.prepare("SELECT title FROM songs ORDER BY rowid").all().map(({ title }) => title);
}

describe("a file of SQLite's", () => {
  it("is made for the owner's eyes only, with all that stands beside it", () =>
    inFolder((path) => {
      const { database, problem } = open(path);
      assert.equal(problem, null);
      database!.exec("INSERT INTO songs VALUES ('a')");
      assert.deepEqual(["", "-wal", "-shm"].map((suffix) => Deno.statSync(path + suffix).mode! & 0o777), [0o600, 0o600, 0o600]);
      database!.close();
    }));

  it("that somebody else has meanwhile holds up no picture: what cannot be written is given up within a frame's time", () =>
    inFolder((path) => {
      const { database } = open(path);
      assert.equal(database!.prepare("PRAGMA busy_timeout").get()!.timeout, 20);
      database!.close();
    }));

  it("that was open to others is hidden from them", () =>
    inFolder((path) => {
      open(path).database!.close();
      Deno.chmodSync(path, 0o644);
      open(path).database!.close();
      assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    }));

  const damages: [name: string, damage: (path: string) => void, reason: RegExp][] = [
    ["that is no database", (path) => Deno.writeTextFileSync(path, "not one byte of this is SQL ".repeat(40)), /not a database/],
    ["of another making", (path) => {
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE songs (santa TEXT)");
      other.close();
    }, /no such column/],
    ["with a hole in it", (path) => {
      const { database } = open(path);
      const insert = database!.prepare("INSERT INTO songs VALUES (?)");
      changeTogether(database!, () => {
        for (let i = 0; i < 2000; i++) insert.run(`song number ${i}`.repeat(4));
      });
      database!.close();
      using file = Deno.openSync(path, { write: true });
      file.seekSync(4096, Deno.SeekMode.Start);
      file.writeSync(new Uint8Array(40_000).fill(0x5a));
    }, /malformed|damaged/],
  ];
  for (const [name, damage, reason] of damages) {
    it(`${name} is put aside as it was, with one line about it, and a new one begun`, () =>
      inFolder((path) => {
        damage(path);
        const bytes = Deno.readFileSync(path);
        const { database, problem } = open(path, 77);
        assert.match(problem!, reason);
        assert.match(problem!, /kept as .*songs\.sqlite\.damaged-77$/);
        assert.doesNotMatch(problem!, /\n/);
        // SQLite notes in the header that it has opened a file that it could read.
        assert.deepEqual(Deno.readFileSync(`${path}.damaged-77`).subarray(100), bytes.subarray(100));
        database!.exec("INSERT INTO songs VALUES ('a')");
        database!.close();
        const again = open(path);
        assert.deepEqual([again.problem, titles(again.database!)], [null, ["a"]]);
        again.database!.close();
      }));
  }

  it("that somebody else has locked is left alone", () =>
    inFolder((path) => {
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE x (y); BEGIN EXCLUSIVE");
      const { database, problem } = open(path);
      assert.equal(database, null);
      assert.match(problem!, /^Cannot use .*songs\.sqlite: .*locked; songs are forgotten at the end$/);
      other.close();
      assert.throws(() => Deno.statSync(`${path}.damaged-0`), Deno.errors.NotFound);
    }));

  it("that cannot be made is done without", () => {
    const { database, problem } = open("/proc/nowhere/songs.sqlite");
    assert.equal(database, null);
    assert.match(problem!, /^Cannot use \/proc\/nowhere\/songs\.sqlite: unable to open.*; songs are forgotten at the end$/);
  });

  it("takes all of a change or nothing", () =>
    inFolder((path) => {
      const { database } = open(path);
      const insert = database!.prepare("INSERT INTO songs VALUES (?)");
      changeTogether(database!, () => void insert.run("a"));
      const change = () =>
        changeTogether(database!, () => {
          insert.run("b");
          throw new RangeError("no more");
        });
      assert.throws(change, /no more/);
      assert.deepEqual(titles(database!), ["a"]);
      changeTogether(database!, () => void insert.run("c"));
      assert.deepEqual(titles(database!), ["a", "c"]);
      database!.close();
    }));
});
