import type { Wish } from "../../../media/audience/viewer.ts";
import { EN } from "../../shared/words/en.ts";

/** What a viewer has who never pressed anything. */
export const FIRST_WISH: Wish = { mode: "home", quality: "auto" };

const KEPT_AS = "tercet.wish";

/** Keeps the wish of this tab, for a reload and for a server that has forgotten the viewer. */
export function keepWish(storage: Pick<Storage, "setItem"> | null, wish: Wish): void {
  try {
    storage?.setItem(KEPT_AS, `${wish.mode} ${wish.quality}`);
  } catch {
    // Full or forbidden: the wish then lives as long as the page.
  }
}

/** The wish kept in this tab, or the first one. Whatever is no wish counts as none. */
export function recallWish(storage: Pick<Storage, "getItem"> | null): Wish {
  const [mode = "", quality = ""] = (storage?.getItem(KEPT_AS) ?? "").split(" ");
  return isIn(EN.choice.modes, mode) && isIn(EN.choice.qualities, quality) ? { mode, quality } : FIRST_WISH;
}

function isIn<T extends object>(table: T, name: string | keyof T): name is keyof T {
  return Object.keys(table).includes(String(name));
}
