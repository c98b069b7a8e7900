import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadPages } from "../../routes/pages.ts";
import type { Edge } from "../../media/relay/roster.ts";
import { createRoom } from "../../media/room/room.ts";
import { followInvites } from "../../media/room/followed_invites.ts";
import { bodyOf, FIRST_MSN, openShow, STREAMER_KEY, watch } from "./show.ts";

const HOME = "https://edge1.example/";

async function readBody(answer: Response): Promise<string> {
  return new TextDecoder().decode(await answer.arrayBuffer());
}

describe("media that are elsewhere", () => {
  it("are named in full to whom they are for: segments, parts, inits and the hint, and to others as ever", async () => {
    const at = new Set<string>();
    const show = openShow({ boxes: { mediaHome: ({ id }) => at.has(id) ? HOME : null } });
    show.publishSegments(15);
    const [here, there] = [await show.join(), await show.join()];
    at.add(there);
    const [near, far] = await Promise.all([here, there].map(async (id) => await (await show.get(`/v/${id}/hq.m3u8`)).text()));
    assert.equal(far!.replaceAll(`${HOME}media/`, "../../media/"), near);
    for (const [, address] of far!.matchAll(/URI="([^"]+mp4|[^"]+m4s)"/g)) assert.ok(address!.startsWith(`${HOME}media/runa/hq/`), address);
    assert.match(far!, /^https:\/\/edge1\.example\/media\/runa\/hq\/\d+\.m4s$/m);
    assert.doesNotMatch(far!, /\.\.\/media/);
  });

  it("keep the piece of the hour in a room", async () => {
    const invites = followInvites({ secret: new Uint8Array(32), nowMs: () => 0, told: () => [] });
    const room = createRoom({ roomKey: "open sesame", signingKey: new Uint8Array(32), nowMs: () => 1_700_000_000_000, invites });
    const show = openShow({ room, boxes: { mediaHome: () => HOME } });
    show.publishSegments(8);
    const { id } = show.viewers.create({ client: "hls.js", wish: { mode: "home", quality: "auto" } })!;
    assert.match(
      await (await show.get(`/v/${id}/hq.m3u8`)).text(),
      new RegExp(`^${HOME}media/${room.pieces.now()}/runa/hq/\\d+\\.m4s$`, "m"),
    );
  });

  it("may be fetched by the pages, and by nothing else of them", async () => {
    const pages = await buildPages();
    const homes: string[] = [];
    const show = openShow({ pages, boxes: { mediaHomes: () => homes } });
    const policyOf = async (path = "/") => (await show.get(path)).headers.get("content-security-policy")!;
    const plain = await policyOf();
    homes.push(HOME, "https://cdn.example/live/");
    const policy = await policyOf();
    assert.match(policy, /; connect-src 'self' https:\/\/edge1\.example\/media\/ https:\/\/cdn\.example\/live\/media\/;/);
    assert.match(policy, /; media-src 'self' https:\/\/edge1\.example\/media\/ https:\/\/cdn\.example\/live\/media\/ blob:;/);
    assert.equal(policy.replaceAll(/ https:\/\/\S+?\/media\/(?=[ ;])/g, ""), plain);
  });
});

describe("a part that another box has listed", () => {
  const part = (msn: number, at: number, run = "runa") => `/media/${run}/hq/${msn}.${at}.m4s`;

  it("is waited for, up to two seconds ahead, and a segment until it is whole", async () => {
    const show = openShow({ boxes: { aheadSeconds: 2 } });
    show.publishSegments(2);
    const next = FIRST_MSN + 2;
    const waiting = [part(next, 3), part(next + 1, 4), `/media/runa/hq/${next}.m4s`, `/media/runa/hq/${next + 1}.m4s`].map((path) =>
      watch(show.get(path))
    );
    for (const each of waiting) assert.equal(await each.isPending(), true);
    assert.equal((await show.get(part(next + 2, 1))).status, 404);
    assert.equal((await show.get(`/media/runa/hq/${next + 2}.m4s`)).status, 404);
    show.publishSegments(2);
    const bodies = await Promise.all(waiting.map(async ({ promise }) => await readBody(await promise)));
    assert.deepEqual(
      bodies.slice(0, 2),
      [[next, 3], [next + 1, 4]].map(([msn, at]) => new TextDecoder().decode(bodyOf("runa", "hq", msn!, at!))),
    );
    assert.ok(bodies.slice(2).every((body) => body.length > 5 * 10));
  });

  it("is missing as soon as it cannot come: another run's, or one past the end of its segment", async () => {
    const show = openShow({ boxes: { aheadSeconds: 2 } });
    show.publishSegments(2);
    const next = FIRST_MSN + 2;
    const others = [part(next, 1, "runb"), `/media/runb/hq/${next}.m4s`].map((path) => watch(show.get(path)));
    assert.equal(await others[0]!.isPending(), true);
    assert.equal((await show.get(part(next, 9))).status, 404);
    show.publishSegments(1);
    for (const { promise } of others) assert.equal((await promise).status, 404);
  });

  it("is not waited for by HEAD, nor where there is one box", async () => {
    const ahead = part(FIRST_MSN + 2, 3);
    const [two, one] = [openShow({ boxes: { aheadSeconds: 2 } }), openShow()];
    for (const show of [two, one]) show.publishSegments(2);
    assert.equal((await two.app.request(ahead, { method: "HEAD" })).status, 404);
    assert.equal((await one.get(ahead)).status, 404);
  });
});

describe("a box that is being emptied", () => {
  it("refuses playlists, which a balancer then asks for elsewhere, and serves media on", async () => {
    let isDraining = false;
    const show = openShow({ boxes: { isDraining: () => isDraining } });
    show.publishSegments(2);
    const id = await show.join();
    isDraining = true;
    for (const path of [`/v/${id}/hq.m3u8`, `/v/${id}/live.m3u8`, "/live.m3u8", "/readyz"]) {
      const answer = await show.get(path);
      assert.deepEqual([answer.status, (await answer.json()).kind], [503, "draining"], path);
    }
    assert.equal((await show.get(`/media/runa/hq/${FIRST_MSN}.0.m4s`)).status, 200);
    assert.equal((await show.get("/healthz")).status, 200);
  });
});

describe("GET /api/studio/edges", () => {
  const EDGE: Edge = {
    id: "one",
    name: HOME,
    publicUrl: HOME,
    viewers: 7,
    lateMs: 12,
    silentMs: 150,
    isReady: true,
    isDraining: false,
    load: 0.031,
    spentBitsPerSecond: 10_500_000,
    spendableBitsPerSecond: 85_000_000,
    startedAtMs: 1_700_000_000_000,
  };

  it("tells the streamer how the edges are, and nobody else", async () => {
    const show = openShow({ boxes: { edges: () => [EDGE, { ...EDGE, id: "two", viewers: 3, silentMs: null, isReady: false }] } });
    assert.equal((await show.get("/api/studio/edges")).status, 401);
    const answer = await show.get("/api/studio/edges", { authorization: `Bearer ${STREAMER_KEY}` });
    const { edges, viewers } = await answer.json();
    assert.deepEqual(viewers, { here: 0, onEdges: 10 });
    assert.deepEqual(edges[0], {
      id: "one",
      name: HOME,
      publicUrl: HOME,
      viewers: 7,
      ready: true,
      draining: false,
      lateSeconds: 0.012,
      silentSeconds: 0.15,
      load: 0.031,
      spent: 10_500_000,
      spendable: 85_000_000,
      since: "2023-11-14T22:13:20.000Z",
    });
    assert.equal(edges[1].silentSeconds, null);
  });

  it("is described where there are edges, and is not there otherwise", async () => {
    const described = async (show: ReturnType<typeof openShow>) =>
      Object.keys((await (await show.get("/api/openapi.json")).json()).paths).includes("/api/studio/edges");
    assert.deepEqual([await described(openShow({ boxes: { edges: () => [] } })), await described(openShow())], [true, false]);
    assert.equal((await openShow().get("/api/studio/edges", { authorization: `Bearer ${STREAMER_KEY}` })).status, 404);
  });
});

async function buildPages() {
  return await loadPages(decodeURIComponent(new URL("../../static/dist", import.meta.url).pathname));
}
