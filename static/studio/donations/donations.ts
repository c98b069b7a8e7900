/// <reference lib="dom" />
import type { StudioDonations } from "../../../routes/donations/schemas.ts";
import { createGoalBar } from "../../shared/controls/goal_bar.ts";
import { make } from "../../shared/controls/make.ts";
import { showText, writeText } from "../../shared/controls/show.ts";
import { sayAmount } from "../../shared/say_amount.ts";
import { language, words } from "../../shared/words/words.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { pressTwice } from "../press_twice.ts";
import { createRows, type Row } from "../rows.ts";
import { sayClock } from "../say_clock.ts";
import { studioWords } from "../words/words.ts";

export interface DonationsElements {
  readonly goalHeading: HTMLElement;
  readonly test: HTMLButtonElement;
  readonly bar: HTMLElement;
  readonly form: HTMLFormElement;
  readonly nameLabel: HTMLElement;
  readonly name: HTMLInputElement;
  readonly amountLabel: HTMLElement;
  readonly amount: HTMLInputElement;
  readonly set: HTMLButtonElement;
  readonly remove: HTMLButtonElement;
  readonly hint: HTMLElement;
  readonly heading: HTMLElement;
  readonly total: HTMLElement;
  readonly empty: HTMLElement;
  readonly list: HTMLElement;
}

const TESTED_MS = 3000;

/** What was given, what it is for, and a donation that only shows how one looks. */
export function createDonations(o: {
  readonly elements: DonationsElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
}): { look(): Promise<void>; say(): void } {
  const { elements, api } = o;
  const bar = createGoalBar();
  elements.bar.append(bar.element);
  let told: StudioDonations | null = null;
  let isTested = false;
  /** The goal that stands in the fields. */
  let filled: string | null = null;
  const showRows = createRows<StudioDonations["donations"][number]>(elements.list, { keyOf: ({ id }) => id, makeRow });

  async function look(): Promise<void> {
    const outcome = await api.get<StudioDonations>("api/studio/donations");
    if (outcome.kind !== "answer") return;
    told = outcome.value;
    fill();
    say();
  }

  /** Another studio's change comes into the fields, unless somebody writes there. */
  function fill(): void {
    const { name = "", amount = "" } = told?.goal ?? {};
    const goal = JSON.stringify([name, amount]);
    if (goal === filled || elements.form.contains(document.activeElement)) return;
    filled = goal;
    elements.name.value = name;
    elements.amount.value = amount;
  }

  function makeRow(first: StudioDonations["donations"][number]): Row<StudioDonations["donations"][number]> {
    const element = make("li", { class: "donation" });
    const amount = make("strong", { class: "donation-amount" });
    const who = make("span", { class: "donation-who" });
    const when = make("span", { class: "donation-when" });
    element.append(amount, who, when, ...(first.message === "" ? [] : [make("p", { class: "donation-message" }, first.message)]));
    return {
      element,
      update({ name, at, currency, amount: sum, origin }) {
        const { donations } = studioWords();
        writeText(amount, sayAmount(sum, currency, language()));
        writeText(who, name || words().donate.somebody);
        const from = donations.origins[origin];
        writeText(when, `${at.slice(0, 10)} ${sayClock(at)}${from === undefined ? "" : ` · ${from}`}`);
      },
    };
  }

  async function act(method: "PUT" | "DELETE", body?: object): Promise<void> {
    o.say(explain(await api.send(method, "api/studio/goal", body), studioWords().donations.problems));
    filled = null;
    await look();
  }

  async function test(): Promise<void> {
    const outcome = await api.send("POST", "api/studio/donations/test", {});
    o.say(explain(outcome));
    if (outcome.kind !== "answer") return;
    isTested = true;
    say();
    setTimeout(() => {
      isTested = false;
      say();
    }, TESTED_MS);
  }

  function say(): void {
    const { donations } = studioWords();
    const currency = told?.currency ?? "";
    writeText(elements.goalHeading, donations.goal);
    writeText(elements.test, isTested ? donations.tested : donations.test);
    elements.test.title = donations.testName;
    writeText(elements.nameLabel, donations.goalName);
    writeText(elements.amountLabel, donations.goalAmount(currency));
    writeText(elements.set, told?.goal ? donations.goalChange : donations.goalSet);
    elements.remove.hidden = !told?.goal;
    if (elements.remove.dataset["sure"] === undefined) writeText(elements.remove, donations.goalRemove);
    writeText(elements.hint, donations.goalHint(currency));
    writeText(elements.heading, donations.heading);
    bar.show(told?.goal ?? null);
    if (told === null) return;
    const { totals } = told;
    const sums = totals.map(({ amount, currency }) => sayAmount(amount, currency, language()));
    const count = totals.reduce((sum, each) => sum + each.count, 0);
    showText(elements.total, count === 0 ? null : donations.total(sums.join(" + "), count));
    showText(elements.empty, count === 0 ? donations.empty : null);
    showRows(told.donations);
  }

  elements.form.addEventListener("submit", (event) => {
    event.preventDefault();
    (document.activeElement as HTMLElement | null)?.blur();
    void act("PUT", { name: elements.name.value.trim(), amount: elements.amount.value.trim().replace(",", ".") });
  });
  pressTwice(
    elements.remove,
    () => ({ plain: studioWords().donations.goalRemove, sure: studioWords().donations.goalSure }),
    () => void act("DELETE"),
  );
  elements.test.addEventListener("click", () => void test());
  return { look, say };
}
