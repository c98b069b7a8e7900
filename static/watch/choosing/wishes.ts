import type { Wish } from "../../../media/audience/viewer.ts";

/** What the server answered to a wish. `problem`: its name for what is wrong. */
export type WishAnswer =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly problem: string | null }
  | { readonly kind: "unreachable" };

export type Refusal = Exclude<WishAnswer, { readonly kind: "accepted" }>;

export interface Wishes {
  /** What the buttons show: at once what was pressed, until the server says otherwise. */
  readonly shown: Wish;
  press(change: Partial<Wish>): Promise<void>;
  /** The server tells what it holds as this viewer's wish. */
  hear(wish: Wish): void;
}

/** Sends wishes one at a time, of several quick ones only the last. One that is not accepted is taken back. */
export function createWishes(deps: {
  readonly first: Wish;
  readonly send: (wish: Wish) => Promise<WishAnswer>;
  /** `shown` is another one now. */
  readonly onChange: () => void;
  readonly onRefused: (refusal: Refusal) => void;
}): Wishes {
  let settled = deps.first;
  let shown = deps.first;
  let isSending = false;

  function show(wish: Wish): void {
    if (isSame(wish, shown)) return;
    shown = wish;
    deps.onChange();
  }

  async function sendAll(): Promise<void> {
    while (!isSame(shown, settled)) {
      const asked = shown;
      const answer = await deps.send(asked);
      if (answer.kind === "accepted") settled = asked;
      else if (isSame(shown, asked)) {
        show(settled);
        deps.onRefused(answer);
      }
    }
  }

  return {
    get shown() {
      return shown;
    },
    async press(change) {
      show({ ...shown, ...change });
      if (isSending) return;
      isSending = true;
      await sendAll().finally(() => isSending = false);
    },
    hear(wish) {
      // What was said while a wish is on its way is older than the wish.
      if (isSending) return;
      // While gaming the quality acts on nothing: what the page remembers for the way home counts.
      settled = wish.mode === "gaming" ? { ...wish, quality: shown.quality } : wish;
      show(settled);
    },
  };
}

export function isSame(a: Wish, b: Wish): boolean {
  return a.mode === b.mode && a.quality === b.quality;
}
