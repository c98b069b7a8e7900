import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadPages } from "../../routes/pages.ts";
import { openShow } from "./show.ts";

describe("the pages of a show", () => {
  async function open(without?: readonly string[]) {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/index.html`, '<!doctype html><html lang="en"><body></body></html>');
      return openShow({ pages: await loadPages(folder, without) });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }

  it("say what it is without, so that nothing has to be asked for", async () => {
    const text = async (without?: readonly string[]) => await (await (await open(without)).get("/")).text();
    assert.match(await text(["chat", "donate"]), /^<!doctype html><html data-without="chat donate" lang="en">/);
    assert.doesNotMatch(await text([]), /data-without/);
    assert.doesNotMatch(await text(), /data-without/);
  });
  it("run nothing that stands in the page itself, and nothing from elsewhere", async () => {
    const policy = (await (await open()).get("/")).headers.get("content-security-policy")!;
    const rules = new Map(policy.split("; ").map((rule) => [rule.split(" ")[0], rule.split(" ").slice(1).join(" ")]));
    assert.deepEqual([rules.get("default-src"), rules.get("script-src"), rules.get("style-src")], ["'none'", "'self'", "'self'"]);
    assert.deepEqual([rules.get("base-uri"), rules.get("form-action"), rules.get("frame-ancestors")], ["'none'", "'none'", "'self'"]);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    // hls.js: its transmuxer's worker, and the media source.
    assert.deepEqual([rules.get("worker-src"), rules.get("media-src")], ["'self' blob:", "'self' blob:"]);
  });
});
