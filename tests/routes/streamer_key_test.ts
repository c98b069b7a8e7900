import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Hono } from "hono";
import { loadStreamerKey, refuseStranger } from "../../routes/streamer_key.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

describe("the streamer's key", () => {
  it("is made once, for its owner's eyes only, and stays the same", () =>
    inFolder(async (folder) => {
      const key = await loadStreamerKey(folder);
      assert.match(key, /^[A-Za-z0-9_-]{43}$/);
      assert.equal(await loadStreamerKey(folder), key);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["streamer.key"]);
      assert.equal(Deno.statSync(`${folder}/streamer.key`).mode! & 0o777, 0o600);
      assert.equal(Deno.readTextFileSync(`${folder}/streamer.key`), `${key}\n`);
    }));
  it("is another one in another folder", () =>
    inFolder((one) => inFolder(async (other) => assert.notEqual(await loadStreamerKey(one), await loadStreamerKey(other)))));
  it("is not replaced where somebody has damaged it", () =>
    inFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/streamer.key`, "password");
      await assert.rejects(loadStreamerKey(folder), /Cannot use .*streamer\.key as the streamer's key/);
      assert.equal(Deno.readTextFileSync(`${folder}/streamer.key`), "password");
    }));
  it("that cannot be read is named", () =>
    inFolder(async (folder) => {
      Deno.mkdirSync(`${folder}/streamer.key`);
      await assert.rejects(loadStreamerKey(folder), /^Error: Cannot use .*streamer\.key: Is a directory/);
    }));
  it("opens nothing where there is none", async () => {
    const app = new Hono().get("/", (c) => refuseStranger(c, null) ?? c.text("in"));
    const statuses = [];
    for (const authorization of ["Bearer null", "Bearer ", ""]) {
      statuses.push((await app.request("/", { headers: { authorization } })).status);
    }
    assert.deepEqual(statuses, [403, 401, 401]);
  });
});
