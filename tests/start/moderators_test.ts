import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";

const ARGS = ["--host", "127.0.0.1", "--source", "test", "--ladder", LIGHT_LADDER, "--room-key", "open sesame"];

describe("a moderator at the doors of the whole server", () => {
  it("of all that the description lists opens what is a moderator's, and is refused the streamer's in words", async () => {
    await using server = await startTercet({ args: ARGS, env: { TERCET_RTMP: "127.0.0.1:0" } });
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    const ask = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
      const answer = await fetch(`${server.baseUrl}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, json: text === "" ? null : JSON.parse(text) };
    };
    const made = await ask("POST", "/api/studio/moderators", { authorization: `Bearer ${key}` }, { name: "Ben", seconds: 600 });
    const [, invite] = made.json.link.split("#invite=");
    const entered = await ask("POST", "/api/studio/session", { origin: server.baseUrl }, { invite });
    const moderator = { cookie: entered.headers.get("set-cookie")!.split(";")[0]!, origin: server.baseUrl };

    const { paths } = (await ask("GET", "/api/openapi.json", moderator)).json;
    const refused: string[] = [];
    const opened: string[] = [];
    for (const [path, methods] of Object.entries(paths)) {
      for (
        const [method, { security, operationId }] of Object.entries(methods as Record<string, { security?: object[]; operationId: string }>)
      ) {
        const proof = JSON.stringify(security ?? []);
        if (!proof.includes('"streamer"') || operationId === "signOut" || operationId === "say") continue;
        const { status, json } = await ask(
          method.toUpperCase(),
          path.replace(/\{\w+\}/g, "1"),
          moderator,
          method === "get" ? undefined : {},
        );
        if (proof === '[{"streamer":[]}]') {
          assert.deepEqual([status, json?.kind], [403, "not_for_moderators"], operationId);
          refused.push(operationId);
        } else {
          assert.ok(status !== 401 && status !== 403, `${operationId}: ${status}`);
          opened.push(operationId);
        }
      }
    }
    for (const door of ["putScene", "listSources", "listPublishers", "setGoal", "readOverlay", "listInvites", "listModerators"]) {
      assert.ok(refused.includes(door), `${door} is not among ${refused.join()}`);
    }
    assert.ok(opened.includes("listViewers") && opened.includes("ban"), opened.join());
    // A room's key is asked of nobody who keeps order in it.
    assert.equal((await ask("GET", "/api/chat", moderator)).status, 200);
    assert.equal((await ask("GET", "/api/chat", {})).status, 401);
  });
});
