/// <reference lib="dom" />
import { make } from "./make.ts";

/** Puts a text on the clipboard. False where the browser does not let a page do that. Pages that came by plain HTTP have only the old way. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

function copyByCommand(text: string): boolean {
  const before = document.activeElement;
  // In the dialog that is open, as everything else is inert then.
  const place = document.querySelector("dialog[open]") ?? document.body;
  const field = make("textarea", { class: "copied", readonly: "", "aria-hidden": "true" });
  field.value = text;
  place.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
