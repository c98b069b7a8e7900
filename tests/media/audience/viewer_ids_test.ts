import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { createViewerIds } from "../../../media/audience/viewer_ids.ts";
import { loadKey } from "../../../media/audience/viewer_key.ts";

const KEY = new Uint8Array(32).fill(1);

describe("viewer ids", () => {
  const ids = createViewerIds({ key: KEY, layout: "1 s" });

  it("are known again by the same key and layout, with their traits and the second they were made in", () => {
    const again = createViewerIds({ key: KEY.slice(), layout: "1 s" });
    for (const traits of [0, 1, 228, 255]) {
      assert.deepEqual(again.read(ids.make(traits, 1_790_000_000_999, null)), { traits, madeAtMs: 1_790_000_000_000, invite: null });
    }
  });
  it("are never the same, and are safe in a path", () => {
    const many = Array.from({ length: 1000 }, () => ids.make(1, 5000, null));
    assert.equal(new Set(many).size, 1000);
    for (const id of many) assert.match(id, /^[\w-]{36}$/);
  });
  it("tell by which invite their viewer came, in 44 characters that nobody can make of another one's", () => {
    const id = ids.make(1, 5000, "0123456789ab");
    assert.match(id, /^[\w-]{44}$/);
    assert.deepEqual(ids.read(id), { traits: 1, madeAtMs: 5000, invite: "0123456789ab" });
    for (let at = 0; at < id.length; at++) {
      assert.equal(ids.read(id.slice(0, at) + (id[at] === "A" ? "B" : "A") + id.slice(at + 1)), null);
    }
    // With the invite cut out, and put into one that has none.
    const plain = ids.make(1, 5000, null);
    assert.equal(ids.read(id.slice(0, 22) + id.slice(30)), null);
    assert.equal(ids.read(plain.slice(0, 22) + id.slice(22, 30) + plain.slice(22)), null);
  });
  it("are strangers to another key and another layout", () => {
    const id = ids.make(1, 5000, null);
    assert.equal(createViewerIds({ key: new Uint8Array(32).fill(2), layout: "1 s" }).read(id), null);
    assert.equal(createViewerIds({ key: KEY, layout: "2 s" }).read(id), null);
  });
  it("are refused when any character is changed, missing or added", () => {
    const id = ids.make(7, 5000, null);
    for (let at = 0; at < id.length; at++) {
      const other = id[at] === "A" ? "B" : "A";
      assert.equal(ids.read(id.slice(0, at) + other + id.slice(at + 1)), null);
    }
    for (const broken of ["", id.slice(1), id + "A", `${id}=`, id.replace(/./, "é"), id.replace(/./, "+")]) {
      assert.equal(ids.read(broken), null);
    }
  });
});

describe("the key of viewer ids", () => {
  it("is made once, for its owner's eyes only, and the same ever after, for all who ask at once", async () => {
    const dir = await Deno.makeTempDir();
    try {
      const loaded = await Promise.all(Array.from({ length: 8 }, () => loadKey(dir, 0)));
      for (const each of loaded) assert.deepEqual(each, { key: loaded[0]!.key, problem: null });
      assert.equal(loaded[0]!.key.length, 32);
      assert.deepEqual(await loadKey(dir, 0), loaded[0]);
      assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), ["viewer.key"]);
      if (Deno.build.os !== "windows") assert.equal(Deno.statSync(join(dir, "viewer.key")).mode! & 0o777, 0o600);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
  it("is not taken from a damaged file: that is put aside, said in one line, and a new one made", async () => {
    const dir = await Deno.makeTempDir();
    try {
      await Deno.writeFile(join(dir, "viewer.key"), new Uint8Array(5));
      const { key, problem } = await loadKey(dir, 77);
      assert.equal(key.length, 32);
      assert.match(
        problem!,
        /^Cannot use .*viewer\.key: 5 bytes instead of 32; it is kept as .*viewer\.key\.damaged-77\. .*opened anew\.$/,
      );
      assert.deepEqual(await Deno.readFile(join(dir, "viewer.key.damaged-77")), new Uint8Array(5));
      assert.deepEqual(await loadKey(dir, 78), { key, problem: null });
      assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name).sort(), ["viewer.key", "viewer.key.damaged-77"]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
  it("is put aside also where it is no file, and made for this life alone where none can be kept", async () => {
    const dir = await Deno.makeTempDir();
    try {
      await Deno.mkdir(join(dir, "viewer.key"));
      const { key, problem } = await loadKey(dir, 77);
      assert.match(problem!, /^Cannot use .*viewer\.key: Is a directory.*; it is kept as .*viewer\.key\.damaged-77\./);
      assert.deepEqual(await loadKey(dir, 78), { key, problem: null });
      const lost = await loadKey(join(dir, "nowhere"), 79);
      assert.equal(lost.key.length, 32);
      assert.match(lost.problem!, /^Cannot keep .*nowhere.viewer\.key: [^\n]*No such file[^\n]*next start have to be opened anew\.$/);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
});
