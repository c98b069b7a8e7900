import { addAmounts } from "./money.ts";
import type { GoalAnswer, StoredGoal, ThanksAnswer } from "./schemas.ts";
import type { Donation, DonationStore } from "./store.ts";

/** What was given, added up, and what it is given for. */
export interface Book {
  readonly currency: string;
  /** The newest first. */
  readonly newest: readonly Donation[];
  /** Of all that are kept, by currency. */
  readonly totals: ReadonlyMap<string, { readonly amount: string; readonly count: number }>;
  readonly goal: GoalAnswer | null;
  /** A goal counts from when it is set; one that is only changed goes on counting. Null takes it away. */
  setGoal(goal: { readonly name: string; readonly amount: string } | null): void;
  /** Takes down a donation that has just been made. */
  note(donation: Donation): void;
  /** What everybody was told last, tests among it, the oldest first. */
  readonly thanks: readonly (ThanksAnswer & { readonly atMs: number })[];
  noteThanks(thanks: ThanksAnswer): void;
}

const MOST_LISTED = 100;
const MOST_THANKS = 20;

/** `keep` is handed a goal that is to outlive the process. `now`: the wall clock, in ms. */
export function createBook(o: {
  readonly store: Pick<DonationStore, "since">;
  readonly currency: string;
  readonly goal: StoredGoal | null;
  readonly keep: (goal: StoredGoal | null) => void;
  readonly now: () => number;
}): Book {
  const totals = new Map<string, { amount: string; count: number }>();
  const thanks: (ThanksAnswer & { atMs: number })[] = [];
  let newest: Donation[] = [];
  let goal: StoredGoal | null = null;
  let given = "0";
  takeGoal(o.goal);
  const kept = o.store.since(0);
  for (const donation of kept) add(donation);
  newest = kept.slice(-MOST_LISTED).reverse();

  function add({ currency, amount, atMs }: Donation): void {
    const { amount: sum, count } = totals.get(currency) ?? { amount: "0", count: 0 };
    totals.set(currency, { amount: addAmounts(sum, amount), count: count + 1 });
    if (goal !== null && currency === goal.currency && atMs >= goal.sinceMs) given = addAmounts(given, amount);
  }

  /** One that was kept for another currency says nothing any more. */
  function takeGoal(next: StoredGoal | null): void {
    if (next === null || goal === null) given = "0";
    goal = next?.currency === o.currency ? next : null;
  }

  return {
    currency: o.currency,
    get newest() {
      return newest;
    },
    totals,
    get goal() {
      return goal && { name: goal.name, amount: goal.amount, currency: goal.currency, given };
    },
    setGoal(next) {
      takeGoal(next && { ...next, currency: o.currency, sinceMs: goal?.sinceMs ?? o.now() });
      o.keep(goal);
    },
    note(donation) {
      add(donation);
      newest = [donation, ...newest].slice(0, MOST_LISTED);
    },
    thanks,
    noteThanks(told) {
      thanks.push({ ...told, atMs: o.now() });
      if (thanks.length > MOST_THANKS) thanks.shift();
    },
  };
}
