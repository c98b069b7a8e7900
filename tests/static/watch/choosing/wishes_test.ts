import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Wish } from "../../../../media/audience/viewer.ts";
import { FIRST_WISH, keepWish, recallWish } from "../../../../static/watch/choosing/wish_memory.ts";
import { createWishes, type Refusal, type WishAnswer } from "../../../../static/watch/choosing/wishes.ts";

const GAMING: Wish = { mode: "gaming", quality: "auto" };
const REFUSED: Refusal = { kind: "refused", problem: "quality_while_gaming" };

/** A server that answers when it is told to. */
function fake(first: Wish = FIRST_WISH) {
  const sent: Wish[] = [], refusals: Refusal[] = [], shown: Wish[] = [];
  let answer: (answer: WishAnswer) => void = () => {};
  const wishes = createWishes({
    first,
    send(wish) {
      sent.push(wish);
      return new Promise((resolve) => answer = resolve);
    },
    onChange: () => shown.push(wishes.shown),
    onRefused: (refusal) => refusals.push(refusal),
  });
  const settle = async (given: WishAnswer) => {
    answer(given);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  return { wishes, sent, refusals, shown, settle };
}

describe("wishes", () => {
  it("a press is shown before it is answered", () => {
    const { wishes, sent } = fake();
    void wishes.press({ quality: "lq" });
    assert.deepEqual(wishes.shown, { mode: "home", quality: "lq" });
    assert.deepEqual(sent, [wishes.shown]);
  });

  it("one that changes nothing is not sent", () => {
    const { wishes, sent } = fake();
    void wishes.press({ quality: "auto" });
    assert.deepEqual(sent, []);
  });

  for (const refusal of [REFUSED, { kind: "unreachable" } as const]) {
    it(`one that is ${refusal.kind} is taken back, and it is said why`, async () => {
      const { wishes, refusals, settle } = fake(GAMING);
      void wishes.press({ mode: "home" });
      await settle(refusal);
      assert.deepEqual(wishes.shown, GAMING);
      assert.deepEqual(refusals, [refusal]);
    });
  }

  it("of quick presses the last one counts, one request at a time", async () => {
    const { wishes, sent, settle } = fake();
    for (const quality of ["hq", "mq", "lq"] as const) void wishes.press({ quality });
    assert.deepEqual(sent.map(({ quality }) => quality), ["hq"]);
    await settle({ kind: "accepted" });
    assert.deepEqual(sent.map(({ quality }) => quality), ["hq", "lq"]);
    await settle({ kind: "accepted" });
    assert.equal(wishes.shown.quality, "lq");
    assert.equal(sent.length, 2);
  });

  it("a refusal of what is no longer wanted says nothing", async () => {
    const { wishes, refusals, settle } = fake();
    void wishes.press({ quality: "hq" });
    void wishes.press({ quality: "lq" });
    await settle(REFUSED);
    await settle({ kind: "accepted" });
    assert.deepEqual(refusals, []);
    assert.equal(wishes.shown.quality, "lq");
  });

  it("pressed and pressed back while the first is on its way ends where it began, on the server too", async () => {
    const { wishes, sent, settle } = fake();
    void wishes.press({ quality: "hq" });
    void wishes.press({ quality: "auto" });
    await settle({ kind: "accepted" });
    await settle({ kind: "accepted" });
    assert.deepEqual(sent.map(({ quality }) => quality), ["hq", "auto"]);
    assert.equal(wishes.shown.quality, "auto");
  });

  it("takes the server's word, but not while a wish is on its way", async () => {
    const { wishes, settle, shown } = fake();
    wishes.hear({ mode: "home", quality: "mq" });
    assert.equal(wishes.shown.quality, "mq");
    void wishes.press({ quality: "hq" });
    wishes.hear({ mode: "home", quality: "mq" });
    assert.equal(wishes.shown.quality, "hq");
    await settle({ kind: "accepted" });
    wishes.hear({ mode: "home", quality: "hq" });
    assert.equal(shown.length, 2);
  });

  it("remembers the quality for the way home from gaming", async () => {
    const { wishes, sent, settle } = fake({ mode: "gaming", quality: "lq" });
    wishes.hear(GAMING);
    void wishes.press({ mode: "home" });
    await settle({ kind: "accepted" });
    assert.deepEqual(sent, [{ mode: "home", quality: "lq" }]);
  });
});

describe("the wish of a tab", () => {
  it("is kept for a reload", () => {
    const kept = new Map<string, string>();
    keepWish({ setItem: (name, value) => void kept.set(name, value) }, { mode: "gaming", quality: "hq" });
    assert.deepEqual(recallWish({ getItem: (name) => kept.get(name) ?? null }), { mode: "gaming", quality: "hq" });
  });

  for (const text of [null, "", "home", "home uhd", "toString auto"]) {
    it(`is the first one where ${JSON.stringify(text)} is kept`, () => assert.deepEqual(recallWish({ getItem: () => text }), FIRST_WISH));
  }

  it("is the first one where nothing can be kept", () => {
    assert.deepEqual(recallWish(null), FIRST_WISH);
    keepWish({
      setItem() {
        throw new DOMException("full", "QuotaExceededError");
      },
    }, GAMING);
  });
});
