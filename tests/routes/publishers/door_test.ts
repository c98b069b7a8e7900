import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openPublisherKeys, type PublisherKeys } from "../../../media/ingest/publishers_file.ts";
import type { PublishersDeps } from "../../../routes/publishers/door.ts";
import type { PublisherAnswer } from "../../../routes/publishers/schemas.ts";
import { openShow, type Show, STREAMER_KEY } from "../show.ts";

const ON_AIR: PublisherAnswer["publishing"] = {
  state: "sending",
  address: "192.168.1.7",
  picture: { codec: "h264", width: 1280, height: 720 },
  sound: null,
  picturesLeftOut: 0,
  encoder: "obs",
  bitsPerSecond: 4e6,
  picturesPerSecond: 30,
  keyIntervalSeconds: 8.3,
  advice: ["key frames every 8.3 s: changes take that long; set 1 s in OBS"],
};

interface Scene {
  readonly show: Show;
  readonly keys: PublisherKeys;
  readonly told: string[];
  ask(method: string, path?: string, body?: unknown, key?: string | null): Promise<Response>;
}

async function withKeys(test: (scene: Scene) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  try {
    const { keys } = await openPublisherKeys({ dataDir, nowMs: () => 1_700_000_000_000 });
    const told: string[] = [];
    const publishers: PublishersDeps = {
      keys,
      publishing: (id) => id === keys.list[0]?.id ? ON_AIR : null,
      renamed: (_, name) => told.push(`renamed ${name}`),
      withdrawn: () => told.push("withdrawn"),
    };
    const show = openShow({ publishers });
    await test({
      show,
      keys,
      told,
      ask: async (method, path = "", body, key = STREAMER_KEY) =>
        await show.app.request(`/api/studio/publishers${path}`, {
          method,
          headers: key === null ? {} : { authorization: `Bearer ${key}` },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
    });
    assert.deepEqual(show.errors, []);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

describe("the studio's door to publishers", () => {
  it("is for the streamer alone", () =>
    withKeys(async ({ ask, keys }) => {
      const id = keys.list[0]!.id;
      for (
        const [method, path] of [["GET", ""], ["POST", ""], ["POST", `/${id}/reveal`], ["PATCH", `/${id}`], ["DELETE", `/${id}`]] as const
      ) {
        const statuses = [(await ask(method, path, undefined, null)).status, (await ask(method, path, undefined, "wrong")).status];
        assert.deepEqual(statuses, [401, 403], `${method} ${path}`);
      }
      assert.equal(keys.list.length, 1);
    }));

  it("lists the keys without their text, and who publishes", () =>
    withKeys(async ({ ask, keys }) => {
      const answer = await ask("GET");
      assert.equal(answer.headers.get("cache-control"), "no-store");
      const { id } = keys.list[0]!;
      assert.deepEqual(await answer.json(), {
        publishers: [{ id, name: "OBS", madeAt: "2023-11-14T22:13:20.000Z", isUnseen: true, publishing: ON_AIR }],
      });
    }));

  it("makes a key, shows it in that one answer, and the key is good", () =>
    withKeys(async ({ ask, keys }) => {
      const answer = await ask("POST", "", { name: " phone " });
      const made = await answer.json();
      assert.deepEqual([answer.status, made.name, keys.find([made.key])?.id], [201, "phone", made.id]);
      assert.ok(!(await (await ask("GET")).text()).includes(made.key));
      assert.equal((await ask("POST", `/${made.id}/reveal`)).status, 410);
    }));

  it("shows the first key once", () =>
    withKeys(async ({ ask, keys }) => {
      const id = keys.list[0]!.id;
      const first = await ask("POST", `/${id}/reveal`);
      assert.equal(keys.find([(await first.json()).key])?.id, id);
      assert.deepEqual([first.status, (await ask("POST", `/${id}/reveal`)).status, (await ask("POST", "/nobody/reveal")).status], [
        200,
        410,
        404,
      ]);
    }));

  it("renames and withdraws, and says so to whoever publishes", () =>
    withKeys(async ({ ask, keys, told }) => {
      const id = keys.list[0]!.id;
      const renamed = await ask("PATCH", `/${id}`, { name: "Studio" });
      assert.deepEqual([renamed.status, (await renamed.json()).name], [200, "Studio"]);
      assert.deepEqual([(await ask("DELETE", `/${id}`)).status, (await ask("DELETE", `/${id}`)).status], [204, 404]);
      assert.deepEqual([told, keys.list], [["renamed Studio", "withdrawn"], []]);
    }));

  it("refuses names that are bad or taken, unknown publishers, and a 33rd", () =>
    withKeys(async ({ ask, keys }) => {
      const id = keys.list[0]!.id;
      for (const name of ["", "x".repeat(41), "a\u0007"]) assert.equal((await ask("POST", "", { name })).status, 400);
      assert.deepEqual([(await ask("POST", "", { name: "obs" })).status, (await ask("PATCH", "/x", { name: "y" })).status], [409, 404]);
      for (let i = 0; i < 31; i++) assert.equal((await ask("POST", "", { name: `${i}` })).status, 201);
      assert.equal((await ask("POST", "", { name: "one more" })).status, 409);
      assert.equal((await ask("PATCH", `/${id}`, { name: "30" })).status, 409);
    }));

  it("is described as it is", () =>
    withKeys(async ({ show }) => {
      const { paths } = await (await show.get("/api/openapi.json")).json() as { paths: Record<string, Record<string, unknown>> };
      const described = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
      const doors = show.app.routes.filter(({ path, method }) => path.startsWith("/api/studio/") && method !== "ALL")
        .map(({ path, method }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
      assert.deepEqual(described.filter((it) => it.includes("/api/studio/")).sort(), [...new Set(doors)].sort());
    }));
});
