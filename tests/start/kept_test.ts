import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";

const RED = "lavfi:color=red:size=640x360:rate=30,realtime";
const ARGS = ["--host", "127.0.0.1", "--source", RED, "--source", "test", "--ladder", LIGHT_LADDER];
const PATIENCE_MS = 15_000;

describe("what the studio has changed", () => {
  it("is there again after a restart; the command line wins, and a foreign file opens nothing", async () => {
    const dataDir = await Deno.makeTempDir({ prefix: "tercet-kept-" });
    try {
      const png = await drawPng(dataDir);
      {
        await using server = await startTercet({ args: ARGS, dataDir });
        const ask = await asker(server.baseUrl, dataDir);
        await ask("PUT", "studio/filter", { filter: "sepia" });
        await ask("PUT", "studio/text", { kind: "words", words: "Kitchen", corner: "top_left" });
        await ask("PUT", "studio/logo?corner=bottom_right", png);
        await ask("PATCH", "studio/sources/2", { gain: 0.5, muted: true });
        await ask("PATCH", "chat", { slowSeconds: 7, links: true });
        await ask("PUT", "chat/words", { words: ["spam"] });
        await ask("PUT", "studio/goal", { name: "A lamp", amount: 20 });
      }
      {
        await using server = await startTercet({ args: [...ARGS, "--chat-slow", "3s"], dataDir });
        const ask = await asker(server.baseUrl, dataDir);
        assert.equal((await ask("GET", "studio/filter")).filter, "sepia");
        await waitFor("text and logo", PATIENCE_MS, async () => (await ask("GET", "studio/logo")).logo !== null);
        assert.deepEqual((await ask("GET", "studio/text")).text, { kind: "words", words: "Kitchen", corner: "top_left" });
        const [red, test] = (await ask("GET", "studio/sources")).sources;
        assert.deepEqual([red.gain, red.muted, test.gain, test.muted], [1, false, 0.5, true]);
        assert.deepEqual((await ask("GET", "chat")).rules, { slowSeconds: 3, links: true });
        const { words, fixed } = await ask("GET", "chat/held");
        assert.deepEqual([words, fixed], [["spam"], ["slowSeconds"]]);
        assert.equal((await ask("GET", "stream")).goal.name, "A lamp");
        await ask("DELETE", "studio/logo");
      }
      const canary = `${dataDir}/canary`;
      await Deno.writeTextFile(canary, "sings");
      const path = `${dataDir}/studio.json`;
      const kept = JSON.parse(await Deno.readTextFile(path));
      kept.settings.filter = `lavfi:movie=${canary}`;
      kept.settings.text = { kind: "words", words: "x", textfile: canary, corner: "top_left" };
      kept.settings.logo = { corner: "top_left", path: canary };
      await Deno.writeTextFile(path, JSON.stringify(kept));
      await Deno.symlink(canary, `${dataDir}/studio-logo.png`);
      {
        await using server = await startTercet({ args: ARGS, dataDir });
        const ask = await asker(server.baseUrl, dataDir);
        assert.equal((await ask("GET", "studio/filter")).filter, "none");
        assert.deepEqual([(await ask("GET", "studio/text")).text, (await ask("GET", "studio/logo")).logo], [null, null]);
        assert.deepEqual((await ask("GET", "chat")).rules, { slowSeconds: 7, links: true });
        for (const name of ["filter", "text", "logo"]) {
          assert.match(
            server.output(),
            new RegExp(`Cannot use a setting of .*studio\\.json: ${name} = .*It is left out, and the others hold\\.`),
          );
        }
        assert.equal(await Deno.readTextFile(canary), "sings");
      }
    } finally {
      await Deno.remove(dataDir, { recursive: true });
    }
  });
});

async function asker(baseUrl: string, dataDir: string) {
  const authorization = `Bearer ${(await Deno.readTextFile(`${dataDir}/streamer.key`)).trim()}`;
  // deno-lint-ignore no-explicit-any -- judged by what the test expects
  return async (method: string, path: string, body?: object): Promise<any> => {
    const sent = body === undefined ? {} : { body: body instanceof Uint8Array ? body as Uint8Array<ArrayBuffer> : JSON.stringify(body) };
    const answer = await fetch(`${baseUrl}/api/${path}`, { method, headers: { authorization }, ...sent });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
}

async function drawPng(folder: string): Promise<Uint8Array> {
  const path = `${folder}/drawn.png`;
  const args = ["-v", "error", "-f", "lavfi", "-i", "color=white:size=40x40", "-frames:v", "1", "-y", path];
  await new Deno.Command("ffmpeg", { args }).output();
  return await Deno.readFile(path);
}
