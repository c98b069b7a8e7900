/// <reference lib="dom" />
import type { OverlayDonations } from "../../routes/overlay/schemas.ts";
import { createGoalBar } from "../shared/controls/goal_bar.ts";
import { make } from "../shared/controls/make.ts";
import { sayAmount } from "../shared/say_amount.ts";
import { language, words } from "../shared/words/words.ts";
import { readEverySecond } from "./reading.ts";

// The goal and the newest thanks over a picture in OBS. Thanks follow one another; nothing of long ago is thanked for again where OBS opens the page anew.

type Thanks = OverlayDonations["thanks"][number];

const SHOWN_MS = 10_000;
const SHOWN_IN_A_RUSH_MS = 3000;
const FRESH_SECONDS = 10;
const place = document.getElementById("given") as HTMLElement;
const bar = createGoalBar();
const banner = make("div", { class: "thanks", hidden: "" });
const waiting: Thanks[] = [];
const seen = new Set<string>();
let isShowing = false;

readEverySecond<OverlayDonations>({
  place,
  heading: () => words().donate.donations,
  path: () => "donations",
  show({ goal, thanks }) {
    if (!bar.element.isConnected) place.append(bar.element, banner);
    bar.show(goal);
    for (const each of thanks) {
      if (!seen.has(each.id) && each.ageSeconds < FRESH_SECONDS) waiting.push(each);
      seen.add(each.id);
    }
    if (!isShowing) showNext();
  },
});

function showNext(): void {
  const next = waiting.shift();
  isShowing = next !== undefined;
  banner.hidden = !isShowing;
  if (next === undefined) return;
  const { donate } = words();
  banner.replaceChildren(
    ...(next.isTest ? [make("p", { class: "thanks-test" }, donate.test)] : []),
    make("p", { class: "thanks-line" }, donate.thanks(next.name || donate.somebody, sayAmount(next.amount, next.currency, language()))),
    ...(next.message === "" ? [] : [make("p", {}, next.message)]),
  );
  setTimeout(showNext, waiting.length > 0 ? SHOWN_IN_A_RUSH_MS : SHOWN_MS);
}
