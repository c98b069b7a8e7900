import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { openShow, type Show, STREAMER_KEY } from "../show.ts";
import { aChat } from "./a_chat.ts";

const STREAMER = { authorization: `Bearer ${STREAMER_KEY}` };

async function open() {
  const show = openShow({ chat: aChat() });
  return { show, viewer: await show.join(), ask: asker(show) };
}

function asker(show: Show) {
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const answer = await show.app.request(path, { method, headers, ...text });
    const answered = await answer.text();
    return { status: answer.status, headers: answer.headers, json: answered === "" ? null : JSON.parse(answered) };
  };
}

describe("the chat's door", () => {
  it("takes a message and gives it back, with the public id and nothing else of the viewer", async () => {
    const { show, viewer, ask } = await open();
    const said = await ask("POST", "/api/chat", { viewer, name: " Anna ", text: "<b>hi</b>", key: "k1" });
    assert.equal(said.status, 201);
    const { publicId } = (await ask("GET", `/api/viewers/${viewer}`)).json;
    assert.deepEqual([said.json.publicId, said.json.name, said.json.text, said.json.key], [publicId, "Anna", "<b>hi</b>", "k1"]);
    assert.equal((await ask("POST", "/api/chat", { viewer, name: "Anna", text: "<b>hi</b>", key: "k1" })).status, 200);
    const read = await ask("GET", "/api/chat");
    assert.deepEqual(read.json.messages, [said.json]);
    assert.equal(JSON.stringify(read.json).includes(viewer), false);
    assert.deepEqual((await ask("GET", `/api/chat?after=${said.json.number}`)).json.messages, []);
    assert.equal(read.headers.get("cache-control"), "no-store");
    assert.deepEqual(show.errors, []);
  });
  it("what it gives on entry is never out of date", async () => {
    const { show, viewer, ask } = await open();
    const texts = async () => (await ask("GET", "/api/chat")).json.messages.map(({ text }: { text: string }) => text);
    assert.deepEqual(await texts(), []);
    const { json } = await ask("POST", "/api/chat", { viewer, name: "a", text: "1" });
    assert.deepEqual(await texts(), ["1"]);
    await ask("DELETE", `/api/chat/messages/${json.number}`, undefined, STREAMER);
    assert.deepEqual(await texts(), []);
    await ask("PATCH", "/api/chat", { links: true }, STREAMER);
    assert.equal((await ask("GET", "/api/chat")).json.rules.links, true);
    const packed = await show.app.request("/api/chat", { headers: { "accept-encoding": "gzip" } });
    assert.equal(packed.headers.get("content-encoding"), "gzip");
    assert.equal(JSON.parse(gunzipSync(new Uint8Array(await packed.arrayBuffer())).toString()).rules.links, true);
  });

  const bad: [what: string, change: Record<string, unknown>, status: number, kind: string, field?: string][] = [
    ["an empty text", { text: "" }, 400, "bad_message", "text"],
    ["an empty name", { name: " " }, 400, "bad_message", "name"],
    ["501 characters", { text: "x".repeat(501) }, 400, "bad_message", "text"],
    ["a name of 31", { name: "x".repeat(31) }, 400, "bad_message", "name"],
    ["a control character", { text: "a\x07b" }, 400, "bad_message", "text"],
    ["a control character in the name", { name: "a\x07b" }, 400, "bad_message", "name"],
    ["a right-to-left override", { text: "invoice\u202efdp.exe" }, 400, "bad_message", "text"],
    ["a right-to-left override in the name", { name: "gnp\u202e" }, 400, "bad_message", "name"],
    ["no text", { text: undefined }, 400, "bad_body", "text"],
    ["a number for a text", { text: 7 }, 400, "bad_body", "text"],
    ["more than it knows", { colour: "red" }, 400, "bad_body", "colour"],
    ["a key that is no key", { key: "<script>" }, 400, "bad_body", "key"],
    ["a viewer nobody knows", { viewer: "x".repeat(36) }, 404, "unknown_viewer"],
  ];
  for (const [what, change, status, kind, field] of bad) {
    it(`refuses ${what}`, async () => {
      const { viewer, ask } = await open();
      const answer = await ask("POST", "/api/chat", { viewer, name: "Anna", text: "hi", ...change });
      assert.deepEqual([answer.status, answer.json.kind], [status, kind]);
      if (field !== undefined) assert.equal(answer.json.errors[0].field, field);
      assert.deepEqual((await ask("GET", "/api/chat")).json.messages, []);
    });
  }
  for (const body of ["", "text=hi", "{", "null", "[]", '"hi"']) {
    it(`refuses the body ${JSON.stringify(body)}`, async () => {
      const { show, ask } = await open();
      const answer = await ask("POST", "/api/chat", body);
      assert.deepEqual([answer.status, answer.json.kind], [400, "bad_body"]);
      assert.deepEqual([(await ask("GET", "/api/chat")).json.messages, show.errors], [[], []]);
    });
  }
  it("takes <script> as a name and a text: they are text", async () => {
    const { viewer, ask } = await open();
    const script = "<script>alert(1)</script>";
    const answer = await ask("POST", "/api/chat", { viewer, name: script, text: script });
    assert.deepEqual([answer.status, answer.json.name, answer.json.text], [201, script, script]);
  });
  it("refuses what is no JSON, what is too big, and an `after` that is no number", async () => {
    const { ask } = await open();
    assert.equal((await ask("POST", "/api/chat", "hello")).status, 400);
    assert.equal((await ask("POST", "/api/chat", "x".repeat(1_000_000))).status, 413);
    for (const after of ["x", "", "-1", "1.5", "1e3", "0x10", "1e400"]) {
      assert.equal((await ask("GET", `/api/chat?after=${after}`)).status, 400, after);
    }
  });
  it("refuses 20 messages a second with 429 and Retry-After", async () => {
    const { viewer, ask } = await open();
    const answers = [];
    for (let at = 0; at < 20; at++) answers.push(await ask("POST", "/api/chat", { viewer, name: "a", text: `${at}` }));
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(refused.length, 15);
    assert.deepEqual([refused[0]!.json.kind, refused[0]!.headers.get("retry-after")], ["chatting_too_fast", "1"]);
  });
  it("says in Retry-After how long slow mode makes wait", async () => {
    const { viewer, ask } = await open();
    assert.deepEqual((await ask("PATCH", "/api/chat", { slowSeconds: 30 }, STREAMER)).json, { slowSeconds: 30, links: false });
    assert.equal((await ask("POST", "/api/chat", { viewer, name: "a", text: "1" })).status, 201);
    const refused = await ask("POST", "/api/chat", { viewer, name: "a", text: "2" });
    assert.deepEqual([refused.status, refused.json.kind, refused.headers.get("retry-after")], [429, "slow_mode", "30"]);
    assert.equal((await ask("POST", "/api/chat", { viewer, name: "a", text: "2" }, STREAMER)).json.badge, "streamer");
  });

  const doors: [method: string, path: string, body?: unknown][] = [
    ["DELETE", "/api/chat"],
    ["PATCH", "/api/chat", { links: true }],
    ["DELETE", "/api/chat/messages/1"],
    ["GET", "/api/chat/bans"],
    ["POST", "/api/chat/bans", { publicId: "x" }],
    ["DELETE", "/api/chat/bans/x"],
  ];
  for (const [method, path, body] of doors) {
    it(`${method} ${path} is the streamer's alone`, async () => {
      const { ask } = await open();
      const without = await ask(method, path, body);
      assert.deepEqual([without.status, without.json.kind], [401, "streamer_only"]);
      assert.match(without.headers.get("www-authenticate")!, /^Bearer/);
      for (const wrong of ["Bearer x", `Bearer ${STREAMER_KEY}k`, `Bearer ${STREAMER_KEY.slice(1)}`]) {
        const answer = await ask(method, path, body, { authorization: wrong });
        assert.deepEqual([answer.status, answer.json.kind], [403, "wrong_streamer_key"]);
      }
      assert.equal((await ask(method, path, body, { authorization: `Basic ${STREAMER_KEY}` })).status, 401);
      const { status } = await ask(method, path, body, STREAMER);
      assert.ok(status < 300 || status === 404, String(status));
    });
  }
  it("bans and lets back by public id, and a wrong key says nothing in the chat", async () => {
    const { show, viewer, ask } = await open();
    const say = (headers = {}) => ask("POST", "/api/chat", { viewer, name: "Eve", text: "spam" }, headers);
    const { publicId } = (await say()).json;
    const ban = await ask("POST", "/api/chat/bans", { publicId, seconds: 60 }, STREAMER);
    assert.deepEqual([ban.status, ban.json.until], [201, new Date(show.clock.ms + 60_000).toISOString()]);
    const refused = await say();
    assert.deepEqual([refused.status, refused.json.kind], [403, "banned"]);
    assert.deepEqual((await ask("GET", "/api/chat/bans", undefined, STREAMER)).json.bans, [ban.json]);
    assert.equal((await ask("DELETE", `/api/chat/bans/${publicId}`, undefined, STREAMER)).status, 204);
    assert.equal((await ask("DELETE", `/api/chat/bans/${publicId}`, undefined, STREAMER)).status, 404);
    assert.equal((await say({ authorization: "Bearer wrong" })).status, 403);
    assert.equal((await say()).status, 201);
  });
  it("bans by address too: the next viewer from there is shut out, also behind a proxy on this machine", async () => {
    const { show, viewer } = await open();
    const say = (who: string, address: string) =>
      show.app.request("/api/chat", {
        method: "POST",
        body: JSON.stringify({ viewer: who, name: "Eve", text: "spam" }),
        headers: { "x-forwarded-for": address },
      }, { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } });
    const { publicId } = await (await say(viewer, "2001:db8::1")).json();
    const ask = asker(show);
    const ban = await ask("POST", "/api/chat/bans", { publicId }, STREAMER);
    assert.equal(ban.json.address, "2001:db8:0:0");
    const other = await show.join();
    assert.equal((await say(other, "2001:db8::2")).status, 403);
    assert.equal((await say(other, "2001:db8:0:1::2")).status, 201);
  });
  it("bans nobody's address where all come from this machine: a proxy that does not tell for whom it asks", async () => {
    for (const hostname of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
      const { show, viewer } = await open();
      const say = (who: string) =>
        show.app.request("/api/chat", { method: "POST", body: JSON.stringify({ viewer: who, name: "Eve", text: "spam" }) }, {
          remoteAddr: { transport: "tcp", hostname, port: 1 },
        });
      const { publicId } = await (await say(viewer)).json();
      const ban = await asker(show)("POST", "/api/chat/bans", { publicId }, STREAMER);
      assert.deepEqual([ban.status, ban.json.address], [201, null]);
      assert.equal((await say(viewer)).status, 403);
      assert.equal((await say(await show.join())).status, 201);
    }
  });
  it("without a chat there is no door", async () => {
    const ask = asker(openShow());
    for (const method of ["GET", "POST", "DELETE", "PATCH"]) assert.equal((await ask(method, "/api/chat")).status, 404);
    assert.equal((await ask("GET", "/api/openapi.json")).json.paths["/api/chat"], undefined);
  });
  it("keeps the fast router", async () => {
    const { show, ask } = await open();
    await ask("GET", "/api/chat");
    assert.equal(show.app.router.name, "SmartRouter + RegExpRouter");
  });
});
