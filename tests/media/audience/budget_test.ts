import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Budget, type BudgetInput, planBudget, type Watcher } from "../../../media/audience/budget.ts";
import { RENDITION_NAMES, type RenditionName } from "../../../media/hls/rendition.ts";

const RATES: BudgetInput["ratesBitsPerSecond"] = [2_500_000, 1_000_000, 400_000];
const HOUSE = { uplinkBitsPerSecond: 20_000_000, ratesBitsPerSecond: RATES, overheadBitsPerSecond: 33_000, joinBits: 500_000 };

function watch(count: number, o: Partial<Watcher> & { from?: number } = {}): Watcher[] {
  const { from = 0, ...rest } = o;
  return Array.from({ length: count }, (_, index) => ({
    id: `v${from + index}`,
    wish: "hq" as const,
    sinceMs: from + index,
    isDonor: false,
    ...rest,
  }));
}

/** A house whose plan is made anew each second. */
function openHouse(o: Partial<BudgetInput> = {}) {
  let nowMs = 0;
  let budget: Budget | null = null;
  return {
    after(seconds: number, watchers: readonly Watcher[], changed: Partial<BudgetInput> = {}): Budget {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1000;
        budget = planBudget({ ...HOUSE, ...o, ...changed, nowMs, watchers }, budget?.memory ?? null);
      }
      return budget!;
    },
  };
}

function first(watchers: readonly Watcher[], o: Partial<BudgetInput> = {}): Budget {
  return planBudget({ ...HOUSE, ...o, nowMs: 0, watchers }, null);
}

function got(budget: Budget, { id, wish }: Watcher): RenditionName {
  const { cap, boost } = budget.grants.get(id)!;
  return worse(wish, boost ?? cap);
}

function tally(budget: Budget, watchers: readonly Watcher[]): string {
  return RENDITION_NAMES.map((name) => watchers.filter((watcher) => got(budget, watcher) === name).length).join(" ");
}

const rank = (name: RenditionName) => RENDITION_NAMES.length - RENDITION_NAMES.indexOf(name);
const worse = (a: RenditionName, b: RenditionName) => rank(a) < rank(b) ? a : b;

describe("the budget", () => {
  it("gives what is wished while there is room", () => {
    const all = [...watch(3), ...watch(2, { from: 3, wish: "lq" })];
    const budget = first(all);
    assert.equal(tally(budget, all), "3 0 2");
    assert.deepEqual([budget.spendable, budget.spent, budget.isOverfull], [17_000_000, 3 * 2_533_000 + 2 * 433_000, false]);
  });
  it("gives LQ to all first, then MQ to those who want more, then HQ", () => {
    const counts = [6, 10, 13, 16, 20, 38, 40].map((count) => tally(first(watch(count)), watch(count)));
    assert.deepEqual(counts, ["6 0 0", "4 6 0", "2 11 0", "0 15 1", "0 13 7", "0 0 38", "0 0 40"]);
  });
  it("uses 75 to 95 % of the uplink, and gives more than LQ to three in five, where twenty want HQ from 20 Mbit/s", () => {
    const { spent } = first(watch(20));
    assert.ok(spent > 0.75 * 20e6 && spent < 0.95 * 20e6, `${spent}`);
  });
  it("refuses nobody: if even LQ for all does not fit, all get LQ and the streamer is warned", () => {
    assert.equal(first(watch(39)).isOverfull, false);
    const budget = first(watch(50));
    assert.equal(budget.isOverfull, true);
    assert.equal(tally(budget, watch(50)), "0 0 50");
  });
  it("goes by what renditions and playlists really weigh", () => {
    assert.equal(tally(first(watch(20), { ratesBitsPerSecond: [500_000, 300_000, 200_000] }), watch(20)), "20 0 0");
    assert.equal(tally(first(watch(20), { overheadBitsPerSecond: 200_000 }), watch(20)), "0 7 13");
    assert.equal(tally(first(watch(6), { ratesBitsPerSecond: [300_000, 300_000, 310_000] }), watch(6)), "6 0 0");
  });
  it("raises donors first, then those who have watched longest, and names the boost", () => {
    const all = [...watch(18), ...watch(2, { from: 18, isDonor: true })];
    const budget = first(all);
    assert.deepEqual(budget.grants.get("v18"), { cap: "lq", boost: "mq" });
    assert.equal(tally(budget, all.slice(0, 11)), "0 11 0");
    assert.deepEqual(budget.grants.get("v11"), { cap: "lq", boost: null });
    const early = all.map((watcher) => watcher.id === "v0" ? { ...watcher, isDonor: true } : watcher);
    assert.deepEqual(first(early).grants.get("v0"), { cap: "mq", boost: null }, "it would have had that anyway");
  });
  it("shrinks at once, and comes back one step at a time after ten calm seconds", () => {
    const house = openHouse();
    const ten = watch(10);
    assert.equal(tally(house.after(30, ten), ten), "4 6 0");
    const crowd = [...ten, ...watch(28, { from: 10 })];
    assert.equal(tally(house.after(1, crowd), crowd), "0 0 38");
    house.after(60, crowd);
    assert.equal(tally(house.after(1, ten), ten), "0 0 10");
    assert.equal(tally(house.after(9, ten), ten), "0 0 10");
    assert.equal(tally(house.after(1, ten), ten), "0 10 0");
    assert.equal(tally(house.after(3, ten), ten), "0 10 0");
    assert.equal(tally(house.after(1, ten), ten), "4 6 0");
  });
  it("gives each of those who were there before a crowd what they had, within 16 s after it has left", () => {
    for (let count = 1; count <= 30; count++) {
      const house = openHouse();
      const here = watch(count);
      for (let arrived = 1; arrived <= count; arrived++) house.after(3, here.slice(0, arrived));
      const settled = house.after(40, here);
      const before = here.map((watcher) => got(settled, watcher));
      house.after(40, [...here, ...watch(20, { from: count })]);
      const back = house.after(16, here);
      assert.deepEqual(here.map((watcher) => got(back, watcher)), before, `${count}`);
    }
  });
  it("gives them that also where it had grown a moment before the crowd came", () => {
    for (let sinceGrowth = 1; sinceGrowth < 20; sinceGrowth++) {
      const house = openHouse();
      const here = watch(10);
      house.after(5, [...here, ...watch(2, { from: 10 })]);
      let grown = 0;
      while (tally(house.after(1, here), here) !== "4 6 0") assert.ok(++grown < 30);
      house.after(sinceGrowth, here);
      house.after(20, [...here, ...watch(20, { from: 10 })]);
      assert.equal(tally(house.after(16, here), here), "4 6 0", `${sinceGrowth} s after it grew`);
    }
  });
  it("lets newcomers use the reserve before anybody is lowered", () => {
    const house = openHouse();
    const before = house.after(1, watch(10));
    assert.ok(before.spent <= before.spendable - before.reserve);
    const more = [...watch(10), ...watch(1, { from: 10, wish: "lq" })];
    const now = house.after(1, more);
    assert.ok(now.spent > now.spendable - now.reserve);
    assert.equal(tally(now, more), "4 6 1");
  });
  it("knows what a viewer may have that arrives before the next plan", () => {
    assert.deepEqual([2, 6, 10].map((count) => first(watch(count)).newcomer.cap), ["hq", "lq", "lq"]);
    const places = (uplinkBitsPerSecond: number) => first(watch(2), { uplinkBitsPerSecond }).newcomerPlaces;
    assert.deepEqual([10e6, 20e6, 100e6].map(places), [0, 1, 7], "they pull more at once than they will later, and seldom come alone");
  });
  it("lets a pinned viewer have more at once where there is room", () => {
    const house = openHouse();
    house.after(20, watch(5, { wish: "lq" }));
    const eager = [...watch(1, { wish: "hq" }), ...watch(4, { from: 1, wish: "lq" })];
    assert.equal(tally(house.after(1, eager), eager), "1 0 4");
  });
  it("does not flap where bit rates waver by two percent, or one viewer comes and goes", () => {
    for (let count = 7; count < 40; count++) {
      const here = watch(count);
      const house = openHouse();
      let changes = 0, before = tally(house.after(1, here), here);
      for (let second = 0; second < 300; second++) {
        const waver = 1 + 0.01 * Math.sin(second);
        const now = tally(house.after(1, here, { ratesBitsPerSecond: [2_500_000 * waver, 1_000_000 * waver, 400_000 * waver] }), here);
        if (now !== before) changes++;
        before = now;
      }
      assert.ok(changes <= 1, `${count} viewers: ${changes} changes in 5 minutes`);
      for (let minute = 0; minute < 10; minute++) {
        for (const with_ of [here, [...here, ...watch(1, { from: count })]]) {
          const now = tally(house.after(30, with_), here);
          if (now !== before) changes++;
          before = now;
        }
      }
      assert.ok(changes <= 22, `${count} viewers: ${changes} changes, one more coming and going 10 times`);
    }
  });
  it("waits longer each time that a step up was soon taken back", () => {
    const here = watch(10), more = [...here, ...watch(10, { from: 10 })];
    const house = openHouse();
    house.after(5, more);
    const waits = Array.from({ length: 5 }, () => {
      let seconds = 0;
      while (tally(house.after(1, here), here) !== "4 6 0" && seconds < 300) seconds++;
      house.after(2, more);
      return seconds;
    });
    assert.equal(waits[1], waits[0], "one crowd is none");
    assert.ok(waits[2]! > 1.5 * waits[1]! && waits[3]! > 1.5 * waits[2]!, `${waits}`);
  });
});

const RATE = fc.integer({ min: 50_000, max: 6_000_000 });
const WATCHERS = fc.array(
  fc.record({ wish: fc.constantFrom(...RENDITION_NAMES), sinceMs: fc.nat(50), isDonor: fc.boolean() }),
  { minLength: 1, maxLength: 40 },
).map((all) => all.map((each, index): Watcher => ({ ...each, id: `v${index}` })));
const INPUT = fc.record({
  uplinkBitsPerSecond: fc.integer({ min: 500_000, max: 80_000_000 }),
  ratesBitsPerSecond: fc.tuple(RATE, RATE, RATE).map((all): [number, number, number] =>
    all.sort((a, b) => b - a) as [number, number, number]
  ),
  overheadBitsPerSecond: fc.nat(60_000),
  joinBits: fc.nat(4_000_000),
});

/** Plans one after the other, each with other viewers at another time; `check` sees each of them. */
function forAllHistories(check: (budget: Budget, input: BudgetInput, before: Budget | null) => void): void {
  const steps = fc.array(fc.record({ watchers: WATCHERS, waitMs: fc.nat(15_000), share: fc.double({ min: 0.2, max: 1, noNaN: true }) }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(INPUT, steps, (house, all) => {
      let budget: Budget | null = null;
      let nowMs = 0;
      for (const { watchers, waitMs, share } of all) {
        const present = watchers.slice(0, Math.ceil(share * watchers.length));
        const input = { ...house, nowMs: nowMs += waitMs, watchers: present };
        const before: Budget | null = budget;
        budget = planBudget(input, before?.memory ?? null);
        check(budget, input, before);
      }
    }),
    { numRuns: 200 },
  );
}

describe("whatever happens, the budget", () => {
  it("never promises more than is spendable, unless all are at LQ", () => {
    forAllHistories((budget, { watchers, ratesBitsPerSecond, overheadBitsPerSecond }) => {
      const sum = watchers.reduce((bits, each) => bits + ratesBitsPerSecond[3 - rank(got(budget, each))]! + overheadBitsPerSecond, 0);
      assert.ok(Math.abs(sum - budget.spent) < 1, `${sum} is not ${budget.spent}`);
      assert.ok(sum <= budget.spendable || watchers.every((each) => got(budget, each) === "lq"));
    });
  });
  it("keeps equal wishes within one rung, and donors never below their equals", () => {
    forAllHistories((budget, { watchers }) => {
      for (const a of watchers) {
        for (const b of watchers) {
          if (a.wish !== b.wish) continue;
          assert.ok(Math.abs(rank(got(budget, a)) - rank(got(budget, b))) <= 1);
          if (a.isDonor && !b.isDonor) assert.ok(rank(got(budget, a)) >= rank(got(budget, b)));
          if (a.isDonor === b.isDonor && a.sinceMs < b.sinceMs) assert.ok(rank(got(budget, a)) >= rank(got(budget, b)));
        }
      }
    });
  });
  it("gives nobody less for wishing more", () => {
    forAllHistories((budget, input, before) => {
      const first = input.watchers[0]!;
      const better = RENDITION_NAMES[Math.max(0, RENDITION_NAMES.indexOf(first.wish) - 1)]!;
      const eager = { ...first, wish: better };
      const other = planBudget({ ...input, watchers: [eager, ...input.watchers.slice(1)] }, before?.memory ?? null);
      assert.ok(
        rank(got(other, eager)) >= rank(got(budget, first)),
        `${first.wish} gets ${got(budget, first)}, ${better} ${got(other, eager)}`,
      );
    });
  });
  it("says boost only where it is more than the cap, and only to donors", () => {
    forAllHistories((budget, { watchers }) => {
      for (const { id, isDonor } of watchers) {
        const { cap, boost } = budget.grants.get(id)!;
        if (boost !== null) assert.ok(isDonor && rank(boost) === rank(cap) + 1);
      }
    });
  });
  it("raises nobody who stays twice within four seconds", () => {
    let raisedMs = -Infinity;
    forAllHistories((budget, { nowMs, watchers }, before) => {
      if (before === null) raisedMs = -Infinity;
      const level = budget.memory.grownMs;
      if (level === null || level === before?.memory.grownMs) return;
      assert.ok(level - raisedMs >= 4000 || watchers.length === 0);
      raisedMs = level;
      assert.equal(level, nowMs);
    });
  });
});

describe("a day of arrivals and departures", () => {
  it("changes a viewer's picture less than four times an hour, and never up again within ten seconds after down", () => {
    const day = live(true);
    assert.ok(day.changesPerHour < 4, `${day.changesPerHour} changes`);
    assert.equal(day.upAgain, 0);
    assert.ok(day.downAgain < 0.05 * day.changes, `${day.downAgain} of ${day.changes} were down again within ten seconds`);
    assert.equal(day.overspent, 0);
    assert.ok(day.used > 0.84, `${day.used} of what is spendable was used`);
    // The same without a memory of what was before.
    assert.ok(live(false).changesPerHour > 2.5 * day.changesPerHour);
  });
});

/** 86,400 plans: 5 to 35 viewers in three waves, each for ten minutes on average, bit rates that waver. */
function live(hasMemory: boolean) {
  let seed = 7;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  const ends = new Map<string, number>();
  const seen = new Map<string, { rank: number; upAt: number; downAt: number }>();
  let watchers: Watcher[] = [];
  let budget: Budget | null = null;
  let waver = 1;
  const sum = { changes: 0, upAgain: 0, downAgain: 0, overspent: 0, used: 0, viewerSeconds: 0 };
  for (let second = 0; second < 86_400; second++) {
    const expected = 5 + 15 * (1 + Math.sin((2 * Math.PI * second) / 28_800));
    if (random() < expected / 600) {
      const wish = RENDITION_NAMES[Math.max(0, Math.floor(random() * 5) - 2)]!;
      watchers.push({ id: `v${second}`, wish, sinceMs: second * 1000, isDonor: false });
      ends.set(`v${second}`, second - 600 * Math.log(1 - random()));
    }
    watchers = watchers.filter(({ id }) => ends.get(id)! > second);
    waver = 0.9 * waver + 0.1 * (1 + 0.1 * (random() - 0.5));
    const rates: [number, number, number] = [2_500_000 * waver, 1_000_000 * waver, 400_000 * waver];
    const input = { ...HOUSE, ratesBitsPerSecond: rates, nowMs: second * 1000, watchers };
    budget = planBudget(input, hasMemory ? (budget as Budget | null)?.memory ?? null : null);
    if (budget.spent > budget.spendable && !watchers.every((each) => got(budget!, each) === "lq")) sum.overspent++;
    sum.used += budget.spent / budget.spendable;
    sum.viewerSeconds += watchers.length;
    for (const watcher of watchers) {
      const now = rank(got(budget, watcher));
      const before = seen.get(watcher.id);
      if (before === undefined) seen.set(watcher.id, { rank: now, upAt: -Infinity, downAt: -Infinity });
      else if (now !== before.rank) {
        sum.changes++;
        if (now > before.rank && second - before.downAt < 10) sum.upAgain++;
        if (now < before.rank && second - before.upAt < 10) sum.downAgain++;
        seen.set(watcher.id, now > before.rank ? { ...before, rank: now, upAt: second } : { ...before, rank: now, downAt: second });
      }
    }
  }
  return { ...sum, used: sum.used / 86_400, changesPerHour: (3600 * sum.changes) / sum.viewerSeconds };
}
