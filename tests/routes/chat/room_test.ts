import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { EventMessage } from "../../../routes/event_hub.ts";
import type { ChatRoom, SayOutcome } from "../../../routes/chat/room.ts";
import type { Said } from "../../../routes/chat/said.ts";
import type { ChatMessage } from "../../../routes/chat/schemas.ts";
import { openChatStore } from "../../../routes/chat/store.ts";
import { aChat } from "./a_chat.ts";

const START_MS = 1_700_000_000_000;
const DAY_MS = 24 * 3600 * 1000;

function begin(o: Parameters<typeof aChat>[0] = {}) {
  const clock = { ms: START_MS };
  const room = aChat(o)(() => clock.ms);
  const events: EventMessage[] = [];
  room.subscribe((event) => events.push(event));
  return { room, clock, events, say: talker(room) };
}

function talker(room: ChatRoom) {
  return (publicId: string, text: string, more: Partial<Said> = {}): Promise<SayOutcome> =>
    room.say({ publicId, address: `10.0.0.${publicId.length}`, name: publicId, text, key: null, isStreamer: false, ...more });
}

async function said(saying: Promise<SayOutcome>): Promise<ChatMessage> {
  const outcome = await saying;
  assert.equal(outcome.kind, "said", JSON.stringify(outcome));
  return (outcome as SayOutcome & { kind: "said" }).message;
}

async function inFolder(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/chat.sqlite`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text);

describe("the chat", () => {
  it("tells a message at once to all who listen, before it is on disk", () => {
    const never = {
      stored: { messages: [], bans: [], clearedThrough: 0, pinned: null },
      save: () => new Promise<void>(() => {}),
      close() {},
    };
    const { events, say } = begin({ store: never });
    void say("anna", "hello");
    assert.deepEqual(events.map(({ type, text, publicId }) => [type, text, publicId]), [["chat", "hello", "anna"]]);
  });
  it("numbers rise and never repeat, whatever the clock does", async () => {
    const { clock, say } = begin();
    const first = await said(say("anna", "a"));
    clock.ms -= 60_000;
    const second = await said(say("anna", "b"));
    clock.ms += 120_000;
    const third = await said(say("anna", "c"));
    assert.ok(first.number < second.number && second.number < third.number);
  });
  it("gives the same viewer the same colour, and viewers different ones", async () => {
    const { say } = begin();
    const [a, b, c] = [await said(say("anna", "1")), await said(say("anna", "2")), await said(say("bert", "3"))];
    assert.equal(a.hue, b.hue);
    assert.notEqual(a.hue, c.hue);
  });
  it("the same key again is the same message; another viewer's same key is another", async () => {
    const { room, events, say } = begin();
    const first = await said(say("anna", "once", { key: "k" }));
    const again = await say("anna", "once", { key: "k" });
    assert.deepEqual(again, { kind: "said", message: first, isNew: false });
    await said(say("bert", "once", { key: "k" }));
    assert.equal(events.length, 2);
    assert.equal(room.read(null).messages.length, 2);
  });
  it("gives the last 200, and after a number what followed, in pages, without loss or doubles", async () => {
    const { room, clock, say } = begin();
    for (let at = 0; at < 450; at++) {
      clock.ms += 1000;
      await said(say("anna", `${at}`));
    }
    const entry = room.read(null);
    assert.deepEqual([entry.messages.length, entry.messages[0]!.text, entry.hasMore], [200, "250", false]);
    const caught: string[] = [];
    let after = room.read(1).messages[9]!.number;
    for (;;) {
      const page = room.read(after);
      caught.push(...texts(page.messages));
      after = page.last;
      if (!page.hasMore) break;
    }
    assert.deepEqual(caught, Array.from({ length: 440 }, (_, at) => `${at + 10}`));
    assert.equal(after, entry.last);
    assert.deepEqual(room.read(after).messages, []);
  });
  it("who was away learns what was deleted meanwhile, and that all was cleared", async () => {
    const { room, clock, events, say } = begin();
    const [a, b] = [await said(say("anna", "a")), await said(say("bert", "b"))];
    const { last } = room.read(null);
    clock.ms += 1000;
    await said(say("carl", "c"));
    assert.deepEqual(room.delete(a.number), [a.number]);
    assert.deepEqual(room.delete(a.number), []);
    const away = room.read(last);
    assert.deepEqual([texts(away.messages), away.deleted, away.clearedThrough], [["c"], [a.number], 0]);
    assert.deepEqual(room.read(away.last).deleted, []);
    assert.deepEqual(texts(room.read(null).messages), ["b", "c"]);
    room.clear();
    const cleared = room.read(away.last);
    assert.ok(cleared.clearedThrough >= b.number && cleared.last === cleared.clearedThrough);
    assert.deepEqual(cleared.messages, []);
    assert.deepEqual(events.map(({ type }) => type), ["chat", "chat", "chat", "chat_deleted", "chat_cleared"]);
  });
  it("a deleted message does not come back with its sender's retry", async () => {
    const { room, say } = begin();
    const message = await said(say("anna", "oops", { key: "k" }));
    room.delete(message.number);
    assert.deepEqual(await say("anna", "oops", { key: "k" }), { kind: "deleted" });
    assert.equal(JSON.stringify(room.read(1)).includes("oops"), false);
  });
  it("forgets what is older than a week, and all but the last 5000", async () => {
    const { room, clock, say } = begin();
    await said(say("anna", "old"));
    clock.ms += 7 * DAY_MS;
    await said(say("anna", "new"));
    assert.deepEqual(texts(room.read(null).messages), ["old", "new"]);
    clock.ms += 1;
    assert.deepEqual(texts(room.read(null).messages), ["new"]);
    for (let at = 0; at < 5000; at++) {
      clock.ms += 1000;
      await said(say("anna", `${at}`));
    }
    assert.equal(room.read(1).messages[0]!.text, "0");
  });

  it("refuses a viewer's 20 messages a second, and lets it speak again soon", async () => {
    const { clock, say } = begin();
    const kinds = [];
    for (let at = 0; at < 20; at++) {
      kinds.push((await say("anna", `${at}`)).kind);
      clock.ms += 50;
    }
    assert.equal(kinds.filter((kind) => kind === "too_fast").length, 15);
    clock.ms += 1000;
    await said(say("anna", "sorry"));
  });
  it("refuses them too when they come from many viewers of one address", async () => {
    const { clock, say } = begin();
    const kinds = [];
    for (let at = 0; at < 100; at++) {
      kinds.push((await say(`viewer ${at}`, "hi", { address: "10.0.0.1" })).kind);
      clock.ms += 10;
    }
    assert.ok(kinds.filter((kind) => kind === "said").length <= 28, String(kinds));
    await said(say("elsewhere", "hi", { address: "10.0.0.2" }));
  });
  it("slow mode lasts as long as it lasts, whoever sets the clock", async () => {
    let ms = 0;
    const { clock, say } = begin({ rules: { slowSeconds: 10 }, monotonic: () => ms });
    await said(say("anna", "one"));
    for (const stepMs of [-3_600_000, 7_200_000]) {
      clock.ms += stepMs;
      ms += 1000;
      assert.deepEqual(await say("anna", "too soon"), { kind: "too_fast", retryAfterSeconds: 9, isSlowMode: true });
      ms += 9000;
      await said(say("anna", `after ${stepMs}`));
    }
  });
  it("slow mode makes each viewer wait, and says how long; not the streamer, and nobody when it ends", async () => {
    const { room, clock, events, say } = begin({ rules: { slowSeconds: 10 } });
    await said(say("anna", "one"));
    clock.ms += 3500;
    assert.deepEqual(await say("anna", "two"), { kind: "too_fast", retryAfterSeconds: 7, isSlowMode: true });
    await said(say("bert", "one"));
    await said(say("anna", "two", { isStreamer: true }));
    room.setRules({ slowSeconds: 0 });
    await said(say("anna", "three"));
    assert.deepEqual(events.at(-2), { type: "chat_rules", slowSeconds: 0, links: false });
  });
  it("bans a viewer with its address, deletes what it said, and lets it back", async () => {
    const { room, events, say } = begin();
    const bad = await said(say("eve", "spam"));
    await said(say("anna", "hi"));
    const ban = room.ban({ publicId: "eve", seconds: null, withAddress: true });
    assert.deepEqual(ban, { publicId: "eve", name: "eve", address: "10.0.0.3", until: null });
    assert.deepEqual(events.at(-1)!.deleted, [bad.number]);
    assert.deepEqual(await say("eve", "again"), { kind: "banned", untilMs: null });
    assert.deepEqual((await say("eve's other tab", "again", { address: "10.0.0.3" })).kind, "banned");
    await said(say("anna", "good"));
    assert.deepEqual(room.bans(), [ban]);
    assert.equal(room.unban("eve"), true);
    assert.equal(room.unban("eve"), false);
    await said(say("eve", "sorry"));
  });
  it("a time out ends by itself, and is for the viewer alone unless it is said otherwise", async () => {
    const { room, clock, say } = begin();
    await said(say("eve", "spam"));
    room.ban({ publicId: "eve", seconds: 60, withAddress: false });
    assert.deepEqual(await say("eve", "more"), { kind: "banned", untilMs: START_MS + 60_000 });
    await said(say("bob", "hi", { address: "10.0.0.3" }));
    clock.ms += 60_000;
    await said(say("eve", "back"));
    assert.deepEqual(room.bans(), []);
  });
  it("shows a donor's badge, and the streamer's", async () => {
    const { say } = begin({ isDonor: (publicId) => publicId === "rich" });
    const badges = [await said(say("rich", "1")), await said(say("anna", "2")), await said(say("rich", "3", { isStreamer: true }))];
    assert.deepEqual(badges.map(({ badge }) => badge), ["donor", null, "streamer"]);
  });

  it("survives the end of the server: messages, deletions, bans, keys", () =>
    inFolder(async (path) => {
      const open = (ms: number) => openChatStore({ path, nowMs: ms, log: assert.fail }).store;
      const first = begin({ store: open(0) });
      const kept = await said(first.say("anna", "kept", { key: "k" }));
      const gone = await said(first.say("bert", "gone"));
      await said(first.say("eve", "spam"));
      const { last } = first.room.read(null);
      first.room.delete(gone.number);
      first.room.ban({ publicId: "eve", seconds: null, withAddress: true });
      first.room.close();

      const second = begin({ store: open(1) });
      assert.deepEqual(second.room.read(null).messages, [kept]);
      assert.ok(second.room.read(last).deleted.includes(gone.number));
      assert.deepEqual(await second.say("anna", "kept", { key: "k" }), { kind: "said", message: kept, isNew: false });
      assert.equal((await second.say("eve", "more")).kind, "banned");
      assert.ok((await said(second.say("anna", "next"))).number > second.room.read(last).deleted.at(-1)!);
      second.room.close();
    }));
  it("is a chat also where its file is lost: numbers go on where pages are", async () => {
    const first = begin();
    const { number } = await said(first.say("anna", "before"));
    const second = begin();
    second.clock.ms += 1;
    const next = await said(second.say("anna", "after"));
    assert.ok(next.number > number);
    assert.deepEqual(texts(second.room.read(number).messages), ["after"]);
  });
});
