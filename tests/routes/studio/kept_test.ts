import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { KEPT_FILE, openKept } from "../../../routes/studio/kept_file.ts";
import { writeKept } from "../../../routes/studio/kept.ts";

async function withFolder(test: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "tercet-kept-" });
  try {
    await test(dataDir);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function open(dataDir: string) {
  const lines: string[] = [];
  return { kept: await openKept({ dataDir, nowMs: 1_700_000_000_000, log: (line) => lines.push(line) }), lines };
}

describe("the studio's settings", () => {
  it("outlive a restart, and are for their owner's eyes", () =>
    withFolder(async (dataDir) => {
      const { kept } = await open(dataDir);
      kept.keep({ filter: "grey" });
      kept.keep({ slowSeconds: 5 });
      kept.keep({ filter: "sepia" });
      await kept.settled();
      const again = await open(dataDir);
      assert.deepEqual([again.kept.values, again.lines], [{ filter: "sepia", slowSeconds: 5 }, []]);
      assert.equal((await Deno.stat(`${dataDir}/${KEPT_FILE}`)).mode! & 0o777, 0o600);
    }));

  const foreign: [name: string, value: unknown, words: RegExp][] = [
    [
      "filter",
      "grey,movie=/etc/passwd",
      /^Cannot use a setting of .*studio\.json: filter = "grey,movie=\/etc\/passwd": .*It is left out, and the others hold\.$/,
    ],
    ["filter", "lavfi:color=red", /filter = "lavfi:color=red"/],
    ["text", { kind: "words", words: "x", corner: "top_left", textfile: "/etc/passwd" }, /textfile/],
    ["text", { kind: "drawtext", words: "x" }, /text = /],
    ["logo", { corner: "top_left", path: "/etc/passwd" }, /path/],
    ["logo", { corner: "0:0,movie=x" }, /corner/],
    ["sounds", [{ source: "a", gain: 1e9, muted: false }], /gain/],
    ["sounds", [{ source: "a", gain: 1, muted: false, url: "lavfi:x" }], /url/],
    ["goal", { name: "x", amount: "-1", currency: "USD", sinceMs: 0 }, /amount/],
    ["slowSeconds", "5; rm", /slowSeconds/],
    ["source", "lavfi:movie=/etc/passwd", /source = "lavfi:movie=\/etc\/passwd": there is no such setting/],
    ["constructor", 5, /no such setting/],
  ];
  for (const [name, value, words] of foreign) {
    it(`a restored file with ${name} = ${JSON.stringify(value)} is refused that in words, and the rest of it holds`, () =>
      withFolder(async (dataDir) => {
        const settings = `{"links":true,${JSON.stringify(name)}:${JSON.stringify(value)},"slowSeconds${
          name === "slowSeconds" ? "_" : ""
        }":7}`;
        await Deno.writeTextFile(`${dataDir}/${KEPT_FILE}`, `{"version":1,"settings":${settings}}`);
        const { kept, lines } = await open(dataDir);
        assert.equal(kept.values.links, true);
        assert.equal(Object.hasOwn(kept.values, name), false);
        assert.ok(lines.some((line) => words.test(line)), lines.join("\n"));
      }));
  }

  for (const text of ["", "{", "[]", '{"version":2,"settings":{}}', '{"settings":{}}', "#!/bin/sh"]) {
    it(`a file that holds ${JSON.stringify(text)} is put aside`, () =>
      withFolder(async (dataDir) => {
        await Deno.writeTextFile(`${dataDir}/${KEPT_FILE}`, text);
        const { kept, lines } = await open(dataDir);
        assert.deepEqual(kept.values, {});
        assert.match(lines.join(), /it is kept as .*damaged-1700000000000\. The studio begins with the usual settings\.$/);
        kept.keep({ filter: "blur" });
        await kept.settled();
        assert.equal(await Deno.readTextFile(`${dataDir}/${KEPT_FILE}`), writeKept({ filter: "blur" }));
      }));
  }

  it("that cannot be written are said, and hold as long as the server lives", () =>
    withFolder(async (dataDir) => {
      const { kept, lines } = await open(dataDir);
      await Deno.mkdir(`${dataDir}/${KEPT_FILE}`);
      kept.keep({ filter: "blur" });
      await kept.settled();
      assert.equal(kept.values.filter, "blur");
      assert.match(lines.join(), /^Cannot write .*What the studio has changed is forgotten at the end\.$/);
    }));
});
