import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createWordFinder } from "../../../routes/chat/held_words.ts";
import { openChatStore } from "../../../routes/chat/store.ts";
import { openShow, STREAMER_KEY } from "../show.ts";
import { aChat } from "./a_chat.ts";

const STREAMER = { authorization: `Bearer ${STREAMER_KEY}` };

describe("words that are held", () => {
  const cases: [words: string[], text: string, isHeld: boolean][] = [
    [["spam"], "buy SPAM now", true],
    [["Spam"], "ｓｐａｍ", true],
    [["spam"], "s\u200bp\u00ada\u2060m", true],
    [["ass"], "a glass of water", false],
    [["ass"], "ass!", true],
    [["ass"], "ASS", true],
    [["free  money"], "Free money?", true],
    [["c++ is"], "C++ is", true],
    [[".*"], "anything", false],
    [[".*"], "a .* b", true],
    [["(["], "a ([ b", true],
    [["笨蛋"], "你這笨蛋啊", true],
    [["ばか"], "このばかもの", true],
    [["e\u0301cole"], "\u00c9COLE", true],
    [["x.com"], "see x.com/abc", true],
    [["x.com"], "xacom", false],
    [["\u200b"], "anything", false],
    [[], "anything", false],
  ];
  for (const [words, text, isHeld] of cases) {
    it(`${JSON.stringify(words)} ${isHeld ? "hold" : "do not hold"} ${JSON.stringify(text)}`, () =>
      assert.equal(createWordFinder(words)(text), isHeld));
  }

  it("whatever they are, are found where they stand alone, and break nothing", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), fc.string({ unit: "grapheme" }), (word, text) => {
      const isHeld = createWordFinder([word]);
      isHeld(text);
      const folded = word.normalize("NFKC").toLowerCase().replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "").trim();
      if (folded !== "") assert.equal(isHeld(`… ${word} …`), true);
    }));
  });
});

async function open(o: Parameters<typeof aChat>[0] = {}) {
  const show = openShow({ chat: aChat(o) });
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = STREAMER) => {
    const answer = await show.app.request(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, json: text === "" ? null : JSON.parse(text) };
  };
  const viewer = await show.join();
  const say = (text: string, key: string, headers = {}) => ask("POST", "/api/chat", { viewer, name: "Anna", text, key }, headers);
  const texts = async () => (await ask("GET", "/api/chat")).json.messages.map(({ text }: { text: string }) => text);
  return { show, ask, say, texts, viewer };
}

describe("a line that waits for a look", () => {
  it("is shown to nobody before somebody says yes, and then once, to everybody", async () => {
    const { ask, say, texts } = await open();
    assert.deepEqual((await ask("PUT", "/api/chat/words", { words: ["spam", " spam "] })).json, { words: ["spam"] });
    const said = await say("no spam here", "k1");
    assert.deepEqual([said.status, said.json], [202, { held: true }]);
    assert.equal((await say("no spam here", "k1")).status, 202);
    assert.deepEqual(await texts(), []);
    const { held, words } = (await ask("GET", "/api/chat/held")).json;
    assert.deepEqual([held.map(({ name, text }: Record<string, string>) => [name, text]), words], [[["Anna", "no spam here"]], ["spam"]]);
    const allowed = await ask("POST", `/api/chat/held/${held[0].id}`);
    assert.deepEqual([allowed.status, allowed.json.text, allowed.json.key], [201, "no spam here", "k1"]);
    assert.equal((await ask("POST", `/api/chat/held/${held[0].id}`)).json.kind, "unknown_message");
    assert.equal((await say("no spam here", "k1")).status, 200);
    assert.deepEqual(await texts(), ["no spam here"]);
  });

  it("is gone when it is refused, and its sender is told so", async () => {
    const { ask, say, texts } = await open();
    await ask("PUT", "/api/chat/words", { words: ["spam"] });
    await say("spam", "k1");
    const [{ id }] = (await ask("GET", "/api/chat/held")).json.held;
    assert.equal((await ask("DELETE", `/api/chat/held/${id}`)).status, 204);
    assert.equal((await ask("DELETE", `/api/chat/held/${id}`)).status, 404);
    assert.equal((await say("spam", "k1")).json.kind, "message_deleted");
    assert.deepEqual([await texts(), (await ask("GET", "/api/chat/held")).json.held], [[], []]);
  });

  it("goes with its sender who is banned, waits under slow mode as others do, and is never the streamer's", async () => {
    const { show, ask, say, texts } = await open({ rules: { slowSeconds: 10 } });
    await ask("PUT", "/api/chat/words", { words: ["spam"] });
    assert.equal((await say("spam", "k1")).status, 202);
    assert.equal((await say("more spam", "k2")).status, 429);
    show.advance(11_000);
    const [{ publicId }] = (await ask("GET", "/api/chat/held")).json.held;
    assert.equal((await say("this is spam", "k3", STREAMER)).status, 201);
    await ask("POST", "/api/chat/bans", { publicId, seconds: 60 });
    assert.deepEqual((await ask("GET", "/api/chat/held")).json.held, []);
    assert.deepEqual(await texts(), []);
  });

  it("is for the streamer's and moderators' eyes only", async () => {
    const { ask } = await open();
    for (const [method, path] of [["GET", "held"], ["POST", "held/1"], ["DELETE", "held/1"], ["PUT", "words"]] as const) {
      assert.equal((await ask(method, `/api/chat/${path}`, undefined, {})).status, 401);
    }
    const bad = [{ words: ["x".repeat(41)] }, { words: [""] }, { words: ["a\x07"] }, { words: Array(201).fill("x") }, { words: "x" }, {}];
    for (const body of bad) assert.equal((await ask("PUT", "/api/chat/words", body)).json.kind, "bad_body", JSON.stringify(body));
  });
});

describe("a pinned message", () => {
  it("stands above all others for whoever comes, is told to whoever is there, and goes when it is deleted", async () => {
    const { ask, say, show } = await open();
    const told: Record<string, unknown>[] = [];
    const socket = { readyState: 1, bufferedAmount: 0, send: (text: string) => told.push(JSON.parse(text)), close() {} };
    show.hub.join(socket as unknown as Parameters<typeof show.hub.join>[0], "somebody");
    const { number } = (await say("at nine we begin", "k1")).json;
    const pinned = await ask("PUT", "/api/chat/pinned", { number });
    assert.deepEqual([pinned.status, pinned.json.text], [200, "at nine we begin"]);
    assert.equal((await ask("GET", "/api/chat")).json.pinned.text, "at nine we begin");
    assert.deepEqual(told.filter(({ type }) => type === "chat_pinned").map(({ pinned }) => (pinned as { text: string }).text), [
      "at nine we begin",
    ]);
    assert.equal((await ask("PUT", "/api/chat/pinned", { number: 7 })).json.kind, "unknown_message");
    await ask("DELETE", `/api/chat/messages/${number}`);
    assert.equal((await ask("GET", "/api/chat")).json.pinned, null);
    assert.equal((await ask("PUT", "/api/chat/pinned", { number })).status, 404);
    assert.equal((await ask("DELETE", "/api/chat/pinned", undefined, {})).status, 401);
  });

  it("is unpinned, and outlives a restart", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const openStore = () => openChatStore({ path: `${folder}/chat.sqlite`, nowMs: 0, log() {} }).store;
      let store = openStore();
      const { ask, say } = await open({ store });
      const { number } = (await say("hello", "k1")).json;
      await ask("PUT", "/api/chat/pinned", { number });
      store.close();
      store = openStore();
      const again = await open({ store });
      assert.equal((await again.ask("GET", "/api/chat")).json.pinned.text, "hello");
      assert.equal((await again.ask("DELETE", "/api/chat/pinned")).status, 204);
      assert.equal((await again.ask("GET", "/api/chat")).json.pinned, null);
      store.close();
      store = openStore();
      assert.equal(store.stored.pinned, null);
      store.close();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
