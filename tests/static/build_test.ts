import { beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { listSources } from "../../static/build.ts";

const root = new URL("../../", import.meta.url);
const dist = new URL("static/dist/", root);
const LIMIT_BYTES = 250_000;

describe("the built page", () => {
  let html = "", needed: string[] = [];

  beforeAll(async () => {
    const { code } = await new Deno.Command(Deno.execPath(), { args: ["task", "build"], cwd: root, stderr: "null", stdout: "null" })
      .output();
    assert.equal(code, 0);
    html = await Deno.readTextFile(new URL("index.html", dist));
    needed = [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, path]) => path!);
  });

  it("names only files that are there, by their content, so that they can be kept for ever", async () => {
    assert.ok(needed.length >= 3, needed.join());
    for (const path of needed) {
      assert.ok((await Deno.stat(new URL(path, dist))).isFile);
      assert.match(path, /-[0-9a-f]{12}\.(js|css)$|favicon\.svg$/);
    }
  });

  it("needs less than 250 KB, gzipped, to begin, hls.js among them", async () => {
    let bytes = gzipSync(html).length;
    for (const path of needed) bytes += gzipSync(await Deno.readFile(new URL(path, dist))).length;
    assert.ok(bytes > 100_000 && bytes < LIMIT_BYTES, `${bytes} bytes`);
  });

  it("imports nothing that is not there, neither at once nor later", async () => {
    for await (const { name } of Deno.readDir(new URL("assets/", dist))) {
      if (!name.endsWith(".js")) continue;
      const text = await Deno.readTextFile(new URL(`assets/${name}`, dist));
      for (const [, file] of text.matchAll(/(?:from|import\(?)\s*"\.\/([^"]+)"/g)) {
        assert.ok((await Deno.stat(new URL(`assets/${file}`, dist))).isFile, `${name} imports ${file}`);
      }
    }
  });

  it("is built anew when anything changes that it is made of, also what the server shares with it", () => {
    const sources = listSources().map(({ href }) => href.slice(root.href.length));
    for (const path of ["routes/chat/text.ts", "static/app.ts", "static/style.css", "static/index.html"]) {
      assert.ok(sources.includes(path), path);
    }
    assert.deepEqual(sources.filter((path) => path.startsWith("static/dist/") || path === "routes/chat/schemas.ts"), []);
  });

  it("says what to do without a script, in both languages", () => {
    assert.match(html, /<noscript>.*VLC.*<\/noscript>/);
    assert.match(html, /lang="zh-TW">[^<]*VLC/);
    assert.doesNotMatch(html, /noScript/);
  });
});
