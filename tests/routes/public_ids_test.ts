import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createDonors } from "../../media/audience/donors.ts";
import { createMemoryStore } from "../../routes/donations/store.ts";
import { waitFor } from "../fixtures/condition.ts";
import { aChat } from "./chat/a_chat.ts";
import { aBook } from "./donations/open_donations.ts";
import { openListeningPages } from "./listening_pages.ts";
import { openShow, STREAMER_KEY } from "./show.ts";

const LIMIT_MS = 5000;
const SETTINGS = { currency: "USD", link: null, kofiToken: null, stripeSecret: null };

describe("a viewer's own id, which is in its addresses", () => {
  it("is told to nobody else: not by events, chat, donations or bans, nor by what anybody may ask for", async () => {
    const store = createMemoryStore();
    const show = openShow({
      chat: aChat(),
      donations: (now) => ({ settings: SETTINGS, store, donors: createDonors({ now }), book: aBook({ settings: SETTINGS, store, now }) }),
    });
    await using listening = await openListeningPages(show, 4);
    const { base, pages } = listening;
    const ask = async (method: string, path: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${STREAMER_KEY}` };
      const answer = await fetch(base + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      return { status: answer.status, text: await answer.text() };
    };
    show.publishSegments(1);
    const answers: string[] = [];
    for (const { viewer } of pages) {
      const said = await ask("POST", "/api/chat", { viewer, name: "x", text: "hello" });
      const given = await ask("POST", `/api/viewers/${viewer}/donations`, { amount: "5" });
      const wished = await ask("PATCH", `/api/viewers/${viewer}`, { quality: "lq" });
      assert.deepEqual([said.status, given.status, wished.status], [201, 201, 200]);
      answers.push(said.text, given.text);
    }
    const { publicId } = JSON.parse(answers[0]!);
    answers.push((await ask("POST", "/api/chat/bans", { publicId, seconds: 60 })).text);
    for (
      const path of ["/api/chat", "/api/chat?after=1", "/api/chat/bans", "/api/stream", "/metrics", "/live.m3u8", "/api/openapi.json"]
    ) {
      const { status, text } = await ask("GET", path);
      assert.equal(status, 200, path);
      answers.push(text);
    }
    for (const { heard } of pages) {
      await waitFor("four donations", LIMIT_MS, () => heard.filter((text) => text.includes('"type":"donation"')).length === 4, 2);
      await waitFor("its own choice", LIMIT_MS, () => heard.some((text) => text.startsWith('{"type":"choice"')), 2);
      await waitFor("the deletion", LIMIT_MS, () => heard.some((text) => text.startsWith('{"type":"chat_deleted"')), 2);
    }
    for (const { viewer, heard } of pages) {
      assert.deepEqual(answers.filter((text) => text.includes(viewer)), []);
      for (const { heard: others } of pages.filter((each) => each.viewer !== viewer)) {
        assert.deepEqual(others.filter((text) => text.includes(viewer)), []);
      }
      assert.deepEqual(heard.filter((text) => text.includes(viewer)).map((text) => JSON.parse(text).type), ["state"]);
    }
  });
});
