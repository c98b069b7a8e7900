import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createChatRoom } from "../../../../routes/chat/room.ts";
import type { ChatMessage } from "../../../../routes/chat/schemas.ts";
import { createMemoryStore } from "../../../../routes/chat/store.ts";
import { addOwn, catchUp, type ChatLog, EMPTY_LOG, hearChat } from "../../../../static/watch/chat/log.ts";
import type { ServerEvent } from "../../../../static/shared/server_event.ts";

function message(number: number, change: Partial<ChatMessage> = {}): ChatMessage {
  return {
    number,
    at: new Date(number).toISOString(),
    publicId: "anna",
    name: "Anna",
    hue: 1,
    badge: null,
    text: `${number}`,
    key: `k${number}`,
    ...change,
  };
}

const said = (number: number, change: Partial<ChatMessage> = {}): ServerEvent => ({ type: "chat", ...message(number, change) });
const connected = { type: "state", stream: {}, viewer: {} } as unknown as ServerEvent;
const rules = { slowSeconds: 0, links: false };
const answer = (numbers: number[], more: Partial<Parameters<typeof catchUp>[1]> = {}) => ({
  messages: numbers.map((number) => message(number)),
  deleted: [],
  clearedThrough: 0,
  pinned: null,
  last: numbers.at(-1) ?? 0,
  hasMore: false,
  rules,
  ...more,
});
const numbers = (log: ChatLog) => log.messages.map(({ number }) => number);

describe("the page's chat", () => {
  it("what is told while the answer is on its way is neither lost nor doubled", () => {
    let log = hearChat(EMPTY_LOG, connected);
    log = hearChat(log, said(7));
    log = hearChat(log, said(8));
    assert.deepEqual([log.known, log.isCaughtUp], [null, false]);
    log = catchUp(log, answer([5, 6, 7]));
    assert.deepEqual([numbers(log), log.known, log.isCaughtUp], [[5, 6, 7, 8], 8, true]);
    assert.equal(hearChat(log, said(9)).known, 9);
  });
  it("a connection that was away asks from where it stood, whatever came since", () => {
    let log = catchUp(EMPTY_LOG, answer([5]));
    log = hearChat(log, connected);
    log = hearChat(log, said(9));
    log = addOwn(log, message(10));
    assert.equal(log.known, 5);
    log = catchUp(log, answer([6, 7], { hasMore: true, last: 7 }));
    assert.deepEqual([log.known, log.isCaughtUp], [7, false]);
    log = catchUp(log, answer([8, 9], { last: 9 }));
    assert.deepEqual([numbers(log), log.known], [[5, 6, 7, 8, 9, 10], 10]);
  });
  it("what was deleted is not brought back by an answer that is older", () => {
    let log = hearChat(EMPTY_LOG, said(5));
    log = hearChat(log, { type: "chat_deleted", number: 9, deleted: [5, 6] });
    log = catchUp(log, answer([4, 5, 6, 7]));
    assert.deepEqual(numbers(log), [4, 7]);
    log = hearChat(log, { type: "chat_cleared", number: 10 });
    log = catchUp(log, answer([4, 7, 11]));
    assert.deepEqual(numbers(log), [11]);
  });
  it("what was deleted or cleared while the page was away goes", () => {
    const log = catchUp(EMPTY_LOG, answer([4, 5, 6]));
    assert.deepEqual(numbers(catchUp(log, answer([], { deleted: [5], last: 8 }))), [4, 6]);
    assert.deepEqual(numbers(catchUp(log, answer([], { clearedThrough: 5, last: 8 }))), [6]);
  });
  it("a message that got a second number, its server killed before it wrote the first, is one message", () => {
    let log = catchUp(EMPTY_LOG, answer([4]));
    log = hearChat(log, said(5, { key: "once" }));
    log = hearChat(log, said(9, { key: "once" }));
    log = hearChat(log, said(10, { key: "once", publicId: "bert" }));
    assert.deepEqual(numbers(log), [4, 9, 10]);
  });
  it("what is pinned stands until it is another, deleted or cleared, and an older answer does not bring the last one back", () => {
    const pin = (number: number, pinned: ChatMessage | null): ServerEvent => ({ type: "chat_pinned", number, pinned });
    const pinned = (log: ChatLog) => log.pinned?.number ?? null;
    let log = catchUp(EMPTY_LOG, answer([4, 5], { pinned: message(4) }));
    assert.equal(pinned(log), 4);
    log = hearChat(log, pin(6, message(5)));
    assert.deepEqual([pinned(log), log.known], [5, 6]);
    assert.equal(pinned(catchUp(log, answer([4, 5], { pinned: message(4) }))), 5);
    assert.equal(pinned(catchUp(log, answer([7], { pinned: message(7) }))), 7);
    assert.equal(pinned(hearChat(log, { type: "chat_deleted", number: 9, deleted: [5] })), null);
    assert.equal(pinned(hearChat(log, { type: "chat_deleted", number: 9, deleted: [4] })), 5);
    assert.equal(pinned(hearChat(log, { type: "chat_cleared", number: 9 })), null);
    assert.equal(pinned(hearChat(log, pin(9, null))), null);
  });
  it("keeps the last 500", () => {
    let log = EMPTY_LOG;
    for (let number = 1; number <= 600; number++) log = hearChat(log, said(number));
    assert.deepEqual([log.messages.length, log.messages[0]!.number], [500, 101]);
  });
  it("takes new rules, and leaves all else alone", () => {
    const log = hearChat(EMPTY_LOG, { type: "chat_rules", slowSeconds: 5, links: true });
    assert.deepEqual(log.rules, { slowSeconds: 5, links: true });
    assert.equal(hearChat(log, { type: "motion", score: 5, moving: false }), log);
  });
  it("sees what the server sees after any cuts of the connection", async () => {
    const clock = { ms: 1_700_000_000_000 };
    const room = createChatRoom({
      store: createMemoryStore(),
      rules,
      isDonor: () => false,
      limits: { may: () => true },
      now: () => clock.ms,
    });
    let random = 7;
    const chance = (share: number) => (random = (random * 48271) % 0x7fffffff) / 0x7fffffff < share;
    let log = EMPTY_LOG;
    let isConnected = false;
    room.subscribe((event) => {
      if (isConnected) log = hearChat(log, event as unknown as ServerEvent);
    });
    for (let step = 0; step < 2000; step++) {
      clock.ms += 700;
      await room.say({ publicId: `p${step % 50}`, address: `${step % 50}`, name: "x", text: `${step}`, key: null, isStreamer: true });
      if (chance(0.05)) room.delete(room.read(null).messages.at(-3)?.number ?? 0);
      if (chance(0.002)) room.clear();
      if (chance(0.1)) isConnected = !isConnected;
      if (isConnected) {
        if (!log.isCaughtUp || chance(0.1)) log = hearChat(log, connected);
        while (!log.isCaughtUp) log = catchUp(log, room.read(log.known));
        const shown = log.messages.slice(-200);
        assert.deepEqual(shown, room.read(null).messages.slice(-shown.length), `step ${step}`);
      } else log = hearChat(log, connected);
    }
  });
});
