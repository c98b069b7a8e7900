import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { STUDIO_VIEWERS_OPERATIONS } from "../../../routes/studio/viewers.ts";
import { STUDIO_VIEWERS } from "../../../routes/studio/viewers_schemas.ts";
import { aChat } from "../chat/a_chat.ts";
import { BROWSER, openShow, STREAMER_KEY, VLC } from "../show.ts";

const STREAMER = "198.51.100.1";
const HOME = "192.0.2.7";

function openHouse(o: { base?: string } = {}) {
  const show = openShow({ chat: aChat(), ...o });
  show.publishSegments(2);
  function ask(method: string, path: string, from = HOME, headers: Record<string, string> = {}, body?: unknown) {
    const init = { method, headers: { "user-agent": BROWSER, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return show.app.request(path, init, { remoteAddr: { transport: "tcp", hostname: from, port: 1 } });
  }
  const asStreamer = (method: string, path: string, body?: unknown, from = STREAMER) =>
    ask(method, `/api/studio/${path}`, from, { authorization: `Bearer ${STREAMER_KEY}` }, body);
  async function join(from = HOME): Promise<{ id: string; publicId: string }> {
    return await (await ask("POST", "/api/viewers", from)).json();
  }
  const list = async () => STUDIO_VIEWERS.parse(await (await asStreamer("GET", "viewers")).json());
  const statusOf = async (path: string, from = HOME, method = "GET") => (await ask(method, path, from)).status;
  return { show, ask, asStreamer, join, list, statusOf };
}

describe("the streamer's table of viewers", () => {
  it("is for the streamer alone", async () => {
    const { ask } = openHouse();
    for (const { method, path } of STUDIO_VIEWERS_OPERATIONS) {
      const answer = await ask(method.toUpperCase(), path.replace("{viewer}", "x"));
      assert.equal(answer.status, 401, `${method} ${path}`);
    }
  });

  it("tells of everybody what plays, what it gets and why, and nobody's key", async () => {
    const { show, ask, join, list } = openHouse();
    const page = await join();
    await ask("GET", "/live.m3u8", HOME, { "user-agent": VLC });
    await ask("GET", `/v/${page.id}/hq.m3u8`, HOME, { "cmcd-request": "bl=1200", "cmcd-status": "bs" });
    const { viewers, total, putOut } = await list();
    assert.deepEqual([total, putOut], [2, []]);
    assert.deepEqual(viewers.map(({ client }) => client).sort(), ["other", "vlc"]);
    const found = viewers.find(({ publicId }) => publicId === page.publicId)!;
    const { rendition, reason, bufferSeconds, starvations, since } = found;
    assert.deepEqual([rendition, reason, bufferSeconds, starvations, Date.parse(since)], ["hq", "auto", 1.2, 1, show.clock.ms]);
    assert.ok(!JSON.stringify(viewers).includes(page.id));
  });

  it("pins what one viewer gets, from the next segment on", async () => {
    const { show, ask, asStreamer, join } = openHouse();
    const { id, publicId } = await join();
    await ask("GET", `/v/${id}/hq.m3u8`);
    assert.equal((await asStreamer("PATCH", `viewers/${publicId}`, { quality: "lq" })).status, 200);
    show.publishSegments(1);
    await ask("GET", `/v/${id}/hq.m3u8`);
    const viewer = await (await ask("GET", `/api/viewers/${id}`)).json();
    assert.deepEqual([viewer.quality, viewer.rendition, viewer.reason], ["lq", "lq", "pinned"]);
    assert.equal((await asStreamer("PATCH", `viewers/${publicId}`, { quality: "best" })).status, 400);
    assert.equal((await asStreamer("PATCH", "viewers/nobody", { quality: "lq" })).status, 404);
  });
});

describe("who was put out", () => {
  const shut = [
    "/live.m3u8",
    "/v/ID/live.m3u8",
    "/v/ID/hq.m3u8",
    "/media/runa/hq/1000.0.m4s",
    "/api/viewers/ID",
    "/api/chat",
    "/api/stream",
  ];

  it("gets 403 for ten minutes, as does whoever else asks from there, and nobody else", async () => {
    const { show, ask, asStreamer, join, list, statusOf } = openHouse();
    const out = await join();
    const neighbour = await join();
    const other = await join("203.0.113.9");
    const answer = await asStreamer("DELETE", `viewers/${out.publicId}`);
    assert.deepEqual([answer.status, (await answer.json()).withAddress], [200, true]);
    for (const path of shut) assert.equal(await statusOf(path.replace("ID", out.id)), 403, path);
    assert.equal(await statusOf("/api/viewers", HOME, "POST"), 403);
    assert.equal(await statusOf(`/v/${neighbour.id}/hq.m3u8`), 403);
    assert.equal(await statusOf(`/v/${other.id}/hq.m3u8`, "203.0.113.9"), 200);
    // Its id is no good from elsewhere either.
    const { status, headers, body } = await ask("GET", `/v/${out.id}/hq.m3u8`, "203.0.113.10");
    assert.deepEqual([status, headers.get("retry-after"), headers.get("access-control-allow-origin")], [403, "600", "*"]);
    assert.equal((await new Response(body).json()).kind, "put_out");
    const { viewers, putOut } = await list();
    assert.deepEqual(viewers.map(({ publicId }) => publicId).includes(out.publicId), false);
    assert.deepEqual(putOut.map(({ publicId, withAddress }) => [publicId, withAddress]), [[out.publicId, true]]);
    show.advance(599_000);
    assert.equal(await statusOf("/api/chat"), 403);
    show.advance(1000);
    assert.equal(await statusOf("/api/chat"), 200);
    assert.deepEqual((await list()).putOut, []);
  });

  it("may be let in again, and be put out for another time", async () => {
    const { show, asStreamer, join, statusOf } = openHouse();
    const { id, publicId } = await join();
    assert.equal((await asStreamer("DELETE", `viewers/${publicId}?seconds=60`)).status, 200);
    show.advance(59_000);
    assert.equal(await statusOf(`/v/${id}/hq.m3u8`), 403);
    assert.equal((await asStreamer("DELETE", `put-out/${publicId}`)).status, 204);
    assert.equal(await statusOf(`/v/${id}/hq.m3u8`), 200);
    assert.equal((await asStreamer("DELETE", `put-out/${publicId}`)).status, 404);
    for (const seconds of ["0", "-1", "1.5", "x", "86401"]) {
      assert.equal((await asStreamer("DELETE", `viewers/${publicId}?seconds=${seconds}`)).status, 400, seconds);
    }
    assert.equal((await asStreamer("DELETE", "viewers/nobody")).status, 404);
  });

  it("does not take the streamer's own address with it, nor one that may be a proxy's", async () => {
    for (const from of [STREAMER, "127.0.0.1"]) {
      const { asStreamer, join, statusOf } = openHouse();
      const { id, publicId } = await join(from);
      const answer = await asStreamer("DELETE", `viewers/${publicId}`, undefined, STREAMER);
      assert.equal((await answer.json()).withAddress, false, from);
      assert.equal(await statusOf(`/v/${id}/hq.m3u8`, from), 403, from);
      assert.equal(await statusOf("/api/viewers", from, "POST"), 201, from);
    }
  });

  it("takes the household of an IPv6 address with it", async () => {
    const { asStreamer, join, statusOf } = openHouse();
    const { publicId } = await join("2001:db8:1:2::7");
    await asStreamer("DELETE", `viewers/${publicId}`);
    assert.equal(await statusOf("/api/stream", "2001:db8:1:2:aaaa::1"), 403);
    assert.equal(await statusOf("/api/stream", "2001:db8:1:3::1"), 200);
  });

  it("is out below a folder, too, and hears no more events", async () => {
    const { show, asStreamer, join, statusOf } = openHouse({ base: "/live/" });
    const { id, publicId } = await join();
    const closed: number[] = [];
    const socket = { readyState: 1 as const, bufferedAmount: 0, send() {}, close: (code?: number) => void closed.push(code ?? 0) };
    show.hub.join(socket, id);
    await asStreamer("DELETE", `viewers/${publicId}`);
    assert.deepEqual(closed, [1008]);
    assert.equal(await statusOf(`/live/v/${id}/hq.m3u8`), 403);
    assert.equal(await statusOf("/live/api/chat"), 403);
    show.hub.close();
  });

  it("still finds the streamer's doors, what machines ask, and the pages' files", async () => {
    const { asStreamer, join, statusOf } = openHouse();
    const { publicId } = await join();
    await asStreamer("DELETE", `viewers/${publicId}`);
    assert.equal((await asStreamer("GET", "viewers", undefined, HOME)).status, 200);
    assert.equal(await statusOf("/healthz"), 200);
    assert.equal(await statusOf("/api/openapi.json"), 200);
    assert.equal(await statusOf("/assets/none.js"), 404);
  });
});
