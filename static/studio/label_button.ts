/// <reference lib="dom" />

/** What stands on a button of a row, and what is read out, where that alone would not say of which row. */
export function labelButton(button: HTMLButtonElement, text: string, name: string): void {
  button.textContent = text;
  button.setAttribute("aria-label", name);
}
