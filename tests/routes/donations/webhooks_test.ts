import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import Stripe from "stripe";
import { donorCode } from "../../../media/audience/donor_code.ts";
import { RECEIVED } from "../../../routes/donations/schemas.ts";
import type { Show } from "../show.ts";
import { KOFI_TOKEN, listen, openDonations, STRIPE_SECRET } from "./open_donations.ts";

/** With the fields of Ko-fi's own example. */
function kofiMessage(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    verification_token: KOFI_TOKEN,
    message_id: "3a1fac0c-f960-4506-a60e-824979a74e74",
    timestamp: "2022-08-21T13:04:30Z",
    type: "Donation",
    is_public: true,
    from_name: "Ko-fi Team",
    message: "Good luck with the integration!",
    amount: "3.00",
    url: "https://ko-fi.com/Home/CoffeeShop?txid=0a1fac0c",
    email: "someone@example.com",
    currency: "USD",
    is_subscription_payment: false,
    is_first_subscription_payment: false,
    kofi_transaction_id: "0a1fac0c-f960-4506-a60e-824979a74e74",
    shop_items: null,
    tier_name: null,
    shipping: null,
    ...change,
  };
}

async function postKofi(show: Show, message: unknown, field = "data"): Promise<Response> {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  return await show.app.request("/api/webhooks/kofi", { method: "POST", body: new URLSearchParams({ [field]: text }) });
}

function stripeEvent(session: Record<string, unknown> = {}, change: Record<string, unknown> = {}): string {
  return JSON.stringify(
    {
      id: "evt_1",
      object: "event",
      type: "checkout.session.completed",
      data: {
        object: {
          id: "cs_1",
          object: "checkout.session",
          amount_total: 1234,
          currency: "eur",
          payment_status: "paid",
          client_reference_id: null,
          customer_details: { name: "Ada Lovelace", email: "ada@example.com" },
          custom_fields: [],
          ...session,
        },
      },
      ...change,
    },
    null,
    2,
  );
}

async function postStripe(show: Show, body: string, o: { sign?: string; secret?: string; ageSeconds?: number } = {}): Promise<Response> {
  const signature = await Stripe.webhooks.generateTestHeaderStringAsync({
    payload: o.sign ?? body,
    secret: o.secret ?? STRIPE_SECRET,
    timestamp: Math.floor(show.clock.ms / 1000) - (o.ageSeconds ?? 0),
  });
  return await show.app.request("/api/webhooks/stripe", { method: "POST", body, headers: { "stripe-signature": signature } });
}

async function said(answer: Response): Promise<[number, unknown]> {
  const body = await answer.json();
  return [answer.status, answer.ok ? RECEIVED.parse(body).thanked : body.kind];
}

describe("a message of Ko-fi", () => {
  it("with the right token gives thanks", async () => {
    const { show, heard } = openDonations();
    assert.deepEqual(await said(await postKofi(show, kofiMessage())), [200, true]);
    const { name, amount, currency, message, publicId } = heard[0];
    assert.deepEqual([name, amount, currency, message, publicId], ["Ko-fi Team", "3.00", "USD", "Good luck with the integration!", null]);
  });
  it("with a viewer's code in its text boosts that viewer, and the code is not shown", async () => {
    const { show } = openDonations();
    const id = await show.join();
    const { publicId } = show.viewers.find(id)!;
    const own = listen(show, id);
    const code = donorCode(publicId);
    await postKofi(show, kofiMessage({ message: `Hello ${code.toLowerCase().replace("-", " ")}, well done` }));
    assert.deepEqual(own.map(({ type }) => type), ["donation", "choice"]);
    assert.deepEqual([own[0].publicId, own[0].message], [publicId, "Hello , well done"]);
    assert.equal(Date.parse(own[1].boostedUntil), show.clock.ms + 600_000);
    assert.notEqual((await (await show.get(`/api/viewers/${id}`)).json()).boostedUntil, null);
  });
  it("told twice is thanked for once, and both times answered with 200, else Ko-fi would go on", async () => {
    const { show, heard } = openDonations();
    assert.deepEqual(await said(await postKofi(show, kofiMessage())), [200, true]);
    assert.deepEqual(await said(await postKofi(show, kofiMessage())), [200, false]);
    assert.deepEqual(await said(await postKofi(show, kofiMessage({ amount: "9.00" }))), [200, false], "a known id with another amount");
    assert.deepEqual(await said(await postKofi(show, kofiMessage({ message_id: "another" }))), [200, true]);
    assert.equal(heard.length, 2);
  });
  it("that is private keeps its text private", async () => {
    const { show, heard } = openDonations();
    await postKofi(show, kofiMessage({ is_public: false }));
    assert.deepEqual([heard[0].name, heard[0].message], ["Ko-fi Team", ""]);
  });
  it("has its texts mended rather than refused: it is paid", async () => {
    const { show, heard } = openDonations();
    await postKofi(show, kofiMessage({ from_name: `\u202e${"x".repeat(60)}`, message: `a\u0007b${"é".repeat(700)}` }));
    assert.equal(heard[0].name, `${"x".repeat(29)}…`);
    assert.match(heard[0].message, /^abé+…$/);
    assert.equal([...heard[0].message].length, 500);
  });
  it("of a sale is taken without thanks", async () => {
    const { show, heard } = openDonations();
    for (const type of ["Shop Order", "Commission"]) {
      assert.deepEqual(await said(await postKofi(show, kofiMessage({ type }))), [200, false]);
    }
    assert.deepEqual(await said(await postKofi(show, kofiMessage({ type: "Subscription" }))), [200, true]);
    assert.equal(heard.length, 1);
  });

  const refused: [name: string, message: unknown, expected: [number, string], field?: string][] = [
    ["a wrong token", kofiMessage({ verification_token: "d8546b84-c698-4df5-9811-39d35813e2ee" }), [403, "webhook_not_genuine"]],
    ["the beginning of the token", kofiMessage({ verification_token: KOFI_TOKEN.slice(0, -1) }), [403, "webhook_not_genuine"]],
    ["no token", kofiMessage({ verification_token: undefined }), [403, "webhook_not_genuine"]],
    ["a token in a list", kofiMessage({ verification_token: [KOFI_TOKEN] }), [403, "webhook_not_genuine"]],
    ["nothing but a number", "5", [403, "webhook_not_genuine"]],
    ["null", "null", [403, "webhook_not_genuine"]],
    ["no JSON", "hello", [400, "bad_webhook"]],
    ["another field's name", kofiMessage(), [400, "bad_webhook"], "date"],
    ["no id", kofiMessage({ message_id: "" }), [400, "bad_webhook"]],
    ["an amount in words", kofiMessage({ amount: "three" }), [400, "bad_webhook"]],
    ["an amount of nothing", kofiMessage({ amount: "0.00" }), [400, "bad_webhook"]],
    ["a currency in words", kofiMessage({ currency: "dollars" }), [400, "bad_webhook"]],
  ];
  for (const [name, message, expected, field] of refused) {
    it(`with ${name} is refused, and its token is not repeated`, async () => {
      const { show, heard } = openDonations();
      const answer = await postKofi(show, message, field);
      const text = await answer.clone().text();
      assert.deepEqual(await said(answer), expected);
      assert.equal(text.includes(KOFI_TOKEN), false);
      assert.deepEqual(heard, []);
    });
  }
  it("is for streamers who have named their token", async () => {
    const { show } = openDonations({ settings: { kofiToken: null } });
    assert.deepEqual(await said(await postKofi(show, kofiMessage({ verification_token: null }))), [404, "webhook_off"]);
  });
});

describe("an event of Stripe", () => {
  it("that is signed gives thanks, and boosts the viewer whose code came along", async () => {
    const { show } = openDonations();
    const id = await show.join();
    const { publicId } = show.viewers.find(id)!;
    const own = listen(show, id);
    const custom_fields = [{ key: "name", text: { value: "Countess" } }, { key: "Message", text: { value: "Brava" } }, {
      key: "size",
      dropdown: { value: "L" },
    }];
    const body = stripeEvent({ client_reference_id: donorCode(publicId), custom_fields });
    assert.deepEqual(await said(await postStripe(show, body)), [200, true]);
    const { name, amount, currency, message } = own[0];
    assert.deepEqual([own[0].publicId, name, amount, currency, message], [publicId, "Countess", "12.34", "EUR", "Brava"]);
    assert.equal(Date.parse(own[1].boostedUntil), show.clock.ms + 600_000);
  });
  it("does not tell what the card's holder is called", async () => {
    const { show, heard } = openDonations();
    await postStripe(show, stripeEvent());
    assert.equal(heard[0].name, "");
    assert.doesNotMatch(JSON.stringify(heard), /Ada|example/);
  });
  it("told twice is thanked for once", async () => {
    const { show, heard } = openDonations();
    assert.deepEqual(await said(await postStripe(show, stripeEvent())), [200, true]);
    assert.deepEqual(await said(await postStripe(show, stripeEvent())), [200, false]);
    show.advance(3_600_000);
    assert.deepEqual(await said(await postStripe(show, stripeEvent())), [200, false], "Stripe signs anew when it tells again");
    assert.deepEqual(
      await said(await postStripe(show, stripeEvent({}, { id: "evt_2" }))),
      [200, false],
      "another event of the same checkout",
    );
    assert.deepEqual(await said(await postStripe(show, stripeEvent({ id: "cs_2" }, { id: "evt_3" }))), [200, true]);
    assert.equal(heard.length, 2);
  });
  it("counts when it is paid, also when that is days later", async () => {
    const { show, heard } = openDonations();
    assert.deepEqual(await said(await postStripe(show, stripeEvent({ payment_status: "unpaid" }))), [200, false]);
    const later = stripeEvent({}, { id: "evt_2", type: "checkout.session.async_payment_succeeded" });
    assert.deepEqual(await said(await postStripe(show, later)), [200, true]);
    assert.deepEqual(await said(await postStripe(show, stripeEvent({}, { id: "evt_3", type: "charge.refunded" }))), [200, false]);
    assert.equal(heard.length, 1);
  });
  const amounts: [currency: string, minor: number, amount: string][] = [
    ["usd", 5, "0.05"],
    ["jpy", 500, "500"],
    ["kwd", 5120, "5.120"],
    ["isk", 500, "5.00"],
    ["rsd", 1234, "12.34"],
    ["twd", 15000, "150.00"],
    ["mga", 5, "5"],
  ];
  for (const [currency, minor, amount] of amounts) {
    it(`reads ${minor} ${currency} as ${amount}`, async () => {
      const { show, heard } = openDonations();
      await postStripe(show, stripeEvent({ amount_total: minor, currency }));
      assert.equal(heard[0].amount, amount);
    });
  }

  const genuine = stripeEvent();
  const refused: [name: string, post: (show: Show) => Promise<Response>][] = [
    ["a changed body", (show) => postStripe(show, genuine.replace("1234", "9999"), { sign: genuine })],
    ["a body that means the same, in other bytes", (show) => postStripe(show, JSON.stringify(JSON.parse(genuine)), { sign: genuine })],
    ["another secret", (show) => postStripe(show, genuine, { secret: "whsec_of_another" })],
    ["a signature that is older than five minutes", (show) => postStripe(show, genuine, { ageSeconds: 301 })],
    ["a signed body that is no JSON", (show) => postStripe(show, "hello")],
    ["no signature", async (show) => await show.app.request("/api/webhooks/stripe", { method: "POST", body: genuine })],
  ];
  for (const [name, post] of refused) {
    it(`with ${name} is refused`, async () => {
      const { show, heard } = openDonations();
      assert.deepEqual(await said(await post(show)), [403, "webhook_not_genuine"]);
      assert.deepEqual(heard, []);
    });
  }
  const shapes: [name: string, session: Record<string, unknown> | null, thanked: boolean][] = [
    ["without anything in it", null, false],
    ["without an id", { id: undefined }, false],
    ["with an id that is a number", { id: 5 }, false],
    ["with an amount that is a text", { amount_total: "1234" }, false],
    ["with half a cent", { amount_total: 12.5 }, false],
    ["with a currency that is a number", { currency: 7 }, false],
    ["with a field of another kind", { custom_fields: [{}] }, true],
    ["with a field whose key is null", { custom_fields: [{ key: null }] }, true],
    ["with fields that are no list", { custom_fields: { a: 1 } }, true],
    ["with a text that is a number", { custom_fields: [{ key: "name", text: { value: 5 } }] }, true],
    ["with fields that are null", { custom_fields: null }, true],
  ];
  for (const [name, session, thanked] of shapes) {
    it(`of another shape is understood as far as it goes, and never repeated for days: ${name}`, async () => {
      const { show, heard } = openDonations();
      const body = session === null ? JSON.stringify({ ...JSON.parse(genuine), data: { object: null } }) : stripeEvent(session);
      assert.deepEqual(await said(await postStripe(show, body)), [200, thanked]);
      assert.deepEqual([heard.length, show.errors], [thanked ? 1 : 0, []]);
    });
  }
  it("four minutes old is still good", async () => {
    const { show } = openDonations();
    assert.deepEqual(await said(await postStripe(show, genuine, { ageSeconds: 240 })), [200, true]);
  });
  it("is for streamers who have named their secret", async () => {
    const { show } = openDonations({ settings: { stripeSecret: null } });
    assert.deepEqual(await said(await postStripe(show, genuine)), [404, "webhook_off"]);
  });
});
