/// <reference lib="dom" />
const SHOWN_MS = 1600;

/** Shows a name over the picture for a moment. */
export function createFlash(element: HTMLElement): (text: string) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (text) => {
    element.textContent = text;
    element.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(() => element.hidden = true, SHOWN_MS);
  };
}
