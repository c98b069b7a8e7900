import type { Unsent } from "./outbox.ts";

const NAME_KEPT_AS = "tercet.name";
const UNSENT_KEPT_AS = "tercet.chat.unsent";

/** The name somebody chose in this browser; empty for none. */
export function recallName(storage: Pick<Storage, "getItem"> | null): string {
  try {
    return storage?.getItem(NAME_KEPT_AS) ?? "";
  } catch {
    return "";
  }
}

export function keepName(storage: Pick<Storage, "setItem"> | null, name: string): void {
  try {
    storage?.setItem(NAME_KEPT_AS, name);
  } catch {
    // Full or forbidden: the name then lives as long as the page.
  }
}

/** Keeps what is on its way when the page goes, so that a reload sends it under the same keys. */
export function keepUnsent(storage: Pick<Storage, "setItem" | "removeItem"> | null, unsent: readonly Unsent[]): void {
  try {
    if (unsent.length === 0) storage?.removeItem(UNSENT_KEPT_AS);
    else storage?.setItem(UNSENT_KEPT_AS, JSON.stringify(unsent));
  } catch {
    // Full or forbidden.
  }
}

/** Takes it out again: a duplicated tab, which is another viewer, must not send it too. */
export function takeUnsent(storage: Pick<Storage, "getItem" | "removeItem"> | null): readonly Unsent[] {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(UNSENT_KEPT_AS) ?? "[]");
    storage?.removeItem(UNSENT_KEPT_AS);
    return Array.isArray(kept) ? kept.filter(isUnsent) : [];
  } catch {
    return [];
  }
}

function isUnsent(value: Partial<Record<keyof Unsent, unknown>> | null): value is Unsent {
  return typeof value?.key === "string" && typeof value.name === "string" && typeof value.text === "string";
}
