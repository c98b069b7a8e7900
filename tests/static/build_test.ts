import { beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { listSources } from "../../static/build.ts";

const root = new URL("../../", import.meta.url);
const dist = new URL("static/dist/", root);
const LIMIT_BYTES = 250_000;

/** With the year in which the last of Chrome, Firefox and Safari has got it. */
const YOUNG: readonly RegExp[] = [
  /\.at\(/, // 2022
  /\.findLast(?:Index)?\(/, // 2022
  /\.replaceAll\(/, // 2020, televisions later
  /Object\.hasOwn\(/, // 2022
  /\.to(?:Sorted|Reversed|Spliced)\(/, // 2023
  /structuredClone\(/, // 2022
  /AbortSignal\.(?:timeout|any)/, // 2022, 2024
  /(?:Object|Map)\.groupBy\(/, // 2024
  /withResolvers\(/, // 2024
  /\bURL\.(?:parse|canParse)\(/, // 2024
  /(?:is|to)WellFormed\(/, // 2023
  /Array\.fromAsync|Promise\.(?:any|try)\(/, // 2024, 2020, 2025
  /\.(?:symmetricDifference|isSubsetOf|isSupersetOf)\(/, // 2024
  /\(\?<[=!]/, // looking behind in a pattern, Safari 2023: the whole file does not parse
  /\bstatic ?\{/, // 2022: the same
  /:modal\b/, // 2022
];
/** What may be there, and what must stand before it. */
const GUARDED: readonly (readonly [young: RegExp, guard: RegExp])[] = [
  [/Intl\.Segmenter\(/, /"Segmenter"in Intl\?new Intl\.Segmenter\(/],
  [/new ResizeObserver/, /"ResizeObserver"in globalThis&&new ResizeObserver/],
  [/new BroadcastChannel/, /"BroadcastChannel"in globalThis\?new BroadcastChannel/],
  [/\.showModal\(\)/, /\.showModal\?\w+\.showModal\(\)/],
  [/\.requestVideoFrameCallback\(/, /"requestVideoFrameCallback"in /],
  [/crypto\.randomUUID\(/, /try\{return crypto\.randomUUID\(\)\}catch/],
];

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

  it("has all of the studio in less than 300 KB, gzipped, what is loaded later among it", async () => {
    const page = await Deno.readTextFile(new URL("studio.html", dist));
    const files = new Set([...page.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, path]) => path!));
    let bytes = gzipSync(page).length;
    // A set that grows while it is walked: what a script imports counts too.
    for (const path of files) {
      const content = await Deno.readFile(new URL(path, dist));
      bytes += gzipSync(content).length;
      if (!path.endsWith(".js")) continue;
      for (const [, file] of new TextDecoder().decode(content).matchAll(/(?:from|import\(?)\s*"\.\/([^"]+)"/g)) files.add(`assets/${file}`);
    }
    assert.ok([...files].some((path) => /uPlot|graph/i.test(path)), [...files].join());
    assert.ok(bytes > 100_000 && bytes < 300_000, `${bytes} bytes`);
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
    for (const path of ["routes/chat/text.ts", "static/watch/app.ts", "static/watch/styles/style.css", "static/watch/index.html"]) {
      assert.ok(sources.includes(path), path);
    }
    assert.deepEqual(sources.filter((path) => path.startsWith("static/dist/") || path === "routes/chat/schemas.ts"), []);
  });

  it("uses what browsers have had only since 2021 or later where it is guarded, and nothing that an older one cannot even read", async () => {
    for await (const { name } of Deno.readDir(new URL("assets/", dist))) {
      // Chunks that are loaded when somebody asks for them stand in a guard of their own.
      if (!/^(app|embed|first|early)-/.test(name)) continue;
      const text = await Deno.readTextFile(new URL(`assets/${name}`, dist));
      for (const young of YOUNG) assert.doesNotMatch(text, young, name);
      for (const [young, guard] of GUARDED) if (young.test(text)) assert.match(text, guard, `${name}: ${young}`);
    }
  });

  it("begins with a file that any browser can read, before the page's own", async () => {
    for (const page of ["index.html", "embed.html"]) {
      const built = await Deno.readTextFile(new URL(page, dist));
      const [, first] = /<script src="(assets\/first-[0-9a-f]{12}\.js)"><\/script>(?:<link[^>]*>)*<script type="module"/.exec(built) ?? [];
      assert.ok(first, page);
      const text = await Deno.readTextFile(new URL(first, dist));
      assert.doesNotMatch(text, /=>|\b(?:let|const|class|async)\b|`|\?\.|\?\?/);
      assert.match(text, /VLC/);
      assert.ok(text.length < 1500, `${text.length} bytes`);
    }
  });

  it("says what to do without a script, in both languages", () => {
    assert.match(html, /<noscript>.*VLC.*<\/noscript>/);
    assert.match(html, /lang="zh-TW">[^<]*VLC/);
    assert.doesNotMatch(html, /noScript/);
  });

  it("gives the sender's page what runs in its audio thread, and a word for browsers that cannot run it", async () => {
    const page = await Deno.readTextFile(new URL("publish.html", dist));
    const [, worklet = ""] = /data-worklet="(assets\/sound_worklet-[0-9a-f]{12}\.js)"/.exec(page) ?? [];
    assert.match(await Deno.readTextFile(new URL(worklet, dist)), /registerProcessor\("tap",/);
    assert.match(page, /class="cannot-run" lang="en">[^<]*JavaScript.*class="cannot-run" lang="zh-TW">[^<]*JavaScript/);
    assert.doesNotMatch(page, /cannotSend|noScript/);
  });
});
