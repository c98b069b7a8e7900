import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { createDonors } from "../../../media/audience/donors.ts";
import { createGiftWire } from "../../../routes/donations/shared.ts";
import { createMemoryStore, type Donation } from "../../../routes/donations/store.ts";
import { createTill, type Gift } from "../../../routes/donations/till.ts";

const GIFT: Gift = {
  origin: "page",
  key: "k",
  code: "TERCET-000000",
  publicId: "AAAAAAAAAAAAAAAA",
  name: "Anna",
  amount: "5.00",
  currency: "USD",
  message: "",
};

function createHub() {
  const keys = new Set<string>();
  const listeners: ((note: { text: string }) => void)[] = [];
  const told: string[] = [];
  const hub = {
    isAway: false,
    told,
    open(isHome = false) {
      const thanked: Donation[] = [];
      const donors = createDonors({ now: () => 0 });
      const wire = createGiftWire({
        async share(text, { once }) {
          await null;
          if (hub.isAway) throw new Error("away");
          if (keys.has(once)) return null;
          keys.add(once);
          setImmediate(() => listeners.forEach((listener) => listener({ text })));
          return keys.size;
        },
        tell: (text) => void told.push(text),
        hear: (listener) => void listeners.push(listener),
      }, { isHome });
      return {
        till: createTill({ store: createMemoryStore(), donors, tell: (donation) => thanked.push(donation), now: () => 0, wire }),
        thanked,
        donors,
      };
    },
  };
  return hub;
}

describe("the tills of several boxes", () => {
  it("thank for a gift once on each, whichever of them took it, and know its donor", async () => {
    const hub = createHub();
    const [a, b] = [hub.open(), hub.open()];
    assert.equal((await a.till.take(GIFT)).kind, "thanked");
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    for (const box of [a, b]) {
      assert.equal(box.thanked.length, 1);
      assert.equal(box.donors.isDonor("AAAAAAAAAAAAAAAA"), true);
    }
    assert.equal((await b.till.take(GIFT)).kind, "known");
    assert.equal((await b.till.take({ ...GIFT, amount: "6.00" })).kind, "reused");
  });

  it("take one gift where two of them are told of it at the same moment", async () => {
    const hub = createHub();
    const [a, b] = [hub.open(), hub.open()];
    const kinds = (await Promise.all([a.till.take(GIFT), b.till.take(GIFT)])).map(({ kind }) => kind);
    assert.deepEqual(kinds.sort(), ["known", "thanked"]);
    assert.deepEqual([a.thanked.length, b.thanked.length], [1, 1]);
  });

  it("take nothing where they are apart, but for the one that keeps it on disk: that tells the others later", async () => {
    const hub = createHub();
    const [edge, home] = [hub.open(), hub.open(true)];
    hub.isAway = true;
    assert.equal((await edge.till.take(GIFT)).kind, "away");
    assert.deepEqual(edge.thanked, []);
    assert.equal((await home.till.take(GIFT)).kind, "thanked");
    assert.deepEqual([home.thanked.length, hub.told.length], [1, 1]);
  });
});
