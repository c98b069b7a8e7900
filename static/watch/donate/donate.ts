/// <reference lib="dom" />
import type { DonateAnswer } from "../../../routes/donations/schemas.ts";
import { createGoalBar } from "../../shared/controls/goal_bar.ts";
import { make } from "../../shared/controls/make.ts";
import type { PageDeps } from "../page_deps.ts";
import type { ServerEvent } from "../../shared/server_event.ts";
import { onLanguage, words } from "../../shared/words/words.ts";
import { readBoost, sayTimeLeft } from "./boost.ts";
import { throwConfetti } from "./confetti.ts";
import { createDonateDialog } from "./donate_dialog.ts";
import { createGiver, makeKey } from "./give.ts";
import { createThanks } from "./thanks.ts";

const SUCCESS_MS = 6000;

/**
 * The button, its dialog, the thanks on the page and the time that a boost has left. What lies over the picture goes into the stage around `place`, so that
 * it is there in full screen. Makes nothing where the server takes no donations.
 */
export function mountDonate(place: HTMLElement, deps: PageDeps): void {
  // Known before anything is asked: the button is there from the start, or never.
  if (document.documentElement.dataset["without"]?.split(" ").includes("donate")) return;
  const stage = place.closest<HTMLElement>(".stage") ?? document.body;
  const button = make("button", { class: "pill donate", type: "button" });
  const label = make("span", { class: "donate-label-text" });
  const success = make("span", { class: "donate-success", hidden: "" });
  const time = make("span", { class: "donate-time", "aria-hidden": "true", hidden: "" });
  button.append(label, time, success);
  place.append(button);

  const goalBar = createGoalBar();
  goalBar.element.classList.add("goal-over");
  stage.querySelector(".top")?.after(goalBar.element);
  const thank = createThanks(stage);
  const give = createGiver({ fetch: (address, init) => fetch(address, init), base: deps.base, makeKey });
  const dialog = createDonateDialog(async (gift) => {
    const viewerId = deps.viewerId();
    if (viewerId === null) return { kind: "unreachable" };
    const outcome = await give(viewerId, gift);
    if (outcome.kind === "given") {
      boostedUntilMs = readBoost(outcome.boostedUntil, Date.now());
      succeed(outcome.id);
    }
    return outcome;
  });

  let donate: DonateAnswer | null = null;
  let publicId: string | null = null;
  let boostedUntilMs: number | null = null;
  let successUntilMs = 0;
  let celebratedId: string | null = null;

  function succeed(id: string): void {
    // The answer and the event tell of the same donation, in either order.
    if (celebratedId === id) return;
    celebratedId = id;
    successUntilMs = Date.now() + SUCCESS_MS;
    dialog.close();
    show();
    void throwConfetti(stage);
  }

  function hear(event: ServerEvent): void {
    switch (event.type) {
      case "goal":
        return goalBar.show(event.goal);
      case "state":
        goalBar.show(event.stream.goal ?? null);
        if (event.viewer === undefined) return;
        donate = event.viewer.donate ?? null;
        publicId = event.viewer.publicId;
        boostedUntilMs = readBoost(event.viewer.boostedUntil, Date.now());
        button.hidden = donate === null;
        return show();
      case "choice":
        boostedUntilMs = readBoost(event.boostedUntil, Date.now());
        return show();
      case "donation":
        thank(event);
        if (event.publicId !== null && event.publicId === publicId) succeed(event.id);
    }
  }

  function press(): void {
    if (donate === null) return deps.say(words().choice.unreachable);
    // A link that takes the code along needs no words about it.
    if (donate.link?.includes(donate.code)) globalThis.open(donate.link, "_blank", "noopener,noreferrer");
    else dialog.open(donate);
  }

  function show(): void {
    const nowMs = Date.now();
    const texts = words().donate;
    const hasSucceeded = nowMs < successUntilMs;
    const left = hasSucceeded ? null : sayTimeLeft(boostedUntilMs, nowMs);
    // What is hidden has no text: the button's text is what is seen.
    label.textContent = hasSucceeded ? "" : texts.donate;
    success.textContent = hasSucceeded ? texts.success : "";
    success.hidden = !hasSucceeded;
    button.setAttribute("aria-label", hasSucceeded ? texts.success : texts.donate);
    time.hidden = left === null;
    time.textContent = left ?? "";
    button.title = left === null ? "" : texts.boost(left);
  }

  button.addEventListener("click", press);
  deps.onEvent(hear);
  onLanguage(() => {
    goalBar.say();
    show();
  });
  setInterval(show, 1000);
}
