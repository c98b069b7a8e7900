import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openChatStore, type StoredMessage } from "../../../routes/chat/store.ts";
import { startChild } from "../../fixtures/child.ts";
import { waitFor } from "../../fixtures/condition.ts";

function message(number: number, change: Partial<StoredMessage> = {}): StoredMessage {
  return {
    number,
    atMs: number,
    publicId: "anna",
    name: "Anna",
    badge: null,
    text: `message ${number}`,
    key: `k${number}`,
    address: "10.0.0.1",
    deletedBy: null,
    ...change,
  };
}

async function inFolder(test: (path: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/chat.sqlite`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(path: string, nowMs = 0) {
  const lines: string[] = [];
  return { ...openChatStore({ path, nowMs, log: (line) => lines.push(line) }), lines };
}

describe("the chat's store", () => {
  it("gives back in a later life what an earlier one saved", () =>
    inFolder((path) => {
      const first = open(path);
      assert.equal(first.problem, null);
      assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
      for (const number of [3, 1, 2, 4]) void first.store.save({ kind: "message", message: message(number) });
      void first.store.save({ kind: "message", message: message(3, { text: "", deletedBy: 9 }) });
      void first.store.save({ kind: "forgotten", before: 2 });
      const ban = { publicId: "eve", name: "Eve", address: "10.0.0.9", untilMs: 77 };
      void first.store.save({ kind: "banned", ban });
      void first.store.save({ kind: "banned", ban: { ...ban, publicId: "mal" } });
      void first.store.save({ kind: "unbanned", publicId: "mal" });
      first.store.close();
      first.store.close();
      const second = open(path).store;
      assert.deepEqual(second.stored.messages.map((row) => ({ ...row })), [
        message(2),
        message(3, { text: "", deletedBy: 9 }),
        message(4),
      ]);
      assert.deepEqual(second.stored.bans.map((row) => ({ ...row })), [ban]);
      void second.save({ kind: "cleared", through: 3 });
      second.close();
      const third = open(path).store;
      assert.deepEqual([third.stored.messages.map(({ number }) => number), third.stored.clearedThrough], [[4], 3]);
      third.close();
      const [before, after] = [76, 77].map((nowMs) => open(path, nowMs).store);
      assert.deepEqual([before!.stored.bans.length, after!.stored.bans.length], [1, 0], "a ban that has ended is not kept");
      before!.close();
      after!.close();
    }));
  it("has a message on disk when it says so, and writes many in one go", () =>
    inFolder(async (path) => {
      const { store } = open(path);
      const saved = Array.from({ length: 300 }, (_, at) => store.save({ kind: "message", message: message(at) }));
      assert.equal(new Set(saved).size, 1);
      await Promise.all(saved);
      const reader = new DatabaseSync(path);
      assert.equal(reader.prepare("SELECT count(*) AS count FROM messages").get()!.count, 300);
      reader.close();
      store.close();
    }));

  it("has after a kill whatever it has acknowledged, once", () =>
    inFolder(async (path) => {
      const store = new URL("../../../routes/chat/store.ts", import.meta.url).href;
      const script = `import { openChatStore } from ${JSON.stringify(store)};
        const { store } = openChatStore({ path: ${JSON.stringify(path)}, nowMs: 0, log: console.error });
        for (let number = 1;; number++) {
          const message = { number, atMs: number, publicId: "p", name: "n", badge: null, text: "t", key: "k" + number, address: "", deletedBy: null };
          store.save({ kind: "message", message }).then(() => console.log(number));
          if (number % 7 === 0) await new Promise((done) => setTimeout(done, 3));
        }`;
      let acknowledged = 0;
      await using writer = startChild(Deno.execPath(), ["eval", "--no-check", script], {
        onLine: (line) => acknowledged = Math.max(acknowledged, Number(line)),
      });
      await waitFor("500 messages", 10_000, () => acknowledged > 500, 5);
      writer.kill("SIGKILL");
      await writer.ended;
      const { store: again, problem } = open(path);
      const numbers = again.stored.messages.map(({ number }) => number);
      again.close();
      assert.equal(problem, null);
      assert.deepEqual(numbers.slice(0, acknowledged), Array.from({ length: acknowledged }, (_, at) => at + 1));
    }));

  it("puts a file of another making aside, says so in one line, and begins anew", () =>
    inFolder(async (path) => {
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE messages (santa TEXT)");
      other.close();
      const { store, problem } = open(path, 77);
      assert.match(problem!, /no such column.*kept as .*chat\.sqlite\.damaged-77$/);
      assert.deepEqual(store.stored.messages, []);
      await store.save({ kind: "message", message: message(1) });
      store.close();
      const again = open(path);
      assert.deepEqual([again.problem, again.store.stored.messages.length], [null, 1]);
      again.store.close();
    }));
  it("does without a file that somebody else has locked, and leaves it alone", () =>
    inFolder(async (path) => {
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE x (y); BEGIN EXCLUSIVE");
      const { store, problem } = open(path);
      assert.match(problem!, /locked; the chat is forgotten at the end$/);
      await store.save({ kind: "message", message: message(1) });
      store.close();
      other.close();
      assert.throws(() => Deno.statSync(`${path}.damaged-0`), Deno.errors.NotFound);
    }));
  it("does without a file that may only be read", () =>
    inFolder(async (path) => {
      open(path).store.close();
      // Root may write whatever it likes, so SQLite is told to behave as with a file that may only be read.
      const worker = new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          `import { openChatStore } from ${JSON.stringify(new URL("../../../routes/chat/store.ts", import.meta.url).href)};
          const { DatabaseSync } = await import("node:sqlite");
          const exec = DatabaseSync.prototype.exec;
          DatabaseSync.prototype.exec = function (sql) { exec.call(this, "PRAGMA query_only = 1"); return exec.call(this, sql); };
          const { store, problem } = openChatStore({ path: ${JSON.stringify(path)}, nowMs: 5, log() {} });
          await store.save({ kind: "unbanned", publicId: "x" });
          store.close();
          console.log(problem);`,
        ],
        stdout: "piped",
      });
      const said = new TextDecoder().decode((await worker.output()).stdout).trim();
      assert.match(said, /^Cannot use .*chat\.sqlite: attempt to write a readonly database; the chat is forgotten at the end$/);
    }));
  it("does without a folder that cannot be written", async () => {
    const { store, problem } = open("/proc/nowhere/chat.sqlite");
    assert.match(problem!, /Cannot use .*chat\.sqlite: unable to open/);
    await store.save({ kind: "message", message: message(1) });
    store.close();
  });
  it("says once that it cannot write, answers all the same, and writes it when it can", () =>
    inFolder(async (path) => {
      const { store, lines } = open(path);
      const other = new DatabaseSync(path);
      other.exec("BEGIN IMMEDIATE");
      await store.save({ kind: "message", message: message(1) });
      await store.save({ kind: "message", message: message(2) });
      assert.deepEqual(lines.length, 1);
      assert.match(lines[0]!, /^Cannot write the chat: .*locked/);
      other.exec("COMMIT");
      await waitFor("both rows", 5000, () => other.prepare("SELECT count(*) AS count FROM messages").get()!.count === 2);
      other.close();
      store.close();
    }));
});
