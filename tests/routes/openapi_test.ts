import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { aChat } from "./chat/a_chat.ts";
import { openDonations } from "./donations/open_donations.ts";
import { openShow, STREAMER_KEY } from "./show.ts";
import { openDesk } from "./studio/a_desk.ts";

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<
    string,
    Record<string, { readonly responses: Record<string, { readonly content?: Record<string, { schema: object }> }> }>
  >;
  readonly components: { readonly schemas: Record<string, object> };
}

async function read(show: ReturnType<typeof openShow>): Promise<Document> {
  return await (await show.get("/api/openapi.json")).json();
}

/** The schema that the document gives for an answer, made runnable again. */
function schemaOf(document: Document, method: string, path: string, answer: Response): z.ZodType {
  const operation = document.paths[path]?.[method];
  assert.ok(operation, `${method} ${path} is not described`);
  const content = operation.responses[String(answer.status)]?.content;
  const type = answer.headers.get("content-type")!.split(";")[0]!;
  const found = content?.[type]?.schema;
  assert.ok(found, `${answer.status} as ${type} of ${method} ${path} is not described`);
  const ref = (found as { $ref?: string }).$ref?.split("/").at(-1);
  const schema = ref === undefined ? found : document.components.schemas[ref];
  assert.ok(schema, `${ref} is missing`);
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
}

describe("the description of the API", () => {
  it("is true of the answers", async () => {
    const show = openShow({ maxPresent: 3, boostedUntilMs: () => 1_700_000_000_000 });
    show.publishSegments(2);
    show.status = { ...show.status, motion: { score: 50, moving: false }, budget: { uplink: 1e8, spendable: 85e6, spent: 3e6 } };
    const document = await read(show);
    const id = await show.join({ player: "hls.js" });
    await show.get(`/v/${id}/mq.m3u8`, { "cmcd-request": "bl=1,mtp=2" });
    const viewer = "/api/viewers/{viewer}";
    const asked: [method: string, path: string, status: number, id?: string, body?: string][] = [
      ["post", "/api/viewers", 201],
      ["post", "/api/viewers", 400, "", '{"mode":"x"}'],
      ["post", "/api/viewers", 409, "", '{"mode":"gaming","quality":"hq"}'],
      ["post", "/api/viewers", 413, "", "x".repeat(100_000)],
      ["get", viewer, 200, id],
      ["get", viewer, 404, "nobody"],
      ["patch", viewer, 200, id, '{"mode":"gaming"}'],
      ["patch", viewer, 400, id, "nonsense"],
      ["patch", viewer, 404, "nobody", "{}"],
      ["patch", viewer, 409, id, '{"quality":"hq"}'],
      ["patch", viewer, 413, id, "x".repeat(100_000)],
      ["get", `${viewer}/events`, 404, "nobody"],
      ["get", `${viewer}/events`, 426, id],
      ["get", `${viewer}/news`, 200, id],
      ["get", `${viewer}/news`, 404, "nobody"],
      ["get", "/api/stream", 200],
      ["post", "/api/viewers", 201],
      ["post", "/api/viewers", 503],
    ];
    for (const [method, path, status, who = "", body] of asked) {
      const answer = await show.app.request(path.replace("{viewer}", who), { method: method.toUpperCase(), ...(body ? { body } : {}) });
      assert.equal(answer.status, status, `${method} ${path}`);
      const checked = schemaOf(document, method, path, answer).safeParse(await answer.json());
      assert.ok(checked.success, `${method} ${path}: ${checked.error?.message}`);
    }
  });
  it("is true of the chat's answers", async () => {
    const show = openShow({ chat: aChat() });
    const document = await read(show);
    const viewer = await show.join();
    const message = JSON.stringify({ viewer, name: "Anna", text: "hi", key: "k" });
    const asked: [method: string, path: string, status: number, id?: string, body?: string | undefined, key?: string][] = [
      ["post", "/api/chat", 201, "", message],
      ["post", "/api/chat", 200, "", message],
      ["post", "/api/chat", 400, "", JSON.stringify({ viewer, name: "Anna", text: "" })],
      ["post", "/api/chat", 403, "", message, "wrong"],
      ["post", "/api/chat", 404, "", JSON.stringify({ viewer: "x", name: "Anna", text: "hi" })],
      ["post", "/api/chat", 413, "", "x".repeat(100_000)],
      ["get", "/api/chat", 200],
      ["patch", "/api/chat", 200, "", '{"slowSeconds":5}', STREAMER_KEY],
      ["patch", "/api/chat", 400, "", '{"slowSeconds":-5}', STREAMER_KEY],
      ["patch", "/api/chat", 401, "", "{}"],
      ["post", "/api/chat", 429, "", JSON.stringify({ viewer, name: "Anna", text: "too soon" })],
      ["delete", "/api/chat/messages/{number}", 200, "1700000000000", undefined, STREAMER_KEY],
      ["delete", "/api/chat/messages/{number}", 404, "7", undefined, STREAMER_KEY],
      ["post", "/api/chat", 410, "", message],
      ["post", "/api/chat/bans", 201, "", '{"publicId":"somebody","seconds":60}', STREAMER_KEY],
      ["post", "/api/chat/bans", 400, "", "{}", STREAMER_KEY],
      ["get", "/api/chat/bans", 200, "", undefined, STREAMER_KEY],
      ["get", "/api/chat/bans", 403, "", undefined, "wrong"],
      ["delete", "/api/chat/bans/{viewer}", 404, "nobody", undefined, STREAMER_KEY],
      ["delete", "/api/chat", 401],
    ];
    for (const [method, path, status, id = "", body, key] of asked) {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
      const answer = await show.app.request(path.replace(/\{\w+\}/, id), {
        method: method.toUpperCase(),
        headers,
        ...(body ? { body } : {}),
      });
      assert.equal(answer.status, status, `${method} ${path}`);
      const checked = schemaOf(document, method, path, answer).safeParse(await answer.json());
      assert.ok(checked.success, `${method} ${path}: ${checked.error?.message}`);
    }
  });
  it("is true of the answers of the streamer's show", async () => {
    const { desk } = openDesk({ kind: "ended" }, Date.now);
    const show = openShow({ desk });
    const document = await read(show);
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const asked: [method: string, status: number, body?: object | undefined, key?: string][] = [
      ["get", 200],
      ["get", 401, undefined, ""],
      ["put", 200, { startsAt: later, startsByItself: true }],
      ["put", 200, { state: "on_air", title: "Evening", description: "A talk" }],
      ["put", 200, { state: "paused", backAt: later }],
      ["put", 409, { startsAt: later }],
      ["put", 200, { state: "ended" }],
      ["put", 400, { state: "live" }],
      ["put", 403, {}, "wrong"],
      ["put", 413, { title: "x".repeat(100_000) }],
      ["get", 200],
    ];
    const path = "/api/studio/show";
    for (const [method, status, body, key = STREAMER_KEY] of asked) {
      const answer = await show.app.request(path, {
        method: method.toUpperCase(),
        headers: key === "" ? {} : { authorization: `Bearer ${key}` },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      assert.equal(answer.status, status, `${method} ${JSON.stringify(body)}`);
      const checked = schemaOf(document, method, path, answer).safeParse(await answer.json());
      assert.ok(checked.success, `${method} ${JSON.stringify(body)}: ${checked.error?.message}`);
    }
    assert.deepEqual(Object.keys(document.paths[path]!), ["get", "put"]);
  });
  it("leaves out no door below /api, and invents none", async () => {
    const show = openShow({ chat: aChat() });
    const described = Object.entries((await read(show)).paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`)
    );
    const doors = show.app.routes.filter(({ path, method }) => path.startsWith("/api/") && method !== "ALL" && path !== "/api/openapi.json")
      .map(({ path, method }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
    assert.deepEqual(described.sort(), [...new Set(doors)].sort());
  });
  it("says who may ask, what may stand beside the address, and what every operation is called", async () => {
    const { show } = openDonations({ chat: aChat() });
    const document = await (await show.get("/api/openapi.json")).json();
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, Record<string, unknown>>).map(([method, operation]) => ({ path, method, ...operation }))
    ) as {
      path: string;
      method: string;
      operationId: string;
      security?: object[];
      requestBody?: { required: boolean };
      parameters?: { name: string; in: string; required: boolean }[];
    }[];
    const ids = operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every((id) => /^[a-z][A-Za-z]+$/.test(id)), ids.join());
    const streamers = operations.filter(({ security }) => JSON.stringify(security) === '[{"streamer":[]}]').map(({ operationId }) =>
      operationId
    );
    assert.deepEqual(streamers.sort(), [
      "allowHeld",
      "ban",
      "changeChatRules",
      "clearChat",
      "deleteMessage",
      "listBans",
      "listDonations",
      "listHeld",
      "listViewers",
      "pinMessage",
      "pinViewer",
      "putOutViewer",
      "readmitViewer",
      "refuseHeld",
      "removeGoal",
      "setGoal",
      "setHeldWords",
      "testDonation",
      "unban",
      "unpinMessage",
    ]);
    assert.deepEqual(document.components.securitySchemes.streamer.scheme, "bearer");
    const beside = operations.flatMap(({ operationId, parameters = [] }) =>
      parameters.filter((each) => each.in !== "path").map((each) => `${operationId} ${each.in} ${each.name}`)
    );
    assert.deepEqual(beside.sort(), [
      "donate header Idempotency-Key",
      "hearStripe header Stripe-Signature",
      "putOutViewer query seconds",
      "readChat query after",
      "readNews query after",
    ]);
    const required = operations.filter(({ requestBody }) => requestBody?.required).map(({ operationId }) => operationId);
    assert.deepEqual(required.sort(), ["ban", "donate", "hearKofi", "hearStripe", "pinMessage", "say", "setGoal", "setHeldWords"]);
    for (const { method, requestBody } of operations) if (method === "post") assert.ok(requestBody);
  });
  it("would be caught if it were wrong", async () => {
    const show = openShow();
    show.publishSegments(1);
    const answer = await show.get("/api/stream");
    const schema = schemaOf(await read(show), "get", "/api/stream", answer);
    const { uptimeSeconds: _, ...lacking } = await answer.json();
    assert.equal(schema.safeParse(lacking).success, false);
    assert.equal(schema.safeParse({ ...lacking, uptimeSeconds: "5" }).success, false);
  });
});
