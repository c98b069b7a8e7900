/// <reference lib="dom" />
import { createAsk } from "../shared/ask.ts";
import { make } from "../shared/controls/make.ts";
import { openStorage } from "../shared/storage.ts";
import { beginLanguage, words } from "../shared/words/words.ts";

const EVERY_MS = 1000;
const PATIENCE_MS = 8000;

/**
 * Asks one of the overlays' doors every second, with the token that stands behind the # of the page's address. One that is refused at once is said in `place`: whoever
 * sets OBS up reads it. Later nothing is said, since by then viewers would read it.
 */
export function readEverySecond<Answer>(o: {
  readonly place: HTMLElement;
  /** What the page is called. */
  readonly heading: () => string;
  /** Asked each time: below `api/overlay/`. */
  readonly path: () => string;
  readonly show: (answer: Answer) => void;
}): void {
  beginLanguage({ storage: openStorage(() => globalThis.localStorage), languages: navigator.languages, root: document.documentElement });
  const heading = document.getElementById("heading")!;
  document.title = heading.textContent = o.heading();
  const base = new URL("../", document.baseURI).href;
  const ask = createAsk({ fetch: (address, init) => fetch(address, init), base, patienceMs: PATIENCE_MS });
  let hasRead = false;

  async function read(): Promise<void> {
    const answer = await ask(`api/overlay/${o.path()}`, { headers: { authorization: `Bearer ${location.hash.slice(1) || "none"}` } });
    const value = answer?.ok ? await answer.json().catch(() => null) : null;
    if (value !== null) {
      if (!hasRead) o.place.replaceChildren();
      hasRead = true;
      o.show(value);
    } else if (!hasRead && answer?.status === 403) o.place.replaceChildren(make("p", { class: "problem" }, words().overlay.notGood));
    setTimeout(read, EVERY_MS);
  }

  addEventListener("hashchange", () => location.reload());
  void read();
}
