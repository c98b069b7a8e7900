import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { Hono } from "hono";
import { PLAIN_FORWARDED } from "../../routes/forwarded.ts";
import { createPagesRoutes, loadPages } from "../../routes/pages.ts";

const LOOPBACK = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } };
const ELSEWHERE = { remoteAddr: { transport: "tcp", hostname: "192.0.2.7", port: 1 } };

async function openPages(title = "Tercet") {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${dir}/index.html`,
      `<!doctype html><html data-reach="{reach}"><meta property="og:title" content="{title}"><meta property="og:image" content="{origin}/thumbnail.jpg">`,
    );
    await Deno.writeTextFile(`${dir}/embed.html`, "<!doctype html><html><title>{title}</title>");
    await Deno.writeTextFile(`${dir}/studio.html`, "<!doctype html><html><title>x</title>");
    const pages = await loadPages(dir, ["donate"]);
    const app = new Hono().route(
      "/",
      createPagesRoutes({
        pages,
        about: () => ({ title, description: "", life: { kind: "on_air" } }),
        reach: () => "http://192.168.1.20:8080/",
        forwarded: PLAIN_FORWARDED,
        metrics: { countRequest() {} },
      }),
    );
    return async (path: string, headers: Record<string, string> = {}, from: unknown = ELSEWHERE) =>
      await app.request(path, { headers }, from as Record<string, unknown>);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

describe("the page's words about itself", () => {
  it("name the picture at the address under which the server was asked", async () => {
    const get = await openPages();
    const image = async (headers: Record<string, string>, from?: unknown) =>
      /og:image" content="([^"]*)"/.exec(await (await get("/", headers, from)).text())![1];
    assert.equal(await image({ host: "tv.example:8080" }), "http://tv.example:8080/thumbnail.jpg");
    assert.equal(await image({ host: "[2001:db8::1]:8080" }), "http://[2001:db8::1]:8080/thumbnail.jpg");
    const proxied = { host: "127.0.0.1:8080", "x-forwarded-host": "tv.example", "x-forwarded-proto": "https" };
    assert.equal(await image(proxied, LOOPBACK), "https://tv.example/thumbnail.jpg");
    assert.equal(await image(proxied), "http://127.0.0.1:8080/thumbnail.jpg", "nobody else is believed to be a proxy");
  });
  it("tell one who has the page open as localhost how others reach it, and nobody else", async () => {
    const get = await openPages();
    const reach = async (host: string) => /data-reach="([^"]*)"/.exec(await (await get("/", { host })).text())![1];
    for (const host of ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"]) {
      assert.equal(await reach(host), "http://192.168.1.20:8080/");
    }
    for (const host of ["tv.example", "192.168.1.20:8080", "localhost.example", "127.0.0.1.example"]) {
      assert.equal(await reach(host), "", host);
    }
  });
  it("cannot be made into markup by whoever asks, or by the title", async () => {
    const get = await openPages(`<b>"Show" & 'more' $& {origin}`);
    const text = await (await get("/", { "x-forwarded-host": '"><script>' }, LOOPBACK)).text();
    assert.doesNotMatch(text, /<script|<b>/);
    assert.match(text, /og:title" content="&#60;b&#62;&#34;Show&#34; &#38; &#39;more&#39; \$&#38; /);
  });
  it("are another page for another host: tag and gzipped bytes go with it", async () => {
    const get = await openPages();
    const [a, b] = [await get("/", { host: "a" }), await get("/", { host: "b" })];
    assert.notEqual(a.headers.get("etag"), b.headers.get("etag"));
    assert.equal((await get("/", { host: "a", "if-none-match": a.headers.get("etag")! })).status, 304);
    assert.equal((await get("/", { host: "b", "if-none-match": a.headers.get("etag")! })).status, 200);
    const gzipped = await get("/", { host: "a", "accept-encoding": "gzip" });
    assert.equal(gunzipSync(new Uint8Array(await gzipped.arrayBuffer())).toString(), await a.text());
  });
  it("tell without donations that there are none", async () => {
    const get = await openPages();
    assert.match(await (await get("/", { host: "a" })).text(), /<html data-without="donate"/);
  });
});

describe("a frame in another site", () => {
  it("may hold the picture alone, and no other page", async () => {
    const get = await openPages();
    const ancestors = async (path: string) => /frame-ancestors ([^;]*)/.exec((await get(path)).headers.get("content-security-policy")!)![1];
    assert.deepEqual([await ancestors("/embed"), await ancestors("/"), await ancestors("/studio")], ["*", "'self'", "'self'"]);
    const policy = (await get("/embed")).headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
  });
});
