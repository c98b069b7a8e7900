import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openShow, STREAMER_KEY } from "../show.ts";
import { COOKIE, type House, withRoom } from "./a_room.ts";

interface Described {
  readonly security?: readonly Record<string, unknown>[];
  readonly responses: Record<string, unknown>;
}

async function read({ ask, room }: House) {
  const document = await (await ask("/api/openapi.json", { cookie: room.pass })).json();
  const operations = Object.entries(document.paths as Record<string, Record<string, Described>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, security: document.security, ...operation }))
  );
  return { document, operations };
}

describe("the description of a room's API", () => {
  it("says how the key is shown, and at which addresses: what it says is what an asker without one gets", () =>
    withRoom(async (house) => {
      const { document, operations } = await read(house);
      const { roomKey, roomCookie, invite } = document.components.securitySchemes;
      assert.deepEqual([roomKey.scheme, roomCookie.name, roomCookie.in, invite.name, invite.in], [
        "basic",
        COOKIE,
        "cookie",
        "invite",
        "query",
      ]);
      for (const { method, path, security, responses } of operations) {
        const names = ((security ?? []) as readonly object[]).flatMap((each) => Object.keys(each)).join();
        const answer = await house.ask(path.replace(/\{\w+\}/g, "x"), {
          method: method.toUpperCase(),
          ...(method === "get" ? {} : { body: "{}" }),
        });
        const kind = answer.status === 401 ? (await answer.json()).kind : "";
        if (kind === "room_key_missing") assert.match(names, /^(?:roomKey,roomCookie,invite(?:,streamer)?|streamer)$/, `${method} ${path}`);
        else if (kind === "streamer_only") assert.equal(names, "streamer", `${method} ${path}`);
        else assert.equal(names, "", `${method} ${path}: ${answer.status}`);
        assert.ok(String(answer.status) in responses, `${method} ${path}: ${answer.status}`);
        if (names.includes("roomKey")) assert.ok("429" in responses, `${method} ${path}`);
      }
    }));
  it("has the invites, and every door that is there", () =>
    withRoom(async (house) => {
      const { operations } = await read(house);
      const described = operations.map(({ method, path }) => `${method} ${path}`).sort();
      const doors = house.show.app.routes
        .filter(({ path, method }) => path.startsWith("/api/") && method !== "ALL" && path !== "/api/openapi.json")
        .map(({ path, method }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
      assert.deepEqual(described, [...new Set(doors)].sort());
      assert.ok(described.includes("post /api/studio/invites"));
    }));
  it("says nothing of a room where there is none", async () => {
    const show = openShow();
    const document = await (await show.get("/api/openapi.json", { authorization: `Bearer ${STREAMER_KEY}` })).json();
    assert.deepEqual([document.security, Object.keys(document.components.securitySchemes)], [[], ["streamer"]]);
    assert.doesNotMatch(JSON.stringify(document), /invite/i);
  });
});
