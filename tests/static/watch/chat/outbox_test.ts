import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createOutbox, type SendAnswer, type Unsent } from "../../../../static/watch/chat/outbox.ts";
import { keepUnsent, takeUnsent } from "../../../../static/watch/chat/memory.ts";

const SAID = { kind: "said", message: { number: 1 } } as unknown as SendAnswer;
const a = { key: "a", name: "Anna", text: "a" }, b = { key: "b", name: "Anna", text: "b" };

function begin(o: { answers: (SendAnswer | Promise<SendAnswer>)[]; unsent?: Unsent[] }) {
  const sent: string[] = [], waits: number[] = [], refused: string[] = [], said: unknown[] = [];
  let wake = () => {};
  const outbox = createOutbox({
    unsent: o.unsent ?? [],
    send({ key }, giveUp) {
      sent.push(key);
      const givenUp = new Promise<SendAnswer>((resolve) => giveUp.addEventListener("abort", () => resolve({ kind: "unanswered" })));
      return Promise.race([o.answers.shift() ?? SAID, givenUp]);
    },
    onSaid: (message) => said.push(message),
    onHeld: () => refused.push("held"),
    onRefused: ({ key }, { problem }) => refused.push(`${key} ${problem}`),
    onChange() {},
    wait(callback, delayMs) {
      waits.push(delayMs);
      wake = callback;
      return () => wake = () => {};
    },
  });
  return { outbox, sent, waits, refused, said, wake: () => wake(), settle: () => new Promise((done) => setTimeout(done, 0)) };
}

describe("messages on their way", () => {
  it("go one after the other", async () => {
    const { outbox, sent, said, settle } = begin({ answers: [] });
    outbox.add(a);
    outbox.add(b);
    assert.deepEqual([sent, outbox.unsent], [["a"], [a, b]]);
    await settle();
    assert.deepEqual([sent, outbox.unsent, said.length], [["a", "b"], [], 2]);
  });
  it("are sent again under the same key until they are answered, ever later", async () => {
    const { outbox, sent, waits, wake, settle } = begin({ answers: Array.from({ length: 6 }, () => ({ kind: "unanswered" })) });
    outbox.add(a);
    for (let at = 0; at < 6; at++) {
      await settle();
      assert.equal(outbox.isStuck, true);
      wake();
    }
    await settle();
    assert.deepEqual([sent.length, new Set(sent).size, outbox.isStuck, outbox.unsent], [7, 1, false, []]);
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 5000, 5000]);
  });
  it("that wait for a look are told so, and the next one goes", async () => {
    const { outbox, sent, said, refused, settle } = begin({ answers: [{ kind: "held" }] });
    outbox.add(a);
    outbox.add(b);
    await settle();
    assert.deepEqual([sent, refused, said.length, outbox.unsent], [["a", "b"], ["held"], 1, []]);
  });
  it("go at once when the server is there again", async () => {
    const { outbox, sent, settle } = begin({ answers: [{ kind: "unanswered" }] });
    outbox.add(a);
    await settle();
    outbox.hurry();
    await settle();
    assert.deepEqual(sent, ["a", "a"]);
  });
  it("that hang are given up and sent once more when the server is there again", async () => {
    const { outbox, sent, said, waits, settle } = begin({ answers: [new Promise(() => {})] });
    outbox.add(a);
    await settle();
    outbox.hurry();
    await settle();
    assert.deepEqual([sent, said.length, waits, outbox.unsent, outbox.isStuck], [["a", "a"], 1, [], [], false]);
  });
  it("that are refused are given back, and do not hold up the next", async () => {
    const { outbox, sent, refused, settle } = begin({ answers: [{ kind: "refused", problem: "slow_mode", retryAfterSeconds: 3 }] });
    outbox.add(a);
    outbox.add(b);
    await settle();
    assert.deepEqual([sent, refused, outbox.unsent], [["a", "b"], ["a slow_mode"], []]);
  });
  it("are five at most", () => {
    const { outbox } = begin({ answers: [] });
    const taken = Array.from({ length: 7 }, (_, at) => outbox.add({ ...a, key: `${at}` }));
    assert.deepEqual(taken, [true, true, true, true, true, false, false]);
  });
  it("outlive a reload of the page once, and not its copy", async () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
      removeItem: (name: string) => void kept.delete(name),
    };
    keepUnsent(storage, [a, b]);
    const { sent, settle } = begin({ answers: [], unsent: [...takeUnsent(storage)] });
    await settle();
    assert.deepEqual(sent, ["a", "b"]);
    assert.deepEqual(takeUnsent(storage), []);
    for (const nonsense of ["{", "7", "null", '[null, 3, {"key":1}]']) {
      kept.set("tercet.chat.unsent", nonsense);
      assert.deepEqual(takeUnsent(storage), [], nonsense);
    }
  });
});
