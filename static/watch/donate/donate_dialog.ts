/// <reference lib="dom" />
import type { DonateAnswer } from "../../../routes/donations/schemas.ts";
import { recallName } from "../chat/memory.ts";
import { make } from "../../shared/controls/make.ts";
import { createPanel } from "../../shared/controls/panel.ts";
import { language, onLanguage, words } from "../../shared/words/words.ts";
import { sayAmount } from "../../shared/say_amount.ts";
import { usualAmounts } from "./amounts.ts";
import { copyText } from "../../shared/controls/copy_text.ts";
import type { Gift, GiveOutcome } from "./give.ts";

export interface DonateDialog {
  open(donate: DonateAnswer): void;
  close(): void;
}

/** The dialog behind the button: amounts to tap with a name and a message, or the way to the streamer's own page. `give` is asked once at a time. */
export function createDonateDialog(give: (gift: Gift) => Promise<GiveOutcome>): DonateDialog {
  const body = make("div", { class: "donate-body" });
  const dialog = make("dialog", { class: "panel" });
  const panel = createPanel(dialog);
  document.body.append(dialog);
  let shown: DonateAnswer | null = null;

  function show(): void {
    panel.fill(words().donate.donate, body);
    if (shown !== null) body.replaceChildren(...(shown.link === null ? makeForm(shown.currency, give) : makeWay(shown.link, shown.code)));
  }

  onLanguage(show);
  return {
    open(donate) {
      shown = donate;
      show();
      panel.open();
    },
    close: panel.close,
  };
}

function makeForm(currency: string, give: (gift: Gift) => Promise<GiveOutcome>): HTMLElement[] {
  const { donate } = words();
  const name = make("input", { class: "field", maxlength: "30", autocomplete: "nickname" });
  name.value = recallChatName();
  const message = make("textarea", { class: "field", maxlength: "500", rows: "2" });
  const other = make("input", { class: "field donate-other", inputmode: "decimal", maxlength: "12", autocomplete: "off" });
  const problem = make("p", { class: "donate-problem", role: "alert", hidden: "" });
  const amounts = make("div", { class: "donate-amounts", role: "group", "aria-label": donate.amount });
  const form = make("form", { class: "donate-own" });
  const giveOther = make("button", { class: "pill", type: "submit" }, donate.give);
  let isGiving = false;

  async function press(amount: string): Promise<void> {
    if (isGiving) return;
    isGiving = true;
    problem.hidden = true;
    const outcome = await give({ amount, name: name.value, message: message.value }).finally(() => isGiving = false);
    if (outcome.kind === "given") return;
    problem.textContent = sayProblem(outcome);
    problem.hidden = false;
  }

  for (const amount of usualAmounts(currency)) {
    const button = make("button", { class: "pill", type: "button" }, sayAmount(String(amount), currency, language()));
    button.addEventListener("click", () => void press(String(amount)));
    amounts.append(button);
  }
  form.append(label(`${donate.other} (${currency})`, other), giveOther);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void press(other.value.trim().replace(",", "."));
  });
  return [
    make("p", {}, donate.gives),
    label(donate.name, name),
    label(donate.message, message),
    amounts,
    form,
    problem,
    make("p", { class: "donate-note" }, donate.noMoney),
  ];
}

function recallChatName(): string {
  try {
    return recallName(localStorage);
  } catch {
    // Cookies and the like are switched off.
    return "";
  }
}

function makeWay(link: string, code: string): HTMLElement[] {
  const { donate } = words();
  const open = make("a", { class: "pill", href: link, target: "_blank", rel: "noopener noreferrer" }, donate.open(new URL(link).hostname));
  const copy = make("button", { class: "pill donate-quiet", type: "button" }, donate.copy);
  const row = make("div", { class: "donate-code" });
  row.append(make("code", {}, code), copy);
  copy.addEventListener("click", async () => {
    copy.textContent = await copyText(code) ? donate.copied : donate.copyByHand;
  });
  return [make("p", {}, donate.gives), make("p", {}, donate.elsewhere), row, open];
}

function sayProblem(outcome: Exclude<GiveOutcome, { kind: "given" }>): string {
  const { donate, choice } = words();
  if (outcome.kind === "unreachable") return donate.unreachable;
  if (outcome.problem === "too_many_donations") return donate.tooMany;
  if (outcome.problem === "unknown_viewer") return choice.unknownViewer;
  switch (outcome.field) {
    case "amount":
      return donate.badAmount;
    case "name":
    case "message":
      return donate.badText;
    default:
      return choice.refused;
  }
}

function label(text: string, field: HTMLElement): HTMLLabelElement {
  const labelled = make("label", { class: "donate-label" });
  labelled.append(make("span", {}, text), field);
  return labelled;
}
