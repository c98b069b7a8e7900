import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import assert from "node:assert/strict";
import { openArchive } from "../../media/archive/archive.ts";
import { createDvrAnswer } from "../../routes/dvr.ts";
import { waitFor } from "../fixtures/condition.ts";
import { createMemoryDisk } from "../media/archive/memory_files.ts";
import { checkMediaPlaylist } from "../rules/check_playlist.ts";
import { readPlaylist } from "../rules/read_playlist.ts";
import { BROWSER, FIRST_MSN, openShow, PARTS_A_SEGMENT, SAFARI, type Show } from "./show.ts";
import { bodyOf } from "./show.ts";

const GZIP = { "accept-encoding": "gzip" };

/** A show of so many segments, of which those that have left the window are on disk. */
async function openLongShow(segments: number): Promise<{ show: Show; disk: ReturnType<typeof createMemoryDisk> }> {
  const disk = createMemoryDisk();
  const archive = openArchive({ files: disk.files, keepSeconds: 1800, pieceSeconds: 30, queueSeconds: 45, log: () => {} });
  const show = openShow({ archive });
  for (let i = 0; i < segments; i++) {
    show.publishSegments(1);
    await waitFor("the segment on disk", 2000, () => archive.range?.lastMsn === FIRST_MSN + i, 0);
  }
  return { show, disk };
}

function wholeOf(run: string, rendition: string, msn: number): string {
  const parts = Array.from({ length: PARTS_A_SEGMENT }, (_, part) => bodyOf(run, rendition, msn, part));
  return parts.map((bytes) => new TextDecoder().decode(bytes)).join("");
}

describe("GET /v/{viewer}/dvr.m3u8", () => {
  it("lists everything that can be fetched, and everything that it lists can be fetched", async () => {
    const { show } = await openLongShow(150);
    const id = await show.join();
    const answer = await show.get(`/v/${id}/dvr.m3u8?rendition=mq`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/vnd.apple.mpegurl");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const text = await answer.text();
    assert.deepEqual(checkMediaPlaylist(text, { otherSlots: [], marksDiscontinuities: false }), []);
    const { segments } = readPlaylist(text);
    assert.equal(segments.length, 150);
    assert.equal(segments[0]!.msn, FIRST_MSN);
    for (const { msn, uri, mapUri } of [segments[0]!, segments[80]!, segments[149]!]) {
      const media = await show.get(new URL(uri!, `http://x/v/${id}/`).pathname);
      assert.equal(await media.text(), wholeOf("runa", "mq", msn));
      assert.equal((await show.get(new URL(mapUri!, `http://x/v/${id}/`).pathname)).status, 200);
    }
  });

  it("stays with the rendition it was first asked in, whatever the viewer wishes later", async () => {
    const show = openShow();
    show.publishSegments(3);
    const id = await show.join({ quality: "lq" });
    const first = await (await show.get(`/v/${id}/dvr.m3u8`)).text();
    assert.match(first, /\/lq\/1000\.m4s/);
    await show.app.request(`/api/viewers/${id}`, { method: "PATCH", body: JSON.stringify({ quality: "hq" }) });
    show.publishSegments(1);
    assert.match(await (await show.get(`/v/${id}/dvr.m3u8`)).text(), /\/lq\/1003\.m4s/);
    assert.match(await (await show.get(`/v/${id}/dvr.m3u8?rendition=hq`)).text(), /\/hq\/1003\.m4s/);
    const other = await show.join({ quality: "hq" });
    assert.match(await (await show.get(`/v/${other}/dvr.m3u8`)).text(), /\/hq\/1003\.m4s/);
  });

  it("remembers the renditions of so many only, and forgets who has not asked for longest", async () => {
    const show = openShow();
    show.publishSegments(3);
    const answer = createDvrAnswer({ ...show, monotonic: () => show.clock.ms }, 2);
    const app = new Hono().get("/:viewer", (c) => answer(c, show.viewers.find(c.req.param("viewer"))!));
    const shown = async (id: string) => /\/(\w\w)\/1000\.m4s/.exec(await (await app.request(`/${id}`)).text())?.[1];
    const ids = [await show.join({ quality: "lq" }), await show.join({ quality: "lq" }), await show.join({ quality: "lq" })] as const;
    assert.deepEqual([await shown(ids[0]), await shown(ids[1]), await shown(ids[0])], ["lq", "lq", "lq"]);
    for (const id of ids) show.viewers.wish(show.viewers.find(id)!, { mode: "home", quality: "hq" });
    assert.deepEqual([await shown(ids[2]), await shown(ids[0]), await shown(ids[1])], ["hq", "lq", "hq"]);
  });

  it("takes what is shown on auto, the best while gaming, and nothing above the cap", async () => {
    const caps: Record<string, "hq" | "mq"> = {};
    const show = openShow({ circumstances: ({ id }) => ({ motionPick: "lq", cap: caps[id] ?? "hq", boost: null, drivenPick: "mq" }) });
    show.publishSegments(3);
    const auto = await show.join();
    await show.get(`/v/${auto}/mq.m3u8`);
    assert.match(await (await show.get(`/v/${auto}/dvr.m3u8`)).text(), /\/mq\/1000\.m4s/);
    const gaming = await show.join({ mode: "gaming" });
    assert.match(await (await show.get(`/v/${gaming}/dvr.m3u8`)).text(), /\/hq\/1000\.m4s/);
    const capped = await show.join({ quality: "hq" });
    caps[capped] = "mq";
    assert.match(await (await show.get(`/v/${capped}/dvr.m3u8?rendition=hq`)).text(), /\/mq\/1000\.m4s/);
    caps[capped] = "hq";
    assert.match(await (await show.get(`/v/${capped}/dvr.m3u8?rendition=hq`)).text(), /\/mq\/1000\.m4s/);
  });

  it("is rendered once a segment for all who get the same, and gzipped for who takes it", async () => {
    const show = openShow();
    show.publishSegments(20);
    const ids = await Promise.all([1, 2, 3, 4].map(() => show.join({ quality: "hq" })));
    const before = await show.metric("tercet_playlist_renderings_total");
    const texts = await Promise.all(ids.map(async (id) => {
      const answer = await show.get(`/v/${id}/dvr.m3u8`, GZIP);
      assert.equal(answer.headers.get("content-encoding"), "gzip");
      assert.equal(answer.headers.get("vary"), "Accept-Encoding");
      return await new Response(answer.body!.pipeThrough(new DecompressionStream("gzip"))).text();
    }));
    assert.equal(new Set(texts).size, 1);
    assert.equal(await (await show.get(`/v/${ids[0]}/dvr.m3u8`)).text(), texts[0]);
    assert.equal(await show.metric("tercet_playlist_renderings_total") - before, 1);
    show.publishSegments(1);
    const newer = await (await show.get(`/v/${ids[0]}/dvr.m3u8`)).text();
    assert.equal(readPlaylist(newer).segments.at(-1)!.msn, FIRST_MSN + 20);
  });

  it("answers _HLS_skip with what is new", async () => {
    const { show } = await openLongShow(100);
    const id = await show.join();
    const delta = await (await show.get(`/v/${id}/dvr.m3u8?rendition=hq&_HLS_skip=YES`)).text();
    assert.match(delta, /#EXT-X-SKIP:SKIPPED-SEGMENTS=88\n#EXT-X-MAP/);
    assert.match(delta, /#EXT-X-MEDIA-SEQUENCE:1000\n/);
    assert.equal(delta.match(/#EXTINF/g)?.length, 12);
  });

  it("marks discontinuities for Apple's players only", async () => {
    const show = openShow();
    show.publishSegments(5, "runa");
    show.cut("runb");
    show.publishSegments(5);
    const [safari, browser] = [await show.join({}, SAFARI), await show.join({}, BROWSER)];
    assert.equal((await (await show.get(`/v/${safari}/dvr.m3u8`)).text()).match(/#EXT-X-DISCONTINUITY\n/g)?.length, 1);
    const plain = await (await show.get(`/v/${browser}/dvr.m3u8`)).text();
    assert.deepEqual(checkMediaPlaylist(plain, { otherSlots: [], marksDiscontinuities: false }), []);
    assert.equal(plain.match(/#EXT-X-MAP/g)?.length, 2);
  });

  it("counts who watches it as present", async () => {
    const show = openShow();
    show.publishSegments(3);
    const id = await show.join();
    show.advance(30_000);
    assert.equal(show.viewers.count().total, 0);
    await show.get(`/v/${id}/dvr.m3u8`);
    assert.equal(show.viewers.count().total, 1);
  });

  const refused: [name: string, path: (id: string) => string, status: number, kind: string][] = [
    ["an unknown viewer", () => "/v/nobody/dvr.m3u8", 404, "unknown_viewer"],
    ["an unknown rendition", (id) => `/v/${id}/dvr.m3u8?rendition=4k`, 400, "bad_query"],
    ["an empty rendition", (id) => `/v/${id}/dvr.m3u8?rendition=`, 400, "bad_query"],
  ];
  for (const [name, path, status, kind] of refused) {
    it(`refuses ${name}`, async () => {
      const show = openShow();
      show.publishSegments(1);
      const answer = await show.get(path(await show.join()));
      assert.deepEqual([answer.status, (await answer.json()).kind], [status, kind]);
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    });
  }

  it("is 503 before the first segment", async () => {
    const show = openShow();
    const answer = await show.get(`/v/${await show.join()}/dvr.m3u8`);
    assert.deepEqual([answer.status, (await answer.json()).kind], [503, "not_ready"]);
  });

  it("GET /api/stream tells how far back one can go", async () => {
    assert.equal((await (await openShow().get("/api/stream")).json()).dvrSeconds, 57);
    const { show } = await openLongShow(1);
    assert.equal((await (await show.get("/api/stream")).json()).dvrSeconds, 1800);
  });
});

describe("a segment that has left the window", () => {
  const PATH = `/media/runa/lq/${FIRST_MSN + 3}.m4s`;

  it("comes from disk with the headers of all media", async () => {
    const { show } = await openLongShow(100);
    assert.equal(show.window.find(FIRST_MSN + 3), null);
    const [old, young] = [await show.get(PATH), await show.get(`/media/runa/lq/${FIRST_MSN + 90}.m4s`)];
    assert.equal(await old.text(), wholeOf("runa", "lq", FIRST_MSN + 3));
    assert.deepEqual([...old.headers], [...young.headers]);
  });

  it("comes in pieces for who asks for a range", async () => {
    const { show } = await openLongShow(100);
    const whole = wholeOf("runa", "lq", FIRST_MSN + 3);
    const cases: [range: string, status: number, body: string, contentRange: string | null][] = [
      ["bytes=3-9", 206, whole.slice(3, 10), `bytes 3-9/${whole.length}`],
      ["bytes=-4", 206, whole.slice(-4), `bytes ${whole.length - 4}-${whole.length - 1}/${whole.length}`],
      ["bytes=0-0,2-3", 200, whole, null],
    ];
    for (const [range, status, body, contentRange] of cases) {
      const answer = await show.get(PATH, { range });
      assert.deepEqual([answer.status, await answer.text(), answer.headers.get("content-range")], [status, body, contentRange]);
      assert.equal(answer.headers.get("content-length"), String(body.length));
    }
    assert.equal((await show.get(PATH, { range: "bytes=9999-" })).status, 416);
  });

  it("tells HEAD its length", async () => {
    const { show } = await openLongShow(100);
    const answer = await show.app.request(PATH, { method: "HEAD" });
    assert.deepEqual([answer.status, answer.headers.get("content-length")], [200, String(wholeOf("runa", "lq", 1003).length)]);
  });

  it("is 404 under another run, in parts, and when the disk has lost it", async () => {
    const { show, disk } = await openLongShow(100);
    assert.equal((await show.get(`/media/runb/lq/${FIRST_MSN + 3}.m4s`)).status, 404);
    assert.equal((await show.get(`/media/runa/lq/${FIRST_MSN + 3}.0.m4s`)).status, 404);
    await disk.files.remove(`${FIRST_MSN}-lq.m4s`);
    assert.equal((await show.get(PATH)).status, 404);
  });
});
