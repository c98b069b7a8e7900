import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { type ChatRoom, createChatRoom } from "../../../routes/chat/room.ts";
import { createChatWire } from "../../../routes/chat/shared.ts";
import { createMemoryStore } from "../../../routes/chat/store.ts";

/** One log for all boxes, which numbers as an engine does. Everybody hears a little later than it was told. */
function createHub() {
  const notes: { number: number; text: string }[] = [];
  const listeners: ((note: { number: number; text: string }) => void)[] = [];
  const hub = {
    notes,
    isAway: false,
    nowMs: 1000,
    async share(text: string, { floor }: { floor: number }) {
      await null;
      if (hub.isAway) throw new Error("away");
      const note = { number: Math.max(hub.nowMs, floor + 1, (notes.at(-1)?.number ?? 0) + 1), text };
      notes.push(note);
      setImmediate(() => listeners.forEach((listener) => listener(note)));
      return note.number;
    },
    open(): ChatRoom {
      const waiting: string[] = [];
      const tellAll = () => waiting.splice(0).forEach((text) => void hub.share(text, { floor: 0 }).catch(() => waiting.push(text)));
      const chat = createChatRoom({
        store: createMemoryStore(),
        rules: { slowSeconds: 0, links: false },
        isDonor: () => false,
        limits: { may: () => true },
        now: () => hub.nowMs,
        monotonic: () => hub.nowMs,
        wire: createChatWire({
          share: hub.share,
          tell(text) {
            waiting.push(text);
            tellAll();
          },
          hear: (listener) => {
            for (const note of notes) listener(note);
            listeners.push(listener);
          },
        }),
      });
      return chat;
    },
  };
  return hub;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const said = (text: string, o: { publicId?: string; key?: string } = {}) => ({
  publicId: o.publicId ?? "anna",
  address: "10.1.2.3",
  name: "Anna",
  text,
  key: o.key ?? null,
  isStreamer: false,
});
const textsOf = (chat: ChatRoom) => chat.read(null).messages.map(({ text }) => text);

describe("a chat on several boxes", () => {
  it("is the same everywhere: what was said, under which number, what is gone, who may not", async () => {
    const hub = createHub();
    const [a, b] = [hub.open(), hub.open()];
    const heard: unknown[] = [];
    b.subscribe((message) => heard.push(message.type));
    await a.say(said("one"));
    await b.say(said("two", { publicId: "ben" }));
    await a.say(said("three"));
    await settle();
    assert.deepEqual(a.read(null), b.read(null));
    assert.deepEqual(textsOf(b), ["one", "two", "three"]);
    const [first] = a.read(null).messages;
    assert.deepEqual(a.delete(first!.number), [first!.number]);
    a.setRules({ slowSeconds: 5 });
    a.ban({ publicId: "ben", seconds: 60, withAddress: true });
    await settle();
    assert.deepEqual(a.read(null), b.read(null));
    assert.deepEqual([textsOf(b), b.rules.slowSeconds, b.bans()], [["three"], 5, a.bans()]);
    assert.equal((await b.say(said("may I", { publicId: "ben" }))).kind, "banned");
    a.clear();
    assert.equal(a.unban("ben"), true);
    await settle();
    assert.deepEqual([textsOf(b), b.bans()], [[], []]);
    assert.deepEqual(heard, ["chat", "chat", "chat", "chat_deleted", "chat_rules", "chat_deleted", "chat_cleared"]);
  });

  it("is known to a box that comes later", async () => {
    const hub = createHub();
    const a = hub.open();
    await a.say(said("before"));
    a.ban({ publicId: "ben", seconds: null, withAddress: false });
    await settle();
    const late = hub.open();
    assert.deepEqual([late.read(null), late.bans()], [a.read(null), a.bans()]);
  });

  it("has a message once that was sent to two boxes under one key, under one number", async () => {
    const hub = createHub();
    const [a, b] = [hub.open(), hub.open()];
    const [onA, onB] = await Promise.all([a.say(said("hello", { key: "k" })), b.say(said("hello", { key: "k" }))]);
    await settle();
    assert.equal(onA.kind === "said" && onB.kind === "said" && onA.message.number === onB.message.number, true);
    assert.deepEqual([textsOf(a), textsOf(b)], [["hello"], ["hello"]]);
    const again = await b.say(said("hello", { key: "k" }));
    assert.equal(again.kind === "said" && again.isNew, false);
  });

  it("says that it cannot be told where the boxes are apart, and says nothing twice", async () => {
    const hub = createHub();
    const [a, b] = [hub.open(), hub.open()];
    hub.isAway = true;
    assert.equal((await a.say(said("hello", { key: "k" }))).kind, "away");
    assert.deepEqual(textsOf(a), []);
    hub.isAway = false;
    hub.nowMs += 5000;
    assert.equal((await b.say(said("hello", { key: "k" }))).kind, "said");
    await settle();
    assert.deepEqual(textsOf(a), ["hello"]);
  });

  it("holds slow mode for who moves from one box to another", async () => {
    const hub = createHub();
    const [a, b] = [hub.open(), hub.open()];
    a.setRules({ slowSeconds: 10 });
    await a.say(said("one"));
    await settle();
    assert.equal((await b.say(said("two"))).kind, "too_fast");
  });

  it("can be told again, in order, to an engine that has lost it", async () => {
    const hub = createHub();
    const a = hub.open();
    await a.say(said("one"));
    await a.say(said("two", { publicId: "ben" }));
    a.ban({ publicId: "carl", seconds: null, withAddress: false });
    await settle();
    const recalled = a.recall();
    assert.deepEqual(recalled.map(({ number }) => number), [...recalled.map(({ number }) => number)].sort((x, y) => x - y));
    const later = createHub();
    later.notes.push(...recalled.map(({ number, change }) => ({ number, text: JSON.stringify(change) })));
    const b = later.open();
    assert.deepEqual([textsOf(b), b.bans()], [textsOf(a), a.bans()]);
  });

  it("holds a line wherever it was said until somebody has looked at it anywhere, and pins one for all", async () => {
    const hub = createHub();
    const [a, b] = [hub.open(), hub.open()];
    a.setWords(["spoiler"]);
    await settle();
    for (const [key, text] of [["k", "a spoiler"], ["l", "another spoiler"]] as const) {
      assert.equal((await b.say(said(text, { key, publicId: `${key}-anna` }))).kind, "held");
    }
    await settle();
    assert.deepEqual(a.held(), b.held());
    const [first, second] = a.held();
    const allowed = await a.allow(first!.id);
    assert.equal(a.refuse(second!.id), true);
    await settle();
    assert.deepEqual([textsOf(a), textsOf(b), a.held(), b.held()], [["a spoiler"], ["a spoiler"], [], []]);
    assert.equal((await b.say(said("another spoiler", { key: "l", publicId: "l-anna" }))).kind, "deleted");
    assert.equal(a.pin(allowed!.number)?.text, "a spoiler");
    await settle();
    const late = hub.open();
    assert.deepEqual([b.read(null).pinned?.number, late.read(null).pinned?.number], [allowed!.number, allowed!.number]);
    assert.deepEqual([b.words, late.words], [["spoiler"], ["spoiler"]]);
    b.pin(null);
    await settle();
    assert.equal(a.read(null).pinned, null);
  });

  it("leaves what is no change of a chat", () => {
    const hub = createHub();
    for (const text of ["", "{}", "null", '{"kind":"said"}', '{"kind":"cleared","x":1}', '{"kind":"rules","rules":{}}']) {
      hub.notes.push({ number: 1, text });
    }
    assert.deepEqual(textsOf(hub.open()), []);
  });
});
