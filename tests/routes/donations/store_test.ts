import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createDonors } from "../../../media/audience/donors.ts";
import { type Donation, openDonationStore } from "../../../routes/donations/store.ts";
import { createTill, type Gift } from "../../../routes/donations/till.ts";
import { waitFor } from "../../fixtures/condition.ts";

const GIFT: Gift = {
  origin: "kofi",
  key: "a",
  code: "TERCET-000000",
  publicId: null,
  name: "Ada",
  amount: "5.00",
  currency: "USD",
  message: "Hi",
};
const HOUR_MS = 3_600_000;

async function inFolder(test: (path: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/donations.sqlite`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function openTill(path: string, nowMs = 0) {
  const lines: string[] = [];
  const told: Donation[] = [];
  const now = () => nowMs;
  const { store, problem } = openDonationStore({ path, nowMs, log: (line) => lines.push(line) });
  const donors = createDonors({ now });
  const till = createTill({ store, donors, now, tell: (donation) => told.push(donation) });
  return { till, store, donors, lines, told, problem };
}

/** A public id with the code TERCET-000000. */
const DONOR = "AAAAAAAAAAAAAAAA";

describe("the till", () => {
  it("knows in a later life what was given in an earlier one: donations, boosts and badges", () =>
    inFolder(async (path) => {
      const first = openTill(path);
      assert.equal(first.problem, null);
      assert.equal((await first.till.take(GIFT)).kind, "thanked");
      first.store.close();
      first.store.close();
      const second = openTill(path, 300_000);
      assert.equal((await second.till.take(GIFT)).kind, "known");
      assert.equal((await second.till.take({ ...GIFT, amount: "6.00" })).kind, "reused");
      assert.deepEqual(second.told, []);
      assert.equal(second.donors.boostedUntilMs(DONOR), 600_000);
      second.store.close();
      const third = openTill(path, 23 * HOUR_MS);
      assert.deepEqual([third.donors.boostedUntilMs(DONOR), third.donors.isDonor(DONOR)], [null, true]);
      third.store.close();
      const fourth = openTill(path, 25 * HOUR_MS);
      assert.deepEqual([fourth.donors.isDonor(DONOR), (await fourth.till.take(GIFT)).kind], [false, "known"]);
      fourth.store.close();
    }));
  it("keeps no key as it is told: some hold a viewer's id", () =>
    inFolder(async (path) => {
      const { till, store } = openTill(path);
      await till.take({ ...GIFT, key: "a-viewers-id" });
      store.close();
      const bytes = Deno.readFileSync(path);
      assert.equal(new TextDecoder("latin1").decode(bytes).includes("a-viewers-id"), false);
    }));

  it("puts a file of another making aside, says so in one line, and takes donations", () =>
    inFolder(async (path) => {
      const other = new DatabaseSync(path);
      other.exec('CREATE TABLE donations (santa TEXT, "key" TEXT, "atMs" INTEGER)');
      other.close();
      const { till, store, problem } = openTill(path, 77);
      assert.match(problem!, /no such column.*kept as .*donations\.sqlite\.damaged-77$/);
      assert.equal((await till.take(GIFT)).kind, "thanked");
      store.close();
      const again = openTill(path, 78);
      assert.equal((await again.till.take(GIFT)).kind, "known");
      again.store.close();
    }));
  it("does without a file that is locked: a repeated donation is still one", () =>
    inFolder(async (path) => {
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE x (y); BEGIN EXCLUSIVE");
      const { till, problem, donors, told } = openTill(path);
      assert.match(problem!, /locked.*; donations are forgotten at the end$/);
      assert.deepEqual([(await till.take(GIFT)).kind, (await till.take(GIFT)).kind], ["thanked", "known"]);
      assert.deepEqual([told.length, donors.isDonor(DONOR)], [1, true]);
      other.close();
    }));
  it("does without a folder that cannot be written", async () => {
    const { till, problem } = openTill("/proc/nowhere/donations.sqlite");
    assert.match(problem!, /unable to open/);
    assert.equal((await till.take(GIFT)).kind, "thanked");
  });
  it("gives thanks while the file cannot be written, says so once, and writes when it can", () =>
    inFolder(async (path) => {
      const { till, store, lines, told } = openTill(path);
      const other = new DatabaseSync(path);
      other.exec("BEGIN IMMEDIATE");
      await till.take(GIFT);
      await till.take({ ...GIFT, key: "b" });
      assert.equal(told.length, 2);
      assert.match(lines.join(), /^Cannot write a donation: .*locked; it is tried again$/);
      other.exec("ROLLBACK");
      await waitFor("the rows", 5000, () => other.prepare("SELECT COUNT(*) AS count FROM donations").get()!.count === 2);
      assert.equal(lines.length, 1);
      other.close();
      store.close();
    }));
});
