/// <reference lib="dom" />

const SURE_WITHIN_MS = 4000;

/** A button that asks once more before it does what cannot be undone. `words` are asked each time: the language may change. */
export function pressTwice(
  button: HTMLButtonElement,
  words: () => { readonly plain: string; readonly sure: string },
  act: () => void,
): void {
  let timer: ReturnType<typeof setTimeout> | null = null;

  function calm(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    button.textContent = words().plain;
    delete button.dataset["sure"];
  }

  button.addEventListener("click", () => {
    if (timer !== null) {
      calm();
      return act();
    }
    button.textContent = words().sure;
    button.dataset["sure"] = "";
    timer = setTimeout(calm, SURE_WITHIN_MS);
  });
}
