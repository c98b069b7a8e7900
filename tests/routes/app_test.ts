import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { join } from "node:path";
import { loadPages } from "../../routes/pages.ts";
import { FIRST_MSN, openShow } from "./show.ts";

describe("the app", () => {
  it("keeps the fast router with all doors mounted", async () => {
    const show = openShow({ pages: await buildPages() });
    await show.get("/healthz");
    assert.equal(show.app.router.name, "SmartRouter + RegExpRouter");
  });
  it("answers unknown addresses as problems, readable from elsewhere only below playlists and media", async () => {
    const show = openShow();
    for (
      const [path, isPublic] of [["/nothing", false], ["/api/nothing", false], ["/media/x", true], ["/v/x", true], [
        "/other.m3u8",
        true,
      ]] as const
    ) {
      const answer = await show.get(path);
      assert.equal(answer.status, 404);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      assert.equal(answer.headers.get("access-control-allow-origin"), isPublic ? "*" : null, path);
    }
  });
  it("says with Allow which methods an address takes, where it was asked by another one", async () => {
    const show = openShow({ pages: await buildPages() });
    const cases: [method: string, path: string, allow: string | null][] = [
      ["DELETE", "/api/viewers", "POST"],
      ["POST", "/api/stream", "GET, HEAD"],
      ["PUT", "/api/viewers/x", "GET, HEAD, PATCH"],
      ["POST", "/live.m3u8", "GET, HEAD, OPTIONS"],
      ["DELETE", "/v/x/hq.m3u8", "GET, HEAD, OPTIONS"],
      ["PUT", "/", "GET, HEAD"],
      ["BREW", "/healthz", "GET, HEAD"],
      ["POST", "/api/nothing", null],
      ["POST", "/api/viewers/", null],
    ];
    for (const [method, path, allow] of cases) {
      const answer = await show.app.request(path, { method });
      assert.deepEqual([answer.status, answer.headers.get("allow")], [allow === null ? 404 : 405, allow], `${method} ${path}`);
      if (allow !== null) assert.equal((await answer.json()).kind, "wrong_method");
    }
  });
  it("does not read very long addresses", async () => {
    const show = openShow();
    const long = "a".repeat(10_000);
    assert.equal((await show.get(`/${long}`)).status, 414);
    for (const path of [`/v/${long}/hq.m3u8`, `/v/x/${long}`, `/media/${long}/hq/init.mp4`, `/api/viewers/${long}`]) {
      assert.equal((await show.get(path)).status, 404);
    }
    assert.deepEqual(show.errors, []);
  });
  it("reports a fault of its own, and tells the asker nothing of it", async () => {
    const show = openShow({
      circumstances: () => {
        throw new Error("secret");
      },
    });
    show.publishSegments(1);
    const { id } = show.viewers.create({ client: "other", wish: { mode: "home", quality: "auto" } })!;
    const answer = await show.get(`/v/${id}/hq.m3u8`);
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /secret/);
    assert.equal(show.errors[0]!.message, "secret");
    assert.equal((await show.get(`/media/runa/hq/${FIRST_MSN}.0.m4s`)).status, 200);
  });
});

describe("pages", () => {
  it("are served as built: the page fresh each time and under a strict policy, hashed files for ever", async () => {
    const show = openShow({ pages: await buildPages() });
    const page = await show.get("/");
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(page.headers.get("cache-control"), "no-cache");
    assert.equal(page.headers.get("x-content-type-options"), "nosniff");
    const policy = page.headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(await page.text(), "<!doctype html><title>x</title>");
    assert.equal((await show.get("/studio")).status, 200);
    const script = await show.get("/assets/app-0123456789ab.js");
    assert.match(script.headers.get("cache-control")!, /immutable/);
    assert.equal((await show.get("/assets/favicon.svg")).headers.get("content-type"), "image/svg+xml");
    for (const path of ["/index.html", "/assets", "/assets/", "/assets/..%2findex.html", "/notes.md"]) {
      assert.equal((await show.get(path)).status, 404, path);
    }
  });
  it("are answered with 304 when nothing changed, and gzipped where it helps", async () => {
    const show = openShow({ pages: await buildPages() });
    const path = "/assets/app-0123456789ab.js";
    const etag = (await show.get(path)).headers.get("etag")!;
    const unchanged = await show.get(path, { "if-none-match": `"other", W/${etag}` });
    assert.equal(unchanged.status, 304);
    assert.equal(unchanged.headers.get("etag"), etag);
    const gzipped = await show.get(path, { "accept-encoding": "gzip" });
    assert.equal(gzipped.headers.get("content-encoding"), "gzip");
    assert.equal(gunzipSync(new Uint8Array(await gzipped.arrayBuffer())).toString(), SCRIPT);
  });
  it("are none where nothing was built", async () => {
    assert.deepEqual(await loadPages("/nowhere/at/all"), []);
  });
});

const SCRIPT = "console.log(1);\n".repeat(100);

async function buildPages() {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(dir, "assets"));
    await Deno.writeTextFile(join(dir, "index.html"), "<!doctype html><title>x</title>");
    await Deno.writeTextFile(join(dir, "studio.html"), "<!doctype html><title>y</title>");
    await Deno.writeTextFile(join(dir, "notes.md"), "not for serving");
    await Deno.writeTextFile(join(dir, "assets", "app-0123456789ab.js"), SCRIPT);
    await Deno.writeTextFile(join(dir, "assets", "favicon.svg"), "<svg/>");
    return await loadPages(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
