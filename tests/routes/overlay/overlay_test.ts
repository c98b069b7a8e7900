import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openOverlayToken } from "../../../media/studio/overlay_token.ts";
import { loadPages } from "../../../routes/pages.ts";
import { aChat } from "../chat/a_chat.ts";
import { HTML, withRoom } from "../room/a_room.ts";
import { openShow, STREAMER_KEY } from "../show.ts";

const STREAMER = { authorization: `Bearer ${STREAMER_KEY}` };
const NOW_MS = 1_700_000_000_000;

let folder = "";
beforeAll(async () => void (folder = await Deno.makeTempDir({ prefix: "tercet-overlay-" })));
afterAll(() => Deno.remove(folder, { recursive: true }));

const openToken = (streamerKey = STREAMER_KEY) => openOverlayToken({ dataDir: folder, streamerKey, nowMs: NOW_MS, log() {} });

describe("an overlay's token", () => {
  it("is the same after a restart, another with another key, and another once it is renewed", async () => {
    const first = await openToken();
    assert.match(first.text, /^[\w-]{43}$/);
    assert.equal((await openToken()).text, first.text);
    assert.notEqual((await openToken("x".repeat(43))).text, first.text);
    const old = first.text;
    await first.renew();
    assert.notEqual(first.text, old);
    assert.deepEqual([first.is(old), first.is(first.text), first.is("")], [false, true, false]);
    assert.equal((await openToken()).text, first.text);
  });
});

describe("the overlays' doors", () => {
  it("read chat and donations with the token, and refuse everybody else in words", async () => {
    const token = await openToken();
    await withRoom(async ({ show, ask, room }) => {
      const overlay = { authorization: `Bearer ${token.text}` };
      const viewer = (await (await ask("/api/viewers", { method: "POST", cookie: room.pass })).json()).id;
      const say = (text: string) =>
        ask("/api/chat", { method: "POST", cookie: room.pass, body: JSON.stringify({ viewer, name: "Anna", text }) });
      await say("hello");
      await ask("/api/studio/donations/test", { method: "POST", headers: STREAMER });
      await ask("/api/studio/goal", { method: "PUT", headers: STREAMER, body: '{"name":"x","amount":10}' });
      show.advance(4000);

      const chat = await (await ask("/api/overlay/chat", { headers: overlay })).json();
      assert.deepEqual(chat.messages.map(({ text }: { text: string }) => text), ["hello"]);
      assert.deepEqual((await (await ask(`/api/overlay/chat?after=${chat.last}`, { headers: overlay })).json()).messages, []);
      assert.equal((await ask("/api/overlay/chat?after=x", { headers: overlay })).status, 400);
      const { goal, thanks } = await (await ask("/api/overlay/donations", { headers: overlay })).json();
      assert.deepEqual([goal.name, thanks.length, thanks[0].isTest, thanks[0].ageSeconds], ["x", 1, true, 4]);

      for (const path of ["/api/overlay/chat", "/api/overlay/donations"]) {
        for (
          const [headers, status, kind] of [
            [{}, 401, "overlay_token_missing"],
            [{ authorization: "Bearer wrong" }, 403, "wrong_overlay_token"],
            [STREAMER, 403, "wrong_overlay_token"],
          ] as [Record<string, string>, number, string][]
        ) {
          const answer = await ask(path, { headers });
          assert.deepEqual([answer.status, (await answer.json()).kind], [status, kind]);
        }
        for (const method of ["POST", "PUT", "PATCH", "DELETE"]) assert.ok((await ask(path, { method, headers: overlay })).status >= 400);
      }
    }, { overlay: token });
  });

  it("open nothing else with that token", async () => {
    const overlay = await openToken();
    const show = openShow({ overlay, chat: aChat() });
    const { paths } = await (await show.get("/api/openapi.json")).json();
    const headers = { authorization: `Bearer ${overlay.text}` };
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(methods as Record<string, { security?: object[] }>)) {
        if (JSON.stringify(security) !== '[{"streamer":[]}]') continue;
        const answer = await show.app.request(path.replace(/\{\w+\}/g, "1"), { method: method.toUpperCase(), headers });
        assert.deepEqual([answer.status, (await answer.json()).kind], [403, "wrong_streamer_key"], `${method} ${path}`);
      }
    }
  });

  it("show the streamer the token, and make another, which ends the old one", async () => {
    const overlay = await openToken();
    const { text } = overlay;
    const show = openShow({ overlay, chat: aChat() });
    assert.deepEqual(await (await show.get("/api/studio/overlay", STREAMER)).json(), { token: text });
    assert.equal((await show.get("/api/studio/overlay")).status, 401);
    assert.equal((await show.app.request("/api/studio/overlay/renew", { method: "POST" })).status, 401);
    const renewed = await (await show.app.request("/api/studio/overlay/renew", { method: "POST", headers: STREAMER })).json();
    assert.notEqual(renewed.token, text);
    assert.equal((await show.get("/api/overlay/chat", { authorization: `Bearer ${text}` })).status, 403);
    assert.equal((await show.get("/api/overlay/chat", { authorization: `Bearer ${renewed.token}` })).status, 200);
    assert.equal((await show.get("/api/overlay/donations", { authorization: `Bearer ${renewed.token}` })).status, 404);
  });

  it("have pages that a room's gate lets through, since they tell nothing by themselves", async () => {
    await Deno.mkdir(`${folder}/pages/overlay`, { recursive: true });
    await Deno.writeTextFile(`${folder}/pages/overlay/chat.html`, "<!doctype html><html><title>Chat</title>");
    await Deno.writeTextFile(`${folder}/pages/other.html`, "<!doctype html><html><title>x</title>");
    const pages = await loadPages(`${folder}/pages`);
    await withRoom(async ({ ask }) => {
      const page = await ask("/overlay/chat", { headers: { accept: HTML } });
      assert.equal(page.status, 200);
      assert.match(page.headers.get("content-security-policy")!, /default-src 'none'; script-src 'self'/);
      assert.equal((await ask("/other", { headers: { accept: HTML } })).status, 401);
    }, { pages });
  });
});
