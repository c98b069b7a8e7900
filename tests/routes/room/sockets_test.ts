import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { waitFor } from "../../fixtures/condition.ts";
import { ask } from "../../fixtures/proxy.ts";
import { basic, COOKIE, ROOM_KEY, withRoom } from "./a_room.ts";
import type { Show } from "../show.ts";

const UPGRADE = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

async function serving(show: Show, test: (port: number) => Promise<void>): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request, info) => show.app.fetch(request, info));
  try {
    await test(server.addr.port);
  } finally {
    show.hub.close();
    show.window.end();
    await server.shutdown();
  }
}

describe("the event socket of a room", () => {
  it("opens with a cookie or a password, and with nothing else", () =>
    withRoom(async ({ show, room, invite }) => {
      show.publishSegments(1);
      const id = show.viewers.create({ client: "hls.js", wish: { mode: "home", quality: "auto" } })!.id;
      const { token } = await invite();
      await serving(show, async (port) => {
        const open = async (headers: Record<string, string>) =>
          (await ask({ port }, `/api/viewers/${id}/events`, { headers: { ...UPGRADE, ...headers } })).status;
        assert.equal(await open({}), 401);
        assert.equal(await open({ cookie: `${COOKIE}=${"A".repeat(43)}` }), 401);
        assert.equal(await open({ authorization: basic("wrong password") }), 401);
        assert.equal(await open({ cookie: `${COOKIE}=${room.pass}` }), 101);
        assert.equal(await open({ cookie: `${COOKIE}=${token}` }), 101);
        assert.equal(await open({ authorization: basic(ROOM_KEY) }), 101);
      });
    }));
  it("closes when its guest's invite has ended or is withdrawn; those of others stay", () =>
    withRoom(async ({ show, room, invite }) => {
      show.publishSegments(1);
      const [ends, withdrawn] = [await invite(600), await invite(6000)];
      const join = (by: string | null) =>
        show.viewers.create({ client: "hls.js", wish: { mode: "home", quality: "auto" }, invite: by })!.id;
      await serving(show, async (port) => {
        const closed: Record<string, number> = {};
        for (const [name, id] of [["ends", join(ends.id)], ["withdrawn", join(withdrawn.id)], ["stays", join(null)]] as const) {
          const socket = new WebSocket(`ws://127.0.0.1:${port}/api/viewers/${id}/events?key=${encodeURIComponent(ROOM_KEY)}`);
          socket.onclose = ({ code }) => closed[name] = code;
        }
        await waitFor("three sockets", 5000, () => show.hub.size === 3);
        show.advance(600_000);
        await waitFor("the end of the first", 5000, () => closed["ends"] === 1008);
        assert.equal(show.hub.size, 2);
        await room.invites.withdraw(withdrawn.id);
        await waitFor("the end of the second", 5000, () => closed["withdrawn"] === 1008);
        assert.deepEqual([show.hub.size, closed["stays"]], [1, undefined]);
      });
    }));
});
