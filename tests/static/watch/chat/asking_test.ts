import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { ChatAnswer, ChatMessage } from "../../../../routes/chat/schemas.ts";
import { createAsking } from "../../../../static/watch/chat/asking.ts";
import { type ChatLog, EMPTY_LOG, hearChat } from "../../../../static/watch/chat/log.ts";
import type { ServerEvent } from "../../../../static/shared/server_event.ts";

const CONNECTED = { type: "state", stream: {}, viewer: {} } as unknown as ServerEvent;

function answer(numbers: number[], hasMore = false): ChatAnswer {
  const messages = numbers.map((number) => ({ number, publicId: "anna", key: `k${number}` }) as ChatMessage);
  return {
    messages,
    deleted: [],
    clearedThrough: 0,
    last: numbers.at(-1) ?? 0,
    pinned: null,
    hasMore,
    rules: { slowSeconds: 0, links: false },
  };
}

/** A page that is asked for with these answers, in order of asking. */
function begin(answers: (ChatAnswer | null | Promise<ChatAnswer | null>)[]) {
  let log: ChatLog = EMPTY_LOG;
  const asked: (number | null)[] = [], waits: number[] = [];
  const ask = createAsking({
    read(after) {
      asked.push(after);
      return Promise.resolve(answers.shift() ?? null);
    },
    log: () => log,
    onLog: (changed) => log = changed,
    wait(ms) {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { ask, asked, waits, connect: () => log = hearChat(log, CONNECTED), numbers: () => log.messages.map(({ number }) => number) };
}

describe("asking for what was said", () => {
  it("goes on page by page, and again where nobody answers", async () => {
    const { ask, asked, waits, numbers } = begin([answer([1, 2], true), null, answer([3])]);
    await ask();
    assert.deepEqual([asked, waits, numbers()], [[null, 2, 2], [2000], [1, 2, 3]]);
  });

  it("does not wait for a question that hangs on the connection before", async () => {
    const hanging = Promise.withResolvers<ChatAnswer | null>();
    const { ask, asked, connect, numbers } = begin([hanging.promise, answer([1, 2]), answer([3])]);
    const first = ask();
    connect();
    await ask();
    assert.deepEqual(numbers(), [1, 2]);
    // Told before the second connection: it must not count as the end of what there is to know.
    connect();
    hanging.resolve(answer([1]));
    await first;
    await ask();
    assert.deepEqual([asked, numbers()], [[null, null, 2], [1, 2, 3]]);
  });
});
