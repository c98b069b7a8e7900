import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseNetworks } from "../../../media/settings/networks.ts";
import { openModerators } from "../../../media/studio/moderators.ts";
import { openOverlayToken } from "../../../media/studio/overlay_token.ts";
import { openSessions } from "../../../media/studio/sessions.ts";
import { createForwarded } from "../../../routes/forwarded.ts";
import { aChat } from "../chat/a_chat.ts";
import { aBook } from "../donations/open_donations.ts";
import { createDonors } from "../../../media/audience/donors.ts";
import { createMemoryStore } from "../../../routes/donations/store.ts";
import { openShow, STREAMER_KEY } from "../show.ts";

const HOST = "tv.example:8080";
const ORIGIN = `http://${HOST}`;
const SESSION = "/api/studio/session";
const STREAMER = { authorization: `Bearer ${STREAMER_KEY}` };
const SETTINGS = { currency: "USD", link: null, kofiToken: null, stripeSecret: null };
const DAY_SECONDS = 86_400;

let folder = "";
beforeAll(async () => void (folder = await Deno.makeTempDir({ prefix: "tercet-moderators-" })));
afterAll(() => Deno.remove(folder, { recursive: true }));

async function openHouse(streamerKey = STREAMER_KEY) {
  const clock = { ms: 1_700_000_000_000 };
  const store = createMemoryStore();
  const nowMs = () => clock.ms;
  const place = { dataDir: folder, streamerKey, log() {} };
  const show = openShow({
    sessions: await openSessions({ ...place, nowMs }),
    moderators: (await openModerators({ ...place, nowMs })).moderators,
    overlay: await openOverlayToken({ ...place, nowMs: clock.ms }),
    port: 8080,
    chat: aChat(),
    donations: (now) => ({ settings: SETTINGS, store, donors: createDonors({ now }), book: aBook({ settings: SETTINGS, store, now }) }),
    forwarded: createForwarded({ trusted: parseNetworks("10.0.0.0/8"), base: "/" }),
  });

  async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown, from = "192.0.2.7") {
    const init = { method, headers: { host: HOST, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await show.app.request(`http://${HOST}${path}`, init, { remoteAddr: { transport: "tcp", hostname: from, port: 1 } });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, json: text === "" ? null : JSON.parse(text) };
  }
  async function invite(name = "Ben", seconds = DAY_SECONDS) {
    const { json } = await ask("POST", "/api/studio/moderators", STREAMER, { name, seconds });
    return { id: json.id as string, link: json.link as string, token: json.link.split("#invite=")[1] as string };
  }
  async function enter(token: string): Promise<Record<string, string>> {
    const { headers } = await ask("POST", SESSION, { origin: ORIGIN }, { invite: token });
    return { cookie: headers.get("set-cookie")!.split(";")[0]!, origin: ORIGIN };
  }
  return { show, clock, ask, invite, enter };
}

describe("a moderator's link", () => {
  it("opens the studio as a moderator until its end, with a cookie that no script and no other site sees", async () => {
    const { ask, invite, clock } = await openHouse();
    const { link, token } = await invite();
    assert.match(link, /^http:\/\/tv\.example:8080\/studio#invite=[\w-]{36}$/);
    const entered = await ask("POST", SESSION, { origin: ORIGIN }, { invite: token });
    assert.deepEqual([entered.status, entered.json], [201, { signedIn: true, moderator: "Ben" }]);
    assert.match(
      entered.headers.get("set-cookie")!,
      /^tercet-studio-8080=[\w-]{36}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const moderator = { cookie: entered.headers.get("set-cookie")!.split(";")[0]!, origin: ORIGIN };
    assert.deepEqual((await ask("GET", SESSION, moderator)).json, { signedIn: true, moderator: "Ben" });
    assert.equal((await ask("GET", "/api/chat/bans", moderator)).status, 200);
    clock.ms += DAY_SECONDS * 1000;
    assert.equal((await ask("GET", "/api/chat/bans", moderator)).status, 401);
    assert.deepEqual((await ask("GET", SESSION, moderator)).json, { signedIn: false });
    assert.equal((await ask("POST", SESSION, { origin: ORIGIN }, { invite: token })).json.kind, "moderator_invite_ended");
  });

  it("is listed, withdrawn at once, and ends with the streamer's key", async () => {
    const { ask, invite, enter } = await openHouse();
    const { id, token } = await invite("Carla");
    const moderator = await enter(token);
    const names = async () =>
      (await ask("GET", "/api/studio/moderators", STREAMER)).json.moderators.map(({ name }: { name: string }) => name);
    assert.ok((await names()).includes("Carla"));
    assert.equal((await ask("GET", "/api/studio/viewers", moderator)).status, 200);
    const other = await openHouse("x".repeat(43));
    assert.equal((await other.ask("GET", "/api/studio/viewers", moderator)).status, 401);
    assert.equal((await ask("DELETE", `/api/studio/moderators/${id}`, STREAMER)).status, 204);
    assert.equal((await ask("DELETE", `/api/studio/moderators/${id}`, STREAMER)).json.kind, "unknown_moderator");
    assert.equal((await ask("GET", "/api/studio/viewers", moderator)).status, 401);
    assert.ok(!(await names()).includes("Carla"));
  });

  it("is refused in words where it is forged, a page of elsewhere brings it, or too many were tried", async () => {
    const { ask, invite } = await openHouse();
    const { token } = await invite();
    const forged = (token[0] === "A" ? "B" : "A") + token.slice(1);
    assert.deepEqual((await ask("POST", SESSION, {}, { invite: forged })).json.kind, "wrong_moderator_invite");
    assert.deepEqual((await ask("POST", SESSION, {}, { invite: token, key: "x" })).json.kind, "bad_body");
    for (const origin of ["http://evil.example", "http://tv.example:8081", "https://tv.example:8080", "null"]) {
      assert.equal((await ask("POST", SESSION, { origin }, { invite: token })).json.kind, "foreign_origin", origin);
    }
    for (let count = 0; count < 10; count++) await ask("POST", SESSION, {}, { invite: `guess ${count}` });
    assert.equal((await ask("POST", SESSION, {}, { invite: forged })).status, 429);
    assert.equal((await ask("POST", SESSION, {}, { invite: token })).status, 201, "nobody guesses what a link carries");
  });

  it("leaves the streamer's own browser the streamer's", async () => {
    const { ask, invite } = await openHouse();
    const { token } = await invite();
    const signedIn = await ask("POST", SESSION, { origin: ORIGIN }, { key: STREAMER_KEY });
    const streamer = { cookie: signedIn.headers.get("set-cookie")!.split(";")[0]!, origin: ORIGIN };
    const entered = await ask("POST", SESSION, streamer, { invite: token });
    assert.deepEqual([entered.status, entered.json, entered.headers.get("set-cookie")], [201, { signedIn: true }, null]);
  });
});

describe("a moderator", () => {
  it("is refused in words at every door of the streamer's, and at none of its own", async () => {
    const { ask, invite, enter } = await openHouse();
    const moderator = await enter((await invite()).token);
    const { paths } = (await ask("GET", "/api/openapi.json")).json;
    const counts = { streamer: 0, moderator: 0 };
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(methods as Record<string, { security?: object[] }>)) {
        const proof = JSON.stringify(security);
        const isOwn = proof === '[{"streamer":[]},{"moderator":[]}]';
        if (proof !== '[{"streamer":[]}]' && !isOwn) continue;
        counts[isOwn ? "moderator" : "streamer"]++;
        // Its own way out is pressed last.
        if (method === "delete" && path === SESSION) continue;
        const { status, json } = await ask(
          method.toUpperCase(),
          path.replace(/\{\w+\}/g, "1"),
          moderator,
          method === "get" ? undefined : {},
        );
        if (isOwn) assert.ok(status !== 401 && status !== 403, `${method} ${path}: ${status}`);
        else assert.deepEqual([status, json?.kind], [403, "not_for_moderators"], `${method} ${path}`);
      }
    }
    assert.ok(counts.streamer >= 12 && counts.moderator >= 9, JSON.stringify(counts));
    assert.equal((await ask("DELETE", SESSION, moderator)).status, 204);
  });

  it("keeps order in the chat, where no limit holds for it, and is known by its badge", async () => {
    const { ask, invite, enter } = await openHouse();
    const moderator = await enter((await invite()).token);
    const { id } = (await ask("POST", "/api/viewers")).json;
    assert.equal((await ask("PATCH", "/api/chat", moderator, { slowSeconds: 30 })).json.slowSeconds, 30);
    assert.equal((await ask("PATCH", "/api/chat", moderator, { links: true })).json.kind, "not_for_moderators");
    for (const text of ["one", "two"]) {
      const said = await ask("POST", "/api/chat", moderator, { viewer: id, name: "Ben", text });
      assert.deepEqual([said.status, said.json.badge], [201, "moderator"]);
    }
    assert.equal((await ask("DELETE", "/api/chat", moderator)).json.kind, "not_for_moderators");
    const { messages } = (await ask("GET", "/api/chat")).json;
    assert.equal((await ask("DELETE", `/api/chat/messages/${messages[0].number}`, moderator)).status, 200);
  });

  it("changes nothing from a page of another origin, nor beside a wrong key", async () => {
    const { ask, invite, enter } = await openHouse();
    const { cookie } = await enter((await invite()).token);
    for (const origin of [undefined, "http://evil.example", "http://tv.example:8081", "https://tv.example:8080", "null"]) {
      const headers = { cookie: cookie!, ...(origin === undefined ? {} : { origin }) };
      assert.equal((await ask("POST", "/api/chat/bans", headers, { publicId: "x" })).json.kind, "foreign_origin", origin);
    }
    const headers = { cookie: cookie!, origin: ORIGIN, authorization: "Bearer wrong" };
    assert.equal((await ask("POST", "/api/chat/bans", headers, { publicId: "x" })).json.kind, "wrong_streamer_key");
  });

  it("is let in again where its address was put out", async () => {
    const { ask, invite, enter } = await openHouse();
    const { publicId } = (await ask("POST", "/api/viewers")).json;
    const moderator = await enter((await invite()).token);
    await ask("DELETE", `/api/studio/viewers/${publicId}`, STREAMER, undefined, "198.51.100.1");
    assert.equal((await ask("GET", "/api/chat")).status, 403);
    assert.equal((await ask("GET", "/api/chat", moderator)).status, 200);
  });
});
