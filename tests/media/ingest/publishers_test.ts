import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import {
  addKey,
  checkName,
  findKey,
  hashKey,
  makeKeyText,
  type PublisherKey,
  readKeys,
  writeKeys,
} from "../../../media/ingest/publishers.ts";
import { openPublisherKeys, type PublisherKeys } from "../../../media/ingest/publishers_file.ts";

const key = (name: string, text = name): PublisherKey => ({ id: `id-${name}`, name, madeAtMs: 1, hash: hashKey(text), isUnseen: false });

describe("publishers' keys", () => {
  it("are 26 characters that nobody mistakes for each other, of 130 random bits", () => {
    const text = makeKeyText((bytes) => void crypto.getRandomValues(bytes));
    assert.match(text, /^[0-9a-hjkmnp-tv-z]{26}$/);
    assert.equal(makeKeyText((bytes) => bytes.forEach((_, at) => bytes[at] = at + 32)), "0123456789abcdefghjkmnpqrs");
  });

  it("are found whatever stands beside them, and only whole", () => {
    const keys = [key("OBS"), key("phone")];
    assert.equal(findKey(keys, ["live", "phone"])?.name, "phone");
    for (const texts of [[], [""], ["phon"], ["phone "], ["Phone"], [keys[0]!.hash]]) assert.equal(findKey(keys, texts), null);
  });

  it("have names of their own, of 1 to 40 characters", () => {
    const keys = [key("OBS")];
    assert.deepEqual(checkName(keys, "  my   phone ", null), { kind: "name", name: "my phone" });
    assert.deepEqual(checkName(keys, "obs", null), { kind: "name_taken" });
    assert.deepEqual(checkName(keys, "obs", "id-OBS"), { kind: "name", name: "obs" });
    for (const name of ["", "  ", "x".repeat(41), "a\u0007b", "a\u202eb"]) {
      assert.deepEqual(checkName(keys, name, null), { kind: "bad_name" });
    }
  });

  it("are 32 at most", () => {
    const keys = Array.from({ length: 32 }, (_, at) => key(`${at}`));
    assert.deepEqual(addKey(keys, key("one more")), { kind: "too_many" });
  });

  it("are read back as they were written, and not from anything else", () => {
    const keys = [key("OBS"), key("phone")];
    assert.deepEqual(readKeys(writeKeys(keys)), keys);
    for (
      const text of [
        "",
        "{}",
        "[]",
        '{"version":2,"keys":[]}',
        '{"version":1,"keys":[{"id":"x"}]}',
        writeKeys([{ ...key("a"), hash: "zz" }]),
      ]
    ) {
      assert.throws(() => readKeys(text), SyntaxError);
    }
  });
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function open(dataDir: string): Promise<PublisherKeys> {
  const { keys, problem } = await openPublisherKeys({ dataDir, nowMs: () => 1000 });
  assert.equal(problem, null);
  return keys;
}

describe("the file of publishers' keys", () => {
  it("is made at the first start with one key, which can be shown once", () =>
    inFolder(async (folder) => {
      const keys = await open(folder);
      assert.deepEqual(keys.list.map(({ name, isUnseen }) => [name, isUnseen]), [["OBS", true]]);
      const id = keys.list[0]!.id;
      const text = await keys.reveal(id);
      assert.ok(text !== null);
      assert.equal(keys.find([text])?.id, id);
      assert.deepEqual([await keys.reveal(id), keys.list[0]!.isUnseen], [null, false]);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["publishers.json"]);
      assert.equal(Deno.statSync(`${folder}/publishers.json`).mode! & 0o777, 0o600);
    }));

  it("holds no key in the clear, seen or unseen", () =>
    inFolder(async (folder) => {
      const keys = await open(folder);
      const made = await keys.make("phone");
      assert.ok(made.kind === "made");
      const shown = await keys.reveal(keys.list[0]!.id);
      const file = Deno.readTextFileSync(`${folder}/publishers.json`);
      for (const text of [made.text, shown!]) assert.ok(!file.includes(text));
      assert.ok(file.includes(hashKey(made.text)));
    }));

  it("keeps what has been shown, and makes anew what nobody has seen", () =>
    inFolder(async (folder) => {
      const before = await open(folder);
      const phone = await before.make("phone");
      assert.ok(phone.kind === "made");
      const hashes = before.list.map(({ hash }) => hash);
      const after = await open(folder);
      assert.equal(after.find([phone.text])?.name, "phone");
      assert.deepEqual(after.list.map(({ hash, name }, at) => [name, hash === hashes[at]]), [["OBS", false], ["phone", true]]);
      assert.equal(after.find([(await after.reveal(after.list[0]!.id))!])?.name, "OBS");
    }));

  it("changes with every new name and every withdrawal, and an empty one stays empty", () =>
    inFolder(async (folder) => {
      const keys = await open(folder);
      const id = keys.list[0]!.id;
      assert.deepEqual(await keys.rename(id, "Studio"), { kind: "renamed", key: keys.list[0]! });
      assert.deepEqual([await keys.rename("x", "y"), await keys.rename(id, ""), await keys.withdraw("x")], [
        { kind: "unknown_key" },
        { kind: "bad_name" },
        false,
      ]);
      assert.equal((await open(folder)).list[0]!.name, "Studio");
      assert.equal(await keys.withdraw(id), true);
      assert.deepEqual([keys.list, (await open(folder)).list], [[], []]);
    }));

  it("does one change after the other", () =>
    inFolder(async (folder) => {
      const keys = await open(folder);
      const made = await Promise.all(["a", "b", "c", "a"].map((name) => keys.make(name)));
      assert.deepEqual(made.map(({ kind }) => kind), ["made", "made", "made", "name_taken"]);
      assert.deepEqual((await open(folder)).list.map(({ name }) => name), ["OBS", "a", "b", "c"]);
    }));

  it("that is damaged is put aside, and said", () =>
    inFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/publishers.json`, "{");
      const { keys, problem } = await openPublisherKeys({ dataDir: folder, nowMs: () => 1000 });
      assert.match(
        problem!,
        /Cannot use .*publishers\.json: .*; it is kept as .*publishers\.json\.damaged-1000\. Publishers need new keys\./,
      );
      assert.equal(keys.list.length, 1);
      assert.equal(Deno.readTextFileSync(`${folder}/publishers.json.damaged-1000`), "{");
    }));

  it("that cannot be written changes nothing", () =>
    inFolder(async (folder) => {
      const dataDir = `${folder}/data`;
      Deno.mkdirSync(dataDir);
      const keys = await open(dataDir);
      Deno.removeSync(dataDir, { recursive: true });
      await assert.rejects(keys.make("phone"), /^Error: Cannot write .*publishers\.json: /);
      assert.equal(keys.list.length, 1);
    }));
});
