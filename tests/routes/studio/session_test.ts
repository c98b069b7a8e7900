import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseNetworks } from "../../../media/settings/networks.ts";
import { openSessions } from "../../../media/studio/sessions.ts";
import { createForwarded } from "../../../routes/forwarded.ts";
import { aChat } from "../chat/a_chat.ts";
import { openShow, STREAMER_KEY } from "../show.ts";

const HOST = "tv.example:8080";
const ORIGIN = `http://${HOST}`;
const PATH = "/api/studio/session";
const COOKIE = /^tercet-studio-8080=([\w-]{43}); Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/;

let folder = "";
beforeAll(async () => void (folder = await Deno.makeTempDir({ prefix: "tercet-session-" })));
afterAll(() => Deno.remove(folder, { recursive: true }));

async function openHouse(o: { base?: string } = {}) {
  const clock = { ms: 1_700_000_000_000 };
  const sessions = await openSessions({ dataDir: folder, streamerKey: STREAMER_KEY, nowMs: () => clock.ms, log() {} });
  const base = o.base ?? "/";
  const forwarded = createForwarded({ trusted: parseNetworks("10.0.0.0/8"), base });
  const show = openShow({ sessions, port: 8080, chat: aChat(), forwarded, base });

  function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown, from = "192.0.2.7") {
    const init = { method, headers: { host: HOST, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return show.app.request(`http://${HOST}${path}`, init, { remoteAddr: { transport: "tcp", hostname: from, port: 1 } });
  }
  async function signIn(): Promise<string> {
    const answer = await ask("POST", PATH, { origin: ORIGIN }, { code: sessions.makeCode() });
    assert.equal(answer.status, 201);
    return COOKIE.exec(answer.headers.get("set-cookie")!)![0].split(";")[0]!;
  }
  return { show, sessions, clock, ask, signIn };
}

describe("the studio's front door", () => {
  it("takes a link's code once, and gives a cookie that no script and no other site sees", async () => {
    const { ask, sessions } = await openHouse();
    const code = sessions.makeCode();
    const first = await ask("POST", PATH, { origin: ORIGIN }, { code });
    assert.equal(first.status, 201);
    assert.match(first.headers.get("set-cookie")!, COOKIE);
    assert.equal(first.headers.get("cache-control"), "no-store");
    assert.equal(first.headers.get("access-control-allow-origin"), null);
    const second = await ask("POST", PATH, { origin: ORIGIN }, { code });
    assert.deepEqual([second.status, (await second.json()).kind, second.headers.get("set-cookie")], [403, "studio_code_used", null]);
  });

  it("takes the streamer's key", async () => {
    const { ask } = await openHouse();
    assert.equal((await ask("POST", PATH, { origin: ORIGIN }, { key: STREAMER_KEY })).status, 201);
  });

  it("refuses in words what is wrong, missing, old or forged", async () => {
    const { ask, sessions, clock } = await openHouse();
    const old = sessions.makeCode();
    clock.ms += 10 * 60_000;
    const good = sessions.makeCode();
    const forged = (good[0] === "A" ? "B" : "A") + good.slice(1);
    const cases: [body: unknown, status: number, kind: string][] = [
      [{ code: old }, 403, "studio_code_old"],
      [{ code: forged }, 403, "wrong_studio_code"],
      [{ code: "" }, 403, "wrong_studio_code"],
      [{ key: "x" }, 403, "wrong_streamer_key"],
      [{}, 400, "bad_body"],
      [{ code: good, key: STREAMER_KEY }, 400, "bad_body"],
      [{ code: 7 }, 400, "bad_body"],
    ];
    for (const [body, status, kind] of cases) {
      const answer = await ask("POST", PATH, { origin: ORIGIN }, body);
      assert.deepEqual(
        [answer.status, (await answer.json()).kind, answer.headers.get("set-cookie")],
        [status, kind, null],
        JSON.stringify(body),
      );
    }
  });

  it("lets nobody guess, and holds that against his address alone", async () => {
    const { ask, sessions, show } = await openHouse();
    for (let count = 0; count < 10; count++) assert.equal((await ask("POST", PATH, {}, { key: `guess ${count}` })).status, 403);
    const barred = await ask("POST", PATH, {}, { key: STREAMER_KEY });
    assert.deepEqual([barred.status, barred.headers.get("retry-after")], [429, "30"]);
    assert.equal((await ask("POST", PATH, {}, { code: "wrong" })).status, 429);
    assert.equal((await ask("POST", PATH, {}, { code: sessions.makeCode() })).status, 201, "nobody guesses what a link carries");
    assert.equal((await ask("POST", PATH, {}, { key: STREAMER_KEY }, "192.0.2.8")).status, 201);
    show.advance(31_000);
    assert.equal((await ask("POST", PATH, {}, { key: STREAMER_KEY })).status, 201);
  });

  for (const origin of ["http://evil.example", "http://tv.example", "http://tv.example:8081", "https://tv.example:8080", "null", ""]) {
    it(`signs nobody in for a page of "${origin}"`, async () => {
      const { ask, sessions } = await openHouse();
      const answer = await ask("POST", PATH, { origin }, { code: sessions.makeCode() });
      assert.deepEqual([answer.status, (await answer.json()).kind], [403, "foreign_origin"]);
    });
  }
});

describe("the studio's cookie", () => {
  it("opens what the streamer's key opens", async () => {
    const { ask, signIn } = await openHouse();
    const cookie = await signIn();
    assert.equal((await ask("GET", "/api/chat/bans", { cookie })).status, 200);
    assert.equal((await ask("PATCH", "/api/chat", { cookie, origin: ORIGIN }, { slowSeconds: 5 })).status, 200);
    assert.deepEqual(await (await ask("GET", PATH, { cookie })).json(), { signedIn: true });
  });

  it("opens nothing where it is missing, forged, or of another port's name", async () => {
    const { ask, signIn } = await openHouse();
    const cookie = await signIn();
    const forged = cookie.slice(0, -1) + (cookie.endsWith("A") ? "B" : "A");
    for (
      const each of ["", "tercet-studio-8080=", forged, `${cookie}A`, cookie.replace("8080", "8081"), `tercet-studio-8080=${STREAMER_KEY}`]
    ) {
      assert.equal((await ask("GET", "/api/chat/bans", { cookie: each })).status, 401, each);
      assert.deepEqual(await (await ask("GET", PATH, { cookie: each })).json(), { signedIn: false });
    }
  });

  it("lets the streamer watch and moderate from where a viewer was put out", async () => {
    const { ask, signIn } = await openHouse();
    const { publicId } = await (await ask("POST", "/api/viewers")).json();
    const elsewhere = "198.51.100.1";
    assert.equal(
      (await ask("DELETE", `/api/studio/viewers/${publicId}`, { authorization: `Bearer ${STREAMER_KEY}` }, undefined, elsewhere)).status,
      200,
    );
    const cookie = await signIn();
    for (const path of ["/api/stream", "/api/chat/bans"]) {
      assert.equal((await ask("GET", path)).status, 403, path);
      assert.equal((await ask("GET", path, { cookie })).status, 200, path);
      assert.equal((await ask("GET", path, { cookie: `${cookie}x` })).status, 403, path);
    }
  });

  it("does not mend a wrong key that is named beside it", async () => {
    const { ask, signIn } = await openHouse();
    const cookie = await signIn();
    assert.equal((await ask("GET", "/api/chat/bans", { cookie, authorization: "Bearer wrong" })).status, 403);
  });

  const strangers: [what: string, headers: Record<string, string>][] = [
    ["no page that says whose it is", {}],
    ["another site", { origin: "http://evil.example" }],
    ["another port of the same name", { origin: "http://tv.example:8081" }],
    ["the same name without its port", { origin: "http://tv.example" }],
    ["another scheme", { origin: "https://tv.example:8080" }],
    ["a frame of no origin", { origin: "null" }],
    ["a page that a stranger's forwarded headers call ours", { origin: "http://evil.example", "x-forwarded-host": "evil.example" }],
  ];
  for (const [what, headers] of strangers) {
    it(`changes nothing for ${what}`, async () => {
      const { ask, signIn } = await openHouse();
      const cookie = await signIn();
      for (const [method, path] of [["PATCH", "/api/chat"], ["DELETE", "/api/chat"], ["DELETE", PATH], ["DELETE", `${PATH}s`]] as const) {
        const answer = await ask(method, path, { cookie, ...headers });
        assert.deepEqual([answer.status, (await answer.json()).kind], [403, "foreign_origin"], `${method} ${path}`);
      }
      const upgrade = { upgrade: "websocket", connection: "upgrade" };
      assert.equal((await ask("GET", "/api/chat/bans", { cookie, ...headers, ...upgrade })).status, 403);
      assert.equal((await ask("GET", "/api/chat/bans", { cookie, ...upgrade, origin: ORIGIN })).status, 200);
    });
  }

  it("is over once it was signed out, here or everywhere", async () => {
    const { ask, signIn } = await openHouse();
    const [one, two, three] = [await signIn(), await signIn(), await signIn()];
    const out = await ask("DELETE", PATH, { cookie: one, origin: ORIGIN });
    assert.equal(out.status, 204);
    assert.match(out.headers.get("set-cookie")!, /^tercet-studio-8080=; Max-Age=0; Path=\//);
    const statuses = async () =>
      (await Promise.all([one, two, three].map((cookie) => ask("GET", "/api/chat/bans", { cookie })))).map(({ status }) => status);
    assert.deepEqual(await statuses(), [401, 200, 200]);
    assert.equal((await ask("DELETE", `${PATH}s`, { cookie: two, origin: ORIGIN })).status, 204);
    assert.deepEqual(await statuses(), [401, 401, 401]);
  });

  it("speaks in the chat as the streamer from a page of ours, and from nowhere else", async () => {
    const { ask, signIn, show } = await openHouse();
    const cookie = await signIn();
    const viewer = await show.join();
    const say = async (headers: Record<string, string>, text: string) =>
      (await (await ask("POST", "/api/chat", headers, { viewer, name: "Anna", text })).json()).badge;
    assert.equal(await say({ cookie, origin: ORIGIN }, "one"), "streamer");
    assert.equal(await say({ cookie, origin: "http://tv.example:8081" }, "two"), null);
    assert.equal(await say({}, "three"), null);
  });

  it("is bound to the name over TLS, below a folder to the folder", async () => {
    const proxied = { host: "inner:8080", "x-forwarded-proto": "https", "x-forwarded-host": "tv.example" };
    const whole = await openHouse();
    const ask = (house: typeof whole, path: string, headers: Record<string, string>) =>
      house.ask("POST", path, { ...proxied, origin: "https://tv.example", ...headers }, { key: STREAMER_KEY }, "10.0.0.1");
    assert.match(
      (await ask(whole, PATH, {})).headers.get("set-cookie")!,
      /^__Host-tercet-studio-8080=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const below = await openHouse({ base: "/live/" });
    const secure = /^__Secure-tercet-studio-8080=[\w-]{43}; Max-Age=2592000; Path=\/live\/; HttpOnly; Secure; SameSite=Strict$/;
    assert.match((await ask(below, `/live${PATH}`, {})).headers.get("set-cookie")!, secure);
    assert.match((await ask(whole, PATH, { "x-forwarded-prefix": "/live" })).headers.get("set-cookie")!, secure);
    const wrong = await ask(whole, PATH, { "x-forwarded-proto": "http" });
    assert.deepEqual([wrong.status, (await wrong.json()).kind], [403, "foreign_origin"]);
  });
});
