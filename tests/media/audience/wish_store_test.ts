import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Wish } from "../../../media/audience/viewer.ts";
import { openWishStore } from "../../../media/audience/wish_store.ts";
import { waitFor } from "../../fixtures/condition.ts";

const GAMING: Wish = { mode: "gaming", quality: "lq" };
const PINNED: Wish = { mode: "home", quality: "hq" };
const DAY_MS = 24 * 3600 * 1000;

async function inFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(path: string, nowMs = 0) {
  const lines: string[] = [];
  return { ...openWishStore({ path, now: () => nowMs, log: (line) => lines.push(line) }), lines };
}

describe("the store of wishes", () => {
  it("gives back in a later life what was saved in an earlier one", () =>
    inFolder((folder) => {
      const first = open(`${folder}/wishes.sqlite`);
      assert.equal(first.problem, null);
      first.store.save("a", PINNED);
      first.store.save("b", GAMING);
      first.store.save("a", GAMING);
      assert.deepEqual(first.store.find("a"), GAMING);
      first.store.close();
      first.store.close();
      const second = open(`${folder}/wishes.sqlite`);
      assert.deepEqual(["a", "b", "c"].map(second.store.find), [GAMING, GAMING, null]);
      second.store.close();
    }));
  it("writes by itself soon after, also when nobody closes it", () =>
    inFolder(async (folder) => {
      const path = `${folder}/wishes.sqlite`;
      const { store } = open(path);
      store.save("a", PINNED);
      const reader = new DatabaseSync(path);
      await waitFor("the row", 3000, () => reader.prepare("SELECT 1 FROM wishes").get() !== undefined);
      reader.close();
      store.close();
    }));
  it("forgets wishes that are older than a month", () =>
    inFolder((folder) => {
      const path = `${folder}/wishes.sqlite`;
      const first = open(path, 0);
      first.store.save("a", PINNED);
      first.store.close();
      const second = open(path, 29 * DAY_MS);
      assert.deepEqual(second.store.find("a"), PINNED);
      second.store.close();
      const third = open(path, 31 * DAY_MS);
      assert.equal(third.store.find("a"), null);
      third.store.close();
    }));

  it("puts a file of another making aside, says so in one line, and begins anew", () =>
    inFolder((folder) => {
      const path = `${folder}/wishes.sqlite`;
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE wishes (santa TEXT)");
      other.close();
      const { store, problem } = open(path, 77);
      assert.match(problem!, /no such column.*kept as .*wishes\.sqlite\.damaged-77$/);
      store.save("a", PINNED);
      store.close();
      const again = open(path);
      assert.deepEqual([again.problem, again.store.find("a")], [null, PINNED]);
      again.store.close();
    }));
  it("does without a file that somebody else has locked, and leaves it alone", () =>
    inFolder((folder) => {
      const path = `${folder}/wishes.sqlite`;
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE x (y); BEGIN EXCLUSIVE");
      const { store, problem } = open(path);
      assert.match(problem!, /locked/);
      store.save("a", PINNED);
      assert.equal(store.find("a"), null);
      store.close();
      other.close();
      assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => name.includes("damaged")), []);
    }));
  it("does without a folder that cannot be written", () => {
    const { store, problem } = open("/proc/nowhere/wishes.sqlite");
    assert.match(problem!, /Cannot use .*wishes\.sqlite: unable to open/);
    store.save("a", PINNED);
    store.close();
  });
  it("says once that it cannot write, keeps what waits, and writes it when it can", () =>
    inFolder(async (folder) => {
      const path = `${folder}/wishes.sqlite`;
      const { store, lines } = open(path);
      const other = new DatabaseSync(path);
      other.exec("BEGIN IMMEDIATE");
      store.save("a", PINNED);
      await waitFor("the complaint", 3000, () => lines.length > 0);
      assert.match(lines[0]!, /Cannot write viewers' wishes: .*locked/);
      assert.deepEqual(store.find("a"), PINNED);
      other.exec("ROLLBACK");
      await waitFor("the row", 5000, () => other.prepare("SELECT COUNT(*) AS count FROM wishes").get()!.count === 1);
      assert.equal(lines.length, 1);
      other.close();
      store.close();
    }));
});
