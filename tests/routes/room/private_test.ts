import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openShow } from "../show.ts";
import { HTML, withRoom } from "./a_room.ts";
import { loadPages } from "../../../routes/pages.ts";

const HEADERS = { accept: HTML };

describe("a private show", () => {
  it("has no picture and no words for link previews, and is not for search engines, with a key and without", () =>
    withRoom(async ({ show, ask, room }) => {
      show.publishSegments(2);
      const page = await ask("/", { cookie: room.pass, headers: HEADERS });
      const text = await page.text();
      assert.match(text, /<title>page/);
      assert.doesNotMatch(text, /og:|twitter:|description/);
      assert.deepEqual([page.headers.get("x-robots-tag"), page.headers.get("cache-control")], ["noindex, nofollow", "private, no-cache"]);
      const same = await ask("/", { cookie: room.pass, headers: { ...HEADERS, "if-none-match": page.headers.get("etag")! } });
      assert.equal(same.status, 304);
      const picture = await ask("/thumbnail.jpg", { cookie: room.pass });
      assert.deepEqual([picture.headers.get("x-robots-tag"), picture.headers.get("cache-control")], [
        "noindex, nofollow",
        "private, max-age=10",
      ]);
      assert.equal(await (await ask("/robots.txt")).text(), "User-agent: *\nDisallow: /\n");
    }));
  it("can be watched by everybody who knows the address where it has no key", async () => {
    const dir = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${dir}/index.html`, '<!doctype html><html><meta property="og:image" content="{origin}/thumbnail.jpg"><p>x');
      const pages = await loadPages(dir);
      const takeThumbnail = () => Promise.resolve(new Uint8Array(1));
      const show = openShow({ isPrivate: true, pages, takeThumbnail });
      show.publishSegments(2);
      assert.equal(await (await show.get("/", HEADERS)).text(), "<!doctype html><html><p>x");
      assert.equal((await show.get("/live.m3u8")).status, 200);
      assert.equal((await show.get("/media/runa/hq/1000.m4s")).status, 200);
      assert.equal((await show.get("/thumbnail.jpg")).headers.get("cache-control"), "public, max-age=10");
      assert.equal((await show.get("/robots.txt")).status, 200);
      const other = openShow({ pages, takeThumbnail });
      other.publishSegments(2);
      assert.match(await (await other.get("/", HEADERS)).text(), /og:image/);
      assert.equal((await other.get("/")).headers.get("x-robots-tag"), null);
      assert.equal((await other.get("/robots.txt")).status, 404);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
});
