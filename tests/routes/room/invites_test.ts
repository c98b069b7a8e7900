import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { INVITE, INVITES } from "../../../routes/room/schemas.ts";
import { openShow, STREAMER_KEY } from "../show.ts";
import { type House, ROOM_KEY, withRoom } from "./a_room.ts";

const BEARER = { authorization: `Bearer ${STREAMER_KEY}`, host: "tv.example:8080" };

function ask({ ask }: House, method: string, path = "", body?: unknown, headers: Record<string, string> = BEARER) {
  return ask(`/api/studio/invites${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

describe("the studio's door to invites", () => {
  it("is for the streamer alone, not for who has the room key", () =>
    withRoom(async (house) => {
      for (const [method, path] of [["GET", ""], ["POST", ""], ["DELETE", "/0123456789ab"]] as const) {
        const body = method === "POST" ? { name: "Anna", seconds: 60 } : undefined;
        assert.equal((await ask(house, method, path, body, {})).status, 401);
        assert.equal((await ask(house, method, path, body, { authorization: "Bearer wrong" })).status, 403);
        const own = { method, password: ROOM_KEY, cookie: house.room.pass, ...(body ? { body: JSON.stringify(body) } : {}) };
        assert.equal((await house.ask(`/api/studio/invites${path}`, own)).status, 401);
      }
      assert.deepEqual(house.room.invites.list, []);
    }));
  it("makes, lists and withdraws; what it makes lets in", () =>
    withRoom(async (house) => {
      house.show.publishSegments(2);
      const made = await ask(house, "POST", "", { name: " Anna ", seconds: 7200 });
      assert.deepEqual([made.status, made.headers.get("cache-control")], [201, "no-store"]);
      const invite = INVITE.parse(await made.json());
      assert.deepEqual([invite.name, invite.madeAt, invite.endsAt], ["Anna", "2023-11-14T22:13:20.000Z", "2023-11-15T00:13:20.000Z"]);
      const [, token] = /^http:\/\/tv\.example:8080\/\?invite=([\w-]{36})$/.exec(invite.link)!;
      assert.equal(invite.player, `http://tv.example:8080/live.m3u8?invite=${token}`);
      for (const link of [invite.link, invite.player]) {
        const { pathname, search } = new URL(link);
        assert.match(await (await house.ask(pathname + search)).text(), /^#EXTM3U/);
      }
      assert.deepEqual(INVITES.parse(await (await ask(house, "GET")).json()), { invites: [invite] });
      assert.equal((await ask(house, "DELETE", `/${invite.id}`)).status, 204);
      assert.deepEqual(await (await ask(house, "GET")).json(), { invites: [] });
      assert.equal((await ask(house, "DELETE", `/${invite.id}`)).status, 404);
      assert.equal((await house.ask(`/live.m3u8?invite=${token}`)).status, 401);
    }));
  it("hands out links that others can reach also to who asks as localhost, and those of a proxy behind one", () =>
    withRoom(async (house) => {
      await house.invite();
      const link = async (headers: Record<string, string>, from: string) => {
        const answer = await house.ask("/api/studio/invites", { headers: { ...BEARER, ...headers }, from });
        return (await answer.json()).invites[0].link.replace(/invite=.*/, "");
      };
      assert.equal(await link({ host: "localhost:8080" }, "127.0.0.1"), "http://192.168.1.20:8080/?");
      const proxied = { "x-forwarded-host": "tv.example", "x-forwarded-proto": "https", "x-forwarded-prefix": "/live" };
      assert.equal(await link(proxied, "127.0.0.1"), "https://tv.example/live/?");
    }, { reach: () => "http://192.168.1.20:8080/" }));
  it("refuses an invite without a name, without an end, or with one that is no time", () =>
    withRoom(async (house) => {
      const wrong = [
        {},
        { name: "Anna" },
        { seconds: 60 },
        { name: "", seconds: 60 },
        { name: "a\nb", seconds: 60 },
        { name: "Anna", seconds: 59 },
        {
          name: "Anna",
          seconds: 400 * 86_400,
        },
        { name: "Anna", seconds: 60.5 },
        { name: "x".repeat(41), seconds: 60 },
        { name: "Anna", seconds: 60, id: "x" },
      ];
      for (const body of wrong) assert.equal((await ask(house, "POST", "", body)).status, 400, JSON.stringify(body));
      assert.deepEqual(house.room.invites.list, []);
    }));
  it("is not there without a room key", async () => {
    const show = openShow();
    assert.equal((await show.get("/api/studio/invites", BEARER)).status, 404);
    assert.equal((await show.get("/room")).status, 404);
  });
});
