/// <reference lib="dom" />

/** Sets a button's name and picture for its two states. */
export function showToggle(button: HTMLButtonElement, isOn: boolean, name: string): void {
  button.dataset["on"] = String(isOn);
  if (button.getAttribute("aria-label") === name) return;
  button.setAttribute("aria-label", name);
  button.title = name;
}

/** Writes only what changed: screen readers speak a live region again at every write. */
export function showText(element: HTMLElement, text: string | null): void {
  element.hidden = text === null;
  if (text !== null) writeText(element, text);
}

/** The same for what is never hidden. */
export function writeText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
