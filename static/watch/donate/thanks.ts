/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";
import { language, words } from "../../shared/words/words.ts";
import { sayAmount } from "../../shared/say_amount.ts";

/** A donation as everybody hears of it. */
export interface Thanks {
  readonly id: string;
  readonly name: string;
  readonly amount: string;
  readonly currency: string;
  readonly message: string;
  /** The streamer tries how it looks. */
  readonly isTest?: true | undefined;
}

const SHOWN_MS = 8000;
/** When many give at once, each is seen for a shorter time. */
const SHOWN_IN_A_RUSH_MS = 3000;
const MOST_WAITING = 20;

/** Makes the banner in `place` that thanks donors one after the other. Returns the function that takes the next. */
export function createThanks(place: HTMLElement): (thanks: Thanks) => void {
  const banner = make("div", { class: "thanks", hidden: "" });
  const live = make("div", { class: "thanks-live", role: "status" });
  live.append(banner);
  place.append(live);
  const waiting: Thanks[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;

  function showNext(): void {
    timer = null;
    const next = waiting.shift();
    banner.hidden = next === undefined;
    if (next === undefined) return;
    const { donate } = words();
    const line = donate.thanks(next.name || donate.somebody, sayAmount(next.amount, next.currency, language()));
    banner.replaceChildren(
      ...(next.isTest ? [make("p", { class: "thanks-test" }, donate.test)] : []),
      make("p", { class: "thanks-line" }, line),
      ...(next.message ? [make("p", { class: "thanks-message" }, next.message)] : []),
    );
    timer = setTimeout(showNext, waiting.length > 0 ? SHOWN_IN_A_RUSH_MS : SHOWN_MS);
  }

  return (thanks) => {
    waiting.push(thanks);
    if (waiting.length > MOST_WAITING) waiting.shift();
    if (timer === null) showNext();
  };
}
