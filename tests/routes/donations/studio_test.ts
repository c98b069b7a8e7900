import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { addAmounts } from "../../../routes/donations/money.ts";
import { createMemoryStore } from "../../../routes/donations/store.ts";
import { STREAMER_KEY } from "../show.ts";
import { openDonations } from "./open_donations.ts";

const STREAMER = { authorization: `Bearer ${STREAMER_KEY}` };

function open(o: Parameters<typeof openDonations>[0] = {}) {
  const opened = openDonations(o);
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = STREAMER) => {
    const answer = await opened.show.app.request(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, json: text === "" ? null : JSON.parse(text) };
  };
  const give = async (amount: string, name = "Anna") =>
    await ask("POST", `/api/viewers/${await opened.show.join()}/donations`, { amount, name }, {});
  return { ...opened, ask, give };
}

describe("donations in the studio", () => {
  it("are listed, the newest first, with their total", async () => {
    const { ask, give, show } = open();
    for (const [amount, name] of [["0.10", "no"], ["2.50", "Anna"], ["7", "Ben"]] as const) {
      await give(amount, name);
      show.advance(1000);
    }
    const { status, json } = await ask("GET", "/api/studio/donations");
    assert.equal(status, 200);
    assert.deepEqual(json.donations.map(({ name, amount, origin }: Record<string, string>) => [name, amount, origin]), [
      ["Ben", "7.00", "page"],
      ["Anna", "2.50", "page"],
    ]);
    assert.deepEqual([json.totals, json.goal, json.currency], [[{ currency: "USD", amount: "9.50", count: 2 }], null, "USD"]);
  });

  it("a goal counts what is given from when it is set, is told to every page, is changed and removed", async () => {
    const { ask, give, show, kept } = open();
    const goalOf = async () => (await (await show.get("/api/stream")).json()).goal;
    await give("50");
    show.advance(1000);
    assert.equal(await goalOf(), null);
    const set = await ask("PUT", "/api/studio/goal", { name: " New microphone ", amount: 100 });
    assert.deepEqual(set.json, { name: "New microphone", amount: "100.00", currency: "USD", given: "0" });
    await give("20.25");
    assert.equal((await goalOf()).given, "20.25");
    await ask("PUT", "/api/studio/goal", { name: "A better one", amount: "200" });
    assert.deepEqual(await goalOf(), { name: "A better one", amount: "200.00", currency: "USD", given: "20.25" });
    assert.deepEqual(kept.values.goal, { name: "A better one", amount: "200.00", currency: "USD", sinceMs: show.clock.ms });
    assert.equal((await ask("DELETE", "/api/studio/goal")).status, 204);
    assert.deepEqual([await goalOf(), kept.values.goal], [null, null]);
    assert.deepEqual((await ask("DELETE", "/api/studio/goal")).json.kind, "no_goal");
    show.advance(1000);
    await ask("PUT", "/api/studio/goal", { amount: 10 });
    assert.equal((await goalOf()).given, "0");
  });

  it("a goal that was kept goes on, and not under another currency", async () => {
    const store = createMemoryStore();
    const first = open({ store });
    await first.ask("PUT", "/api/studio/goal", { amount: 100 });
    await first.give("30");
    const { goal } = first.kept.values;
    const again = open({ store, goal: goal! });
    assert.equal((await again.ask("GET", "/api/studio/donations")).json.goal.given, "30.00");
    assert.equal((await open({ store, goal: { ...goal!, currency: "EUR" } }).ask("GET", "/api/studio/donations")).json.goal, null);
  });

  const bad: [what: string, body: unknown, field: string][] = [
    ["no amount", { name: "x" }, "amount"],
    ["an amount that is none", { amount: "much" }, "amount"],
    ["nothing to collect", { amount: 0 }, "amount"],
    ["a name of 61 characters", { amount: 5, name: "x".repeat(61) }, "name"],
    ["a name that turns text around", { amount: 5, name: "a\u202eb" }, "name"],
    ["more than it knows", { amount: 5, path: "/etc/passwd" }, "path"],
  ];
  for (const [what, body, field] of bad) {
    it(`refuses a goal with ${what}`, async () => {
      const { json, status } = await open().ask("PUT", "/api/studio/goal", body);
      assert.deepEqual([status, json.kind, json.errors[0].field], [400, "bad_body", field]);
    });
  }

  it("a test donation is thanked for as a test, and counts nowhere", async () => {
    const { ask, store, heard } = open();
    await ask("PUT", "/api/studio/goal", { amount: 100 });
    assert.equal((await ask("POST", "/api/studio/donations/test", { name: "Anna", amount: 3, message: "hi" })).status, 204);
    assert.equal((await ask("POST", "/api/studio/donations/test")).status, 204);
    const told = heard.filter(({ type }: { type: string }) => type === "donation");
    assert.deepEqual(
      told.map(({ name, amount, message, isTest, publicId }: Record<string, unknown>) => [name, amount, message, isTest, publicId]),
      [
        ["Anna", "3.00", "hi", true, null],
        ["", "5.00", "", true, null],
      ],
    );
    const { json } = await ask("GET", "/api/studio/donations");
    assert.deepEqual([json.donations, json.totals, json.goal.given, store.since(0)], [[], [], "0", []]);
    assert.equal((await ask("POST", "/api/studio/donations/test", { message: "a\x07b" })).json.errors[0].field, "message");
  });

  it("are for the streamer alone", async () => {
    const { ask } = open();
    for (const [method, path] of [["GET", "donations"], ["POST", "donations/test"], ["PUT", "goal"], ["DELETE", "goal"]] as const) {
      assert.equal((await ask(method, `/api/studio/${path}`, undefined, {})).status, 401);
      assert.equal((await ask(method, `/api/studio/${path}`, undefined, { authorization: "Bearer wrong" })).status, 403);
    }
  });
});

describe("a sum of amounts", () => {
  it("is exact, whatever the decimals", () => {
    const amount = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 0, max: 3 }));
    const say = ([minor, decimals]: [bigint, number]) =>
      decimals === 0 ? `${minor}` : `${minor / 10n ** BigInt(decimals)}.${`${minor % 10n ** BigInt(decimals)}`.padStart(decimals, "0")}`;
    const inThousandths = (text: string) => BigInt(text.replace(".", "")) * 10n ** BigInt(3 - (text.split(".")[1]?.length ?? 0));
    fc.assert(fc.property(amount, amount, (a, b) => {
      assert.equal(inThousandths(addAmounts(say(a), say(b))), inThousandths(say(a)) + inThousandths(say(b)));
    }));
  });
});
