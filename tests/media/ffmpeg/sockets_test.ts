import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { closeQuietly, openSocketFolder, removeOldSocketFolders } from "../../../media/ffmpeg/sockets.ts";
import { runTool } from "../../../media/ffmpeg/tool.ts";

async function withFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-sockets-" });
  try {
    await check(folder);
    assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith("run-")), [], "sockets were left behind");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The real ffmpeg writes 0.1 s of silence to it. */
async function hearFrom(folder: string, o: { transport?: "unix" | "tcp" } = {}): Promise<{ url: string; bytes: number }> {
  const sockets = await openSocketFolder({ folder, ...o });
  const listening = sockets.listen("sound");
  const args = ["-v", "error", "-f", "lavfi", "-t", "0.1", "-i", "anullsrc=r=48000:cl=stereo", "-f", "s16le", listening.url];
  const writing = runTool("ffmpeg", args, { limitMs: 10_000 });
  const connection = await listening.accept();
  let bytes = 0;
  for await (const chunk of connection!.readable) bytes += chunk.length;
  const outcome = await writing;
  assert.deepEqual([outcome.kind === "finished" && outcome.code, outcome.kind !== "cannot_start" && outcome.stderr], [0, ""]);
  await sockets.close();
  return { url: listening.url, bytes };
}

describe("sockets for one ffmpeg", () => {
  it("are unix sockets in a fresh folder, and ffmpeg writes there", () =>
    withFolder(async (folder) => {
      const { url, bytes } = await hearFrom(folder);
      assert.ok(url.startsWith(`unix:${folder}/run-`) && url.endsWith("/sound"), url);
      assert.equal(bytes, 4800 * 4);
    }));

  it("are ports of the loopback address where that is wished", () =>
    withFolder(async (folder) => {
      const { url, bytes } = await hearFrom(folder, { transport: "tcp" });
      assert.match(url, /^tcp:\/\/127\.0\.0\.1:\d+$/);
      assert.equal(bytes, 4800 * 4);
    }));

  for (const name of ["x".repeat(100), "ü".repeat(50)]) {
    it(`are ports where the path would be too long for a unix socket (${name.slice(0, 1)})`, () =>
      withFolder(async (folder) => {
        const deep = `${folder}/${name}`;
        await Deno.mkdir(deep);
        assert.match((await hearFrom(deep)).url, /^tcp:/);
        assert.deepEqual([...Deno.readDirSync(deep)], []);
      }));
  }

  it("are ports, all that follow, where the file system has no unix sockets", () =>
    withFolder(async (folder) => {
      const sockets = await openSocketFolder({ folder });
      const [made] = [...Deno.readDirSync(folder)];
      await Deno.remove(`${folder}/${made!.name}`); // nothing can be made there any more
      const urls = ["in", "0", "1"].map((name) => sockets.listen(name).url);
      assert.ok(urls.every((url) => url.startsWith("tcp:")), `${urls}`);
      assert.equal(new Set(urls).size, 3);
      await sockets.close();
    }));

  it("take one connection after the other, and say null once they are closed", () =>
    withFolder(async (folder) => {
      const sockets = await openSocketFolder({ folder });
      const listening = sockets.listen("motion");
      const path = listening.url.slice("unix:".length);
      const clients = [await Deno.connect({ transport: "unix", path }), await Deno.connect({ transport: "unix", path })];
      const accepted = [await listening.accept(), await listening.accept()];
      const waiting = listening.accept();
      listening.close();
      assert.equal(await waiting, null);
      assert.equal(await listening.accept(), null);
      // What was accepted stays open.
      await clients[0]!.write(Uint8Array.of(7));
      const into = new Uint8Array(4);
      assert.deepEqual([await accepted[0]!.read(into), into[0]], [1, 7]);
      for (const connection of [...clients, ...accepted, clients[0]!]) closeQuietly(connection!);
      await Promise.all([sockets.close(), sockets.close()]);
      listening.close();
    }));

  it("that earlier lives of the server left are removed, and nothing else", () =>
    withFolder(async (folder) => {
      for (const name of ["run-old", "run-older", "slates"]) await Deno.mkdir(`${folder}/${name}`);
      await Deno.writeTextFile(`${folder}/run-old/0`, "");
      await Deno.writeTextFile(`${folder}/run-1.txt`, "");
      await removeOldSocketFolders(folder);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["run-1.txt", "slates"]);
      await Deno.remove(`${folder}/run-1.txt`);
    }));

  it("are not opened where the folder is none", async () => {
    await assert.rejects(openSocketFolder({ folder: "/nowhere/at/all" }), Deno.errors.NotFound);
  });
});
