/** The key that was typed, for this tab and no longer: never in an address, never on the disk. */
export interface KeyMemory {
  key: string | null;
}

const KEPT_AS = "tercet.publish.key";

/** `storage` is the tab's own (`sessionStorage`); null where there is none: then a page that is loaded again asks again. */
export function createKeyMemory(storage: Storage | null): KeyMemory {
  let key = storage?.getItem(KEPT_AS) ?? null;
  return {
    get key() {
      return key;
    },
    set key(text) {
      key = text;
      try {
        if (text === null) storage?.removeItem(KEPT_AS);
        else storage?.setItem(KEPT_AS, text);
      } catch {
        // Nothing can be kept here; it holds until the page goes.
      }
    },
  };
}
