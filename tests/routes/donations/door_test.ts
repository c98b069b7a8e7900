import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DONATION, DONATION_EVENT } from "../../../routes/donations/schemas.ts";
import { EVENT, VIEWER } from "../../../routes/schemas.ts";
import { openShow, type Show } from "../show.ts";
import { listen, openDonations } from "./open_donations.ts";

const GIFT = { amount: "5", name: "Ada", message: "Good show!" };
const TEN_MINUTES_MS = 600_000;

async function give(show: Show, viewer: string, body: unknown = GIFT, key?: string): Promise<Response> {
  return await show.app.request(`/api/viewers/${viewer}/donations`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  }, { remoteAddr: { transport: "tcp", hostname: "203.0.113.9", port: 1 } });
}

async function tell(show: Show, viewer: string) {
  return VIEWER.parse(await (await show.get(`/api/viewers/${viewer}`)).json());
}

describe("a donation", () => {
  it("is answered with what the donor gets, and thanked for on everybody's page by the donor's public id", async () => {
    const { show, heard } = openDonations();
    const id = await show.join();
    const { publicId } = await tell(show, id);
    const own = listen(show, id);
    const answer = await give(show, id);
    assert.equal(answer.status, 201);
    const got = DONATION.parse(await answer.json());
    assert.deepEqual([got.amount, got.currency, got.name, got.message], ["5.00", "USD", "Ada", "Good show!"]);
    assert.equal(Date.parse(got.boostedUntil), show.clock.ms + TEN_MINUTES_MS);
    assert.equal(heard.length, 1);
    const { type: _, publicId: donor, ...thanks } = DONATION_EVENT.parse(heard[0]);
    const { boostedUntil, ...given } = got;
    assert.deepEqual([donor, thanks], [publicId, given]);
    assert.equal(JSON.stringify(heard).includes(id), false);
    assert.deepEqual(own.map(({ type }) => type), ["donation", "choice"]);
    assert.equal(own[1].boostedUntil, boostedUntil);
    for (const message of own) EVENT.parse(message);
  });
  it("boosts for ten minutes, and no longer; a second one counts from its own moment", async () => {
    const { show } = openDonations();
    const id = await show.join();
    await give(show, id);
    const first = (await tell(show, id)).boostedUntil;
    show.advance(TEN_MINUTES_MS - 1000);
    assert.equal((await tell(show, id)).boostedUntil, first);
    await give(show, id);
    const second = (await tell(show, id)).boostedUntil!;
    assert.equal(Date.parse(second), show.clock.ms + TEN_MINUTES_MS);
    show.advance(TEN_MINUTES_MS);
    assert.equal((await tell(show, id)).boostedUntil, null);
  });
  it("boosts nobody else", async () => {
    const { show } = openDonations();
    const [donor, other] = [await show.join(), await show.join()];
    await give(show, donor);
    assert.equal((await tell(show, other)).boostedUntil, null);
  });
  it("needs neither name nor message, and keeps the decimals of the currency", async () => {
    for (
      const [currency, amount, expected] of [["USD", 5.1, "5.10"], ["USD", "5.10", "5.10"], ["JPY", 500, "500"], [
        "JPY",
        "500.00",
        "500",
      ]] as const
    ) {
      const { show } = openDonations({ settings: { currency } });
      const got = await (await give(show, await show.join(), { amount })).json();
      assert.deepEqual([got.amount, got.currency, got.name, got.message], [expected, currency, "", ""]);
    }
  });

  const refused: [name: string, body: unknown, field: string, message: RegExp][] = [
    ["an amount of 0", { amount: 0 }, "amount", /^must be at least 1\.00 USD$/],
    ["an amount of -1", { amount: -1 }, "amount", /^must be at least 1\.00 USD$/],
    ["an amount of 1e9", { amount: 1e9 }, "amount", /^must be at most 100000\.00 USD$/],
    ["an amount of 1e21", { amount: 1e21 }, "amount", /^must be a decimal number/],
    ['an amount of "ten"', { amount: "ten" }, "amount", /^must be a decimal number, as in 5 or "5\.00"$/],
    ['an amount of "1e2"', { amount: "1e2" }, "amount", /^must be a decimal number/],
    ["a fraction of a cent", { amount: "5.001" }, "amount", /^must be a decimal number/],
    ["an amount in a list", { amount: [5] }, "amount", /^must be a decimal number/],
    ["no amount", {}, "amount", /^must be a decimal number/],
    ["an empty body", "", "amount", /^must be a decimal number/],
    ["a body that is no JSON", "amount=5", "", /JSON/],
    ["a list", "[5]", "", /object/],
    ["a field too many", { ...GIFT, currency: "EUR" }, "currency", /nrecognized/],
    ["a name with a control character", { ...GIFT, name: "A\u0007da" }, "name", /control characters/],
    ["a name that turns the text around", { ...GIFT, name: "\u202eadA" }, "name", /turn text around/],
    ["a message with a control character", { ...GIFT, message: "a\u0007b" }, "message", /control characters/],
    ["a message that turns the text around", { ...GIFT, message: "invoice\u202efdp.exe" }, "message", /turn text around/],
    ["a message of 501 characters", { ...GIFT, message: "x".repeat(501) }, "message", /longer than 500/],
    ["a name of 31 characters", { ...GIFT, name: "x".repeat(31) }, "name", /longer than 30/],
    ["half a character", { ...GIFT, message: "\ud800" }, "message", /half a character/],
  ];
  for (const [name, body, field, message] of refused) {
    it(`with ${name} is refused, by name of the field, and leaves nothing behind`, async () => {
      const { show, heard, store } = openDonations();
      const answer = await give(show, await show.join(), body);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      const problem = await answer.json();
      assert.equal(problem.errors[0].field, field);
      assert.match(problem.errors[0].message, message);
      assert.deepEqual([heard, store.since(0)], [[], []]);
    });
  }
  it("tells of all that is wrong at once", async () => {
    const { show } = openDonations();
    const { errors } = await (await give(show, await show.join(), { amount: 0, name: "\u0000", message: "\u202e" })).json();
    assert.deepEqual(errors.map(({ field }: { field: string }) => field), ["amount", "name", "message"]);
  });
  it("shows markup as the text that it is", async () => {
    const { show, heard } = openDonations();
    const markup = "<script>alert(1)</script>";
    await give(show, await show.join(), { ...GIFT, name: markup, message: markup });
    assert.deepEqual([heard[0].name, heard[0].message], [markup, markup]);
  });
  it("from a viewer that does not exist is refused", async () => {
    const { show } = openDonations();
    assert.equal((await give(show, "a".repeat(36))).status, 404);
  });
  it("is one of ten at most in a rush", async () => {
    const { show, heard } = openDonations();
    const id = await show.join();
    const answers = [];
    for (let i = 0; i < 12; i++) answers.push(await give(show, id));
    assert.deepEqual(answers.map(({ status }) => status), [...Array(10).fill(201), 429, 429]);
    assert.equal(heard.length, 10);
    const retryAfterMs = 1000 * Number(answers.at(-1)!.headers.get("retry-after"));
    show.advance(retryAfterMs - 1);
    assert.equal((await give(show, id)).status, 429);
    show.advance(1);
    assert.equal((await give(show, id)).status, 201);
  });
});

describe("a donation sent twice", () => {
  it("under one key is one, with one answer", async () => {
    const { show, heard } = openDonations();
    const id = await show.join();
    const [first, second] = await Promise.all([give(show, id, GIFT, '"press-1"'), give(show, id, GIFT, '"press-1"')]);
    show.advance(60_000);
    const third = await give(show, id, { ...GIFT, amount: 5 }, "press-1");
    assert.deepEqual([first.status, second.status, third.status], [201, 201, 201]);
    const answers = [await first.json(), await second.json(), await third.json()];
    assert.deepEqual(answers[1], answers[0]);
    assert.deepEqual(answers[2], answers[0], "the key with and without quotes is one key, and so is 5 and 5.00");
    assert.equal(heard.length, 1);
  });
  it("under one key with another body is refused with 422", async () => {
    const { show, heard } = openDonations();
    const id = await show.join();
    await give(show, id, GIFT, "press-1");
    for (const other of [{ ...GIFT, amount: "6" }, { ...GIFT, message: "No." }, { ...GIFT, name: "Bob" }]) {
      const answer = await give(show, id, other, "press-1");
      assert.deepEqual([answer.status, (await answer.json()).kind], [422, "idempotency_key_reused"]);
    }
    assert.equal(heard.length, 1);
  });
  it("under two keys, or by two viewers under one, is two", async () => {
    const { show, heard } = openDonations();
    const [id, other] = [await show.join(), await show.join()];
    await give(show, id, GIFT, "press-1");
    await give(show, id, GIFT, "press-2");
    await give(show, other, GIFT, "press-1");
    await give(show, other);
    await give(show, other);
    assert.equal(heard.length, 5);
  });
  it("does not use up what an address may send", async () => {
    const { show } = openDonations();
    const id = await show.join();
    for (let i = 0; i < 30; i++) assert.equal((await give(show, id, GIFT, "press-1")).status, 201);
  });
  for (const key of ['""', "a\u0008b", '"half', "two words", "x".repeat(256)]) {
    it(`under the key ${JSON.stringify(key.slice(0, 20))} is told that this is none`, async () => {
      const { show } = openDonations();
      const id = await show.join();
      const headers = new Headers();
      try {
        headers.set("idempotency-key", key);
      } catch {
        return assert.match(key, /\p{Cc}/u, "no client can send that");
      }
      const answer = await show.app.request(`/api/viewers/${id}/donations`, { method: "POST", body: JSON.stringify(GIFT), headers });
      assert.deepEqual([answer.status, (await answer.json()).kind], [400, "bad_idempotency_key"]);
    });
  }
});

describe("a streamer", () => {
  it("with a page elsewhere takes no donations here, and each viewer is told where, with its code", async () => {
    const { show, heard } = openDonations({ settings: { link: new URL("https://buy.stripe.com/abc?locale=en") } });
    const id = await show.join();
    const answer = await give(show, id);
    assert.deepEqual([answer.status, (await answer.json()).kind], [409, "donate_elsewhere"]);
    assert.deepEqual(heard, []);
    const { donate } = await tell(show, id);
    assert.match(donate!.code, /^TERCET-[0-9A-Z]{6}$/);
    assert.equal(donate!.link, `https://buy.stripe.com/abc?locale=en&client_reference_id=${donate!.code}`);
  });
  it("of Ko-fi or PayPal has the code in words only", async () => {
    for (const link of ["https://ko-fi.com/ada", "https://paypal.me/ada", "https://notstripe.com/x"]) {
      const { show } = openDonations({ settings: { link: new URL(link) } });
      assert.equal((await tell(show, await show.join())).donate!.link, link);
    }
  });
  it("who wants no donations has no door and no words for them", async () => {
    const show = openShow();
    const id = await show.join();
    assert.equal((await give(show, id)).status, 404);
    for (const service of ["kofi", "stripe"]) {
      assert.equal((await show.app.request(`/api/webhooks/${service}`, { method: "POST", body: "x" })).status, 404);
    }
    assert.equal("donate" in await tell(show, id), false);
    const { paths } = await (await show.get("/api/openapi.json")).json();
    assert.deepEqual(Object.keys(paths).filter((path) => /donat|webhook/.test(path)), []);
  });
  it("finds the doors of donations in the description of the API, each of them and no other", async () => {
    const { show } = openDonations();
    const { paths } = await (await show.get("/api/openapi.json")).json();
    const doors = show.app.routes.filter(({ path, method }) => method !== "ALL" && /donations|webhooks/.test(path)).map(({ path }) =>
      path.replace(/:(\w+)/g, "{$1}")
    );
    assert.deepEqual(Object.keys(paths).filter((path) => /donations|webhooks/.test(path)).sort(), [...new Set(doors)].sort());
    assert.equal(doors.length >= 3, true);
    await show.get("/healthz");
    assert.equal(show.app.router.name, "SmartRouter + RegExpRouter");
  });
});
