/// <reference lib="dom" />
import { countCharacters, dropForbidden, LONGEST_MESSAGE, LONGEST_NAME } from "../../../routes/chat/text.ts";
import { make } from "../../shared/controls/make.ts";
import { onLanguage, words } from "../../shared/words/words.ts";

export interface Composer {
  readonly form: HTMLFormElement;
  /** A line under the fields; null for none. */
  complain(line: string | null): void;
  /** What always stands there, such as slow mode; null for nothing. */
  remark(line: string | null): void;
  /** Gives back what could not be sent, unless something else is being written already. */
  giveBack(text: string): void;
}

/** From here on it is said how many characters are left. */
const TELL_FROM_LEFT = 50;

/** Where somebody writes. `onSend` gets what was written and says whether it was taken; `onName` hears of every other name. */
export function createComposer(
  o: { readonly name: string; readonly onName: (name: string) => void; readonly onSend: (name: string, text: string) => boolean },
): Composer {
  const name = make("input", {
    class: "field chat-name",
    type: "text",
    autocomplete: "nickname",
    enterkeyhint: "done",
    spellcheck: "false",
  });
  const message = make("input", { class: "field chat-message", type: "text", autocomplete: "off", enterkeyhint: "send" });
  const count = make("span", { class: "chat-count", "aria-live": "polite", hidden: "" });
  const send = make("button", { class: "pill chat-send", type: "submit" });
  const remark = make("p", { class: "chat-remark", hidden: "" });
  const complaint = make("p", { class: "chat-complaint", role: "status" });
  const row = make("div", { class: "chat-row" });
  const form = make("form", { class: "chat-form", novalidate: "" });
  row.append(message, send);
  form.append(complaint, remark, name, row, count);
  name.value = o.name;

  function countLeft(): void {
    const left = LONGEST_MESSAGE - countCharacters(message.value.trim());
    count.hidden = left > TELL_FROM_LEFT;
    count.dataset["over"] = String(left < 0);
    if (!count.hidden) count.textContent = words().chat.left(left);
  }

  function complain(line: string | null): void {
    complaint.textContent = line ?? "";
  }

  function submit(): void {
    const { chat } = words();
    const text = message.value.trim();
    const who = name.value.trim();
    if (text === "") return;
    if (countCharacters(text) > LONGEST_MESSAGE) return complain(chat.tooLong);
    if (countCharacters(who) > LONGEST_NAME) return complain(chat.nameTooLong);
    if (!o.onSend(who === "" ? chat.guest : who, text)) return complain(chat.full);
    complain(null);
    message.value = "";
    countLeft();
  }

  for (const field of [name, message]) {
    field.addEventListener("input", (event) => {
      // A half-written character belongs to the keyboard that writes it.
      if (event instanceof InputEvent && event.isComposing) return;
      const clean = dropForbidden(field.value);
      if (clean !== field.value) field.value = clean;
    });
    field.addEventListener("keydown", (event) => {
      // Enter that ends the writing of a Chinese word sends nothing; Safari tells it by 229 alone.
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.preventDefault();
    });
  }
  message.addEventListener("input", countLeft);
  name.addEventListener("change", () => o.onName(name.value.trim()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });

  onLanguage(() => {
    const { chat } = words();
    name.setAttribute("aria-label", chat.name);
    name.placeholder = chat.name;
    message.setAttribute("aria-label", chat.message);
    message.placeholder = chat.message;
    send.textContent = chat.send;
    complain(null);
    countLeft();
  });

  return {
    form,
    complain,
    remark(line) {
      remark.hidden = line === null;
      remark.textContent = line ?? "";
    },
    giveBack(text) {
      if (message.value !== "") return;
      message.value = text;
      countLeft();
    },
  };
}
