import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createForwarded } from "../../../routes/forwarded.ts";
import { PROBLEM } from "../../../routes/schemas.ts";
import { BROWSER } from "../show.ts";
import { basic, COOKIE, type House, HTML, PORT, ROOM_KEY, withRoom } from "./a_room.ts";

const PAGE = { accept: HTML, "user-agent": BROWSER };

function send(house: House, key: string, headers: Record<string, string> = {}, from?: string) {
  const form = { ...PAGE, "content-type": "application/x-www-form-urlencoded", ...headers };
  return house.ask("/room", { method: "POST", body: new URLSearchParams({ key }).toString(), headers: form, ...(from ? { from } : {}) });
}

/** What a browser would keep: name, value and attributes. */
function cookieOf(answer: Response): { name: string; value: string; attributes: string[] } {
  const [pair = "", ...attributes] = (answer.headers.get("set-cookie") ?? "").split("; ");
  return { name: pair.split("=")[0]!, value: pair.slice(pair.indexOf("=") + 1), attributes: attributes.sort() };
}

describe("the form of a room", () => {
  it("stands where the page would be, in the browser's language, under a strict policy, and is kept nowhere", () =>
    withRoom(async ({ ask }) => {
      for (
        const [accepted, language] of [["de, zh-TW;q=0.9, en;q=0.8", "zh-TW"], ["en-GB,zh;q=0.5", "en"], ["fr", "en"], ["zh", "zh-TW"], [
          "",
          "en",
        ]]
      ) {
        const answer = await ask("/", { headers: { ...PAGE, "accept-language": accepted! } });
        assert.equal(answer.status, 401);
        const text = await answer.text();
        assert.match(text, new RegExp(`lang="${language}" data-problem="room_key_missing".*<form action="room">`));
        assert.equal(answer.headers.get("cache-control"), "no-store");
        assert.match(answer.headers.get("content-security-policy")!, /default-src 'none'; .*form-action 'self'.*frame-ancestors 'self'/);
        assert.equal(answer.headers.get("x-robots-tag"), "noindex, nofollow");
        assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
        // A browser that knew the scheme would ask by itself.
        assert.match(answer.headers.get("www-authenticate")!, /^Cookie /);
      }
      for (const path of ["/room.en", "/room.zh-TW", "/room.html"]) assert.equal((await ask(path)).status, 404, path);
    }));
  it("lets in who knows the key, with a cookie that says nothing of it and that no script can read", () =>
    withRoom(async (house) => {
      const answer = await send(house, ` ${ROOM_KEY} `);
      assert.deepEqual([answer.status, answer.headers.get("location"), answer.headers.get("cache-control")], [303, "./", "no-store"]);
      const { name, value, attributes } = cookieOf(answer);
      assert.deepEqual([name, value], [COOKIE, house.room.pass]);
      assert.deepEqual(attributes, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax"]);
      assert.equal((await house.ask("/", { cookie: value, headers: PAGE })).status, 200);
      const back = await house.ask("/room", { headers: PAGE });
      assert.deepEqual([back.status, back.headers.get("location")], [303, "./"]);
    }));
  it("says that a key is wrong, and gives nothing", () =>
    withRoom(async (house) => {
      for (const key of ["open sesam", "", "x".repeat(10_000)]) {
        const answer = await send(house, key);
        assert.equal(answer.status, 401);
        assert.match(await answer.text(), /data-problem="wrong_room_key"/);
        assert.equal(answer.headers.get("set-cookie"), null);
      }
      assert.equal((await house.ask("/room", { method: "POST", body: "x".repeat(70_000) })).status, 413);
    }));
  it("binds its cookie to the name where it was asked by TLS, as a trusted proxy tells; nobody else is believed", () =>
    withRoom(async (house) => {
      const told = { "x-forwarded-proto": "https", "x-forwarded-host": "tv.example", "x-forwarded-for": "203.0.113.5" };
      const answer = await send(house, ROOM_KEY, told, "127.0.0.1");
      const { name, value, attributes } = cookieOf(answer);
      assert.equal(name, `__Host-${COOKIE}`);
      assert.deepEqual(attributes, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"]);
      const open = async (cookie: string) => (await house.ask("/api/stream", { headers: { ...told, cookie }, from: "127.0.0.1" })).status;
      assert.equal(await open(`__Host-${COOKIE}=${value}`), 200);
      assert.equal(await open(`${COOKIE}=${value}`), 401, "one that a plain page of the same name could have set");
      assert.equal(cookieOf(await send(house, ROOM_KEY, told)).name, COOKIE);
    }, { forwarded: createForwarded({ trusted: [], base: "/" }) }));
  it("takes ten wrong keys from an address, then none for a while, not even the right one; others and who is in notice nothing", () =>
    withRoom(async (house) => {
      const { show, ask, room, invite } = house;
      show.publishSegments(2);
      const statuses = [];
      for (let at = 0; at < 12; at++) statuses.push((await send(house, `guess number ${at}`)).status);
      assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429]);
      const barred = await send(house, ROOM_KEY);
      assert.deepEqual([barred.status, barred.headers.get("retry-after"), barred.headers.get("set-cookie")], [429, "30", null]);
      assert.match(await barred.text(), /data-problem="too_many_tries"/);
      assert.equal((await ask("/live.m3u8", { password: ROOM_KEY })).status, 429);
      assert.equal((await ask(`/live.m3u8?key=${encodeURIComponent(ROOM_KEY)}`)).status, 429);
      assert.equal((await send(house, ROOM_KEY, {}, "192.0.2.8")).status, 303);
      assert.equal((await ask("/api/stream", { cookie: room.pass })).status, 200);
      assert.equal((await ask(`/live.m3u8?invite=${(await invite()).token}`)).status, 200);
      show.advance(30_000);
      assert.equal((await send(house, ROOM_KEY)).status, 303);
    }));
  it("costs a household with the right key nothing, however often it asks", () =>
    withRoom(async ({ show, ask }) => {
      show.publishSegments(2);
      for (let at = 0; at < 50; at++) assert.equal((await ask("/live.m3u8", { password: ROOM_KEY })).status, 200);
    }));
});

describe("an invite's link", () => {
  it("leads a browser to the page, once and for all, and does not stay in its address", () =>
    withRoom(async ({ ask, invite }) => {
      const { token } = await invite();
      const answer = await ask(`/?invite=${token}`, { headers: PAGE });
      assert.deepEqual([answer.status, answer.headers.get("location")], [303, "./"]);
      const { name, value } = cookieOf(answer);
      assert.deepEqual([name, value], [COOKIE, token]);
      assert.equal((await ask("/", { cookie: value, headers: PAGE })).status, 200);
    }));
  it("takes nothing from who has the key already", () =>
    withRoom(async ({ ask, room, invite }) => {
      const { token } = await invite();
      const answer = await ask(`/?invite=${token}`, { cookie: room.pass, headers: PAGE });
      assert.deepEqual([answer.status, answer.headers.get("set-cookie")], [303, null]);
    }));
  it("counts before another one that has ended", () =>
    withRoom(async ({ show, ask, invite }) => {
      const [old, fresh] = [await invite(60), await invite()];
      show.advance(60_000);
      assert.equal((await ask(`/?invite=${fresh.token}`, { cookie: old.token, headers: PAGE })).status, 303);
      const ended = await ask("/", { cookie: old.token, headers: PAGE });
      assert.equal(ended.status, 401);
      assert.match(await ended.text(), /data-problem="invite_ended"/);
    }));
  it("plays in a player, with addresses that lead to the same place, also on another site's page", () =>
    withRoom(async ({ show, ask, invite }) => {
      show.publishSegments(2);
      const { token } = await invite();
      const headers = { "user-agent": "VLC/3.0.24", accept: "*/*" };
      const [one, other] = [await ask(`/?invite=${token}`, { headers }), await ask(`/live.m3u8?invite=${token}`, { headers })];
      assert.equal(await one.text(), await other.text());
      for (const answer of [one, other]) {
        assert.equal(answer.headers.get("content-type"), "application/vnd.apple.mpegurl");
        assert.equal(answer.headers.get("access-control-allow-origin"), "*");
        assert.equal(answer.headers.get("cache-control"), "no-store");
      }
    }));
  it("opens the picture alone in a frame, where it stays in the address since no cookie is kept", () =>
    withRoom(async ({ ask, invite }) => {
      const { token } = await invite();
      const answer = await ask(`/embed?invite=${token}`, { headers: PAGE });
      assert.deepEqual([answer.status, answer.headers.get("set-cookie")], [200, null]);
      const shut = await ask("/embed", { headers: PAGE });
      assert.equal(shut.status, 401);
      assert.match(shut.headers.get("content-security-policy")!, /frame-ancestors \*$/);
      assert.match(await shut.text(), /data-problem="framed"/);
    }));
});

describe("a player without a key", () => {
  it("is asked by Basic where players ask, and nowhere else, and may read the answer on another site's page", () =>
    withRoom(async ({ ask }) => {
      for (const path of ["/live.m3u8", "/thumbnail.jpg", "/"]) {
        const answer = await ask(path);
        assert.deepEqual([answer.status, answer.headers.get("www-authenticate")], [401, 'Basic realm="room", charset="UTF-8"'], path);
        assert.equal(answer.headers.get("access-control-allow-origin"), "*");
        assert.equal(PROBLEM.parse(await answer.json()).kind, "room_key_missing");
      }
      const api = await ask("/api/stream");
      assert.match(api.headers.get("www-authenticate")!, /^Cookie /);
      assert.equal(api.headers.get("access-control-allow-origin"), null);
      const preflight = await ask("/live.m3u8", { method: "OPTIONS", headers: { origin: "http://other" } });
      assert.equal(preflight.status, 204);
    }));
  it("may be called whatever it likes, and have any key in its address, percent-encoded", () =>
    withRoom(async ({ show, ask }) => {
      show.publishSegments(2);
      for (const name of ["viewer", "", "Änne"]) {
        assert.equal((await ask("/live.m3u8", { headers: { authorization: basic(ROOM_KEY, name) } })).status, 200, name);
      }
      const answer = await ask(`/live.m3u8?key=${encodeURIComponent(ROOM_KEY)}&quality=mq`);
      assert.match(await answer.text(), /mq\.m3u8/);
    }));
});

describe("a browser with the key in its address", () => {
  it("is led to the page without it", () =>
    withRoom(async ({ ask, room }) => {
      const answer = await ask(`/?key=${encodeURIComponent(ROOM_KEY)}`, { headers: PAGE });
      assert.deepEqual([answer.status, answer.headers.get("location"), cookieOf(answer).value], [303, "./", room.pass]);
    }));
});

describe("a room's cookie", () => {
  it("is named by the server's port, as browsers keep one jar for all ports of a name", () =>
    withRoom(async (house) => assert.equal(cookieOf(await send(house, ROOM_KEY)).name, `tercet-room-${PORT + 1}`), { port: PORT + 1 }));
});
