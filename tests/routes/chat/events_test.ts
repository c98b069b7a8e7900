import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { EVENT } from "../../../routes/schemas.ts";
import { waitFor } from "../../fixtures/condition.ts";
import { openListeningPages } from "../listening_pages.ts";
import { openShow, STREAMER_KEY } from "../show.ts";
import { aChat } from "./a_chat.ts";

const LIMIT_MS = 5000;

describe("the chat's events", () => {
  it("reach every page once, in order, as the API describes them, and never with a viewer's own id", async () => {
    const show = openShow({ chat: aChat() });
    await using listening = await openListeningPages(show, 30);
    const { base, pages } = listening;
    const ask = async (method: string, path: string, body?: unknown) => {
      const headers = method === "POST" ? {} : { authorization: `Bearer ${STREAMER_KEY}` };
      const answer = await fetch(base + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      return answer.status === 204 ? null : await answer.json();
    };
    for (const [at, { viewer }] of pages.slice(0, 10).entries()) await ask("POST", "/api/chat", { viewer, name: "x", text: `${at}` });
    const { number } = await ask("POST", "/api/chat", { viewer: pages[20]!.viewer, name: "x", text: "rude" });
    await ask("DELETE", `/api/chat/messages/${number}`);
    await ask("PATCH", "/api/chat", { slowSeconds: 3 });
    await ask("DELETE", "/api/chat");
    const chatOf = (heard: readonly string[]) => heard.filter((text) => text.startsWith('{"type":"chat'));
    for (const { heard } of pages) await waitFor("the last event", LIMIT_MS, () => chatOf(heard).length === 14, 2);
    const [first] = pages;
    for (const { viewer, heard } of pages) {
      assert.deepEqual(chatOf(heard), chatOf(first!.heard));
      for (const { viewer: other } of pages) assert.equal(chatOf(heard).some((text) => text.includes(other)), false, viewer);
    }
    const events = chatOf(first!.heard).map((text) => EVENT.parse(JSON.parse(text)));
    assert.deepEqual(events.map(({ type }) => type), [
      ...Array.from({ length: 11 }, () => "chat"),
      "chat_deleted",
      "chat_rules",
      "chat_cleared",
    ]);
    assert.deepEqual(
      events.slice(0, 10).map((event) => event.type === "chat" && event.text),
      Array.from({ length: 10 }, (_, at) => `${at}`),
    );
  });
});
