/// <reference lib="dom" />
import { make } from "./make.ts";
import { onLanguage, words } from "../words/words.ts";

/** A modal dialog: a heading, a button that closes it, and what it is about. */
export interface Panel {
  readonly isOpen: boolean;
  /** Its heading, which is its name too, and what stands beneath. */
  fill(title: string, ...content: readonly Node[]): void;
  open(): void;
  close(): void;
}

/** Furnishes a dialog. The button, Escape and a press beside it close it. */
export function createPanel(dialog: HTMLDialogElement): Panel {
  const heading = make("h2", { class: "panel-title", tabindex: "-1" });
  const closeButton = make("button", { class: "panel-close", type: "button" }, "✕");
  const head = make("div", { class: "panel-head" });
  const body = make("div", { class: "panel-body" });
  head.append(heading, closeButton);
  dialog.append(head, body);

  /** A browser from before 2022 shows it over the page, and does not close it by Escape. */
  function close(): void {
    if (dialog.close) dialog.close();
    else dialog.removeAttribute("open");
  }

  closeButton.addEventListener("click", close);
  dialog.addEventListener("click", (event) => {
    // A key's press has no place and no detail.
    if (event.target === dialog && event.detail > 0 && !isInside(dialog.getBoundingClientRect(), event)) close();
  });
  onLanguage(() => closeButton.setAttribute("aria-label", words().player.close));

  return {
    get isOpen() {
      return dialog.hasAttribute("open");
    },
    fill(title, ...content) {
      heading.textContent = title;
      dialog.setAttribute("aria-label", title);
      body.replaceChildren(...content);
    },
    open() {
      if (dialog.showModal) dialog.showModal();
      else dialog.setAttribute("open", "");
      // Not the first button: a key held down on the one that opened the dialog must not press it.
      heading.focus();
    },
    close,
  };
}

/** The dialog's own padding is a part of it, its backdrop is not; a click on either has the dialog as its target. */
function isInside({ left, right, top, bottom }: DOMRect, { clientX, clientY }: MouseEvent): boolean {
  return left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
}
