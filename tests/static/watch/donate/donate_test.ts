import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sayAmount } from "../../../../static/shared/say_amount.ts";
import { usualAmounts } from "../../../../static/watch/donate/amounts.ts";
import { readBoost, sayTimeLeft } from "../../../../static/watch/donate/boost.ts";
import { createGiver, type Gift } from "../../../../static/watch/donate/give.ts";

const GIFT: Gift = { amount: "5", name: "Ada", message: "" };

interface Sent {
  readonly address: string;
  readonly key: string;
  readonly body: unknown;
}

/** A giver whose server answers as told, one answer a request; an Error is a request that fails. */
function openGiver(answers: (Response | Error)[]) {
  const sent: Sent[] = [];
  let keys = 0;
  const give = createGiver({
    base: "http://tv.example/folder/?x#y",
    makeKey: () => `key ${++keys}`,
    fetch(address, init) {
      sent.push({ address, key: new Headers(init.headers).get("idempotency-key")!, body: JSON.parse(String(init.body)) });
      const answer = answers.shift()!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  return { give, sent };
}

const given = () => Response.json({ id: "d1", boostedUntil: "2026-11-23T00:00:00.000Z" }, { status: 201 });

describe("giving", () => {
  it("goes to the viewer's door with a key of its own each time", async () => {
    const { give, sent } = openGiver([given(), given()]);
    assert.deepEqual(await give("me", GIFT), { kind: "given", id: "d1", boostedUntil: "2026-11-23T00:00:00.000Z" });
    await give("me", GIFT);
    assert.deepEqual(sent, [
      { address: "http://tv.example/folder/api/viewers/me/donations", key: '"key 1"', body: GIFT },
      { address: "http://tv.example/folder/api/viewers/me/donations", key: '"key 2"', body: GIFT },
    ]);
  });
  it("again without an answer goes out under the same key, whatever the server made of the first", async () => {
    const { give, sent } = openGiver([
      new TypeError("no network"),
      new Response("", { status: 503 }),
      new Response("<html>", { status: 200 }),
      given(),
    ]);
    assert.deepEqual(await give("me", GIFT), { kind: "unreachable" });
    assert.deepEqual(await give("me", GIFT), { kind: "unreachable" });
    assert.deepEqual(await give("me", GIFT), { kind: "unreachable" });
    assert.equal((await give("me", GIFT)).kind, "given");
    assert.deepEqual(sent.map(({ key }) => key), Array(4).fill('"key 1"'));
  });
  it("something else, or as somebody else, is another donation", async () => {
    const { give, sent } = openGiver([new TypeError(), new TypeError(), new TypeError()]);
    await give("me", GIFT);
    await give("me", { ...GIFT, amount: "6" });
    await give("you", { ...GIFT, amount: "6" });
    assert.deepEqual(sent.map(({ key }) => key), ['"key 1"', '"key 2"', '"key 3"']);
  });
  it("that is refused tells what for", async () => {
    const problem = { kind: "bad_body", errors: [{ field: "amount", value: 0, message: "must be at least 1.00 USD" }] };
    const { give } = openGiver([Response.json(problem, { status: 400 }), Response.json({ kind: "unknown_viewer" }, { status: 404 })]);
    assert.deepEqual(await give("me", GIFT), { kind: "refused", problem: "bad_body", field: "amount" });
    assert.deepEqual(await give("me", GIFT), { kind: "refused", problem: "unknown_viewer", field: null });
  });
});

describe("the time that a boost has left", () => {
  const nowMs = Date.parse("2026-11-23T00:00:00.000Z");
  const moments: [at: string, until: string | null, left: string | null][] = [
    ["at first", "2026-11-23T00:10:00.000Z", "10:00"],
    ["after a moment", "2026-11-23T00:09:58.500Z", "9:59"],
    ["near the end", "2026-11-23T00:00:00.001Z", "0:01"],
    ["at the end", "2026-11-23T00:00:00.000Z", null],
    ["by a clock that is an hour slow", "2026-11-23T01:10:00.000Z", "10:00"],
    ["without a boost", null, null],
    ["of nonsense", "tomorrow", null],
  ];
  for (const [at, until, left] of moments) it(`${at} is ${left}`, () => assert.equal(sayTimeLeft(readBoost(until, nowMs), nowMs), left));
});

describe("an amount", () => {
  const said: [amount: string, currency: string, language: string, text: string][] = [
    ["5", "USD", "en", "$5"],
    ["5.00", "USD", "en", "$5"],
    ["5.5", "EUR", "en", "€5.50"],
    ["5.05", "EUR", "en", "€5.05"],
    ["500", "JPY", "en", "¥500"],
    ["100", "TWD", "zh-TW", "$100"],
    ["12.34", "RSD", "en", "RSD 12.34"],
    ["90071992547409.93", "USD", "en", "$90,071,992,547,409.93"],
  ];
  for (const [amount, currency, language, text] of said) {
    it(`of ${amount} ${currency} is ${text} in ${language}`, () =>
      assert.equal(sayAmount(amount, currency, language).replace(/\s/g, " "), text));
  }
  it("to be tapped is one that the server takes", () => {
    for (const currency of Intl.supportedValuesOf("currency")) {
      const amounts = usualAmounts(currency);
      assert.ok(amounts.length >= 3 && amounts.every((each) => each >= 1 && each <= 100_000), currency);
    }
  });
});
