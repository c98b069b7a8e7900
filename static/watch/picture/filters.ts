export const FILTER_NAMES = ["none", "grey", "sepia", "contrast", "mirror", "blur", "night", "pixel", "edges"] as const;
export type FilterName = typeof FILTER_NAMES[number];

const KEPT_AS = "tercet.filter";

/** The filter kept in this browser; none where nothing, or nothing known, is kept. */
export function recallFilter(storage: Pick<Storage, "getItem"> | null): FilterName {
  const kept = storage?.getItem(KEPT_AS);
  return FILTER_NAMES.find((name) => name === kept) ?? "none";
}

export function keepFilter(storage: Pick<Storage, "setItem"> | null, filter: FilterName): void {
  try {
    storage?.setItem(KEPT_AS, filter);
  } catch {
    // Full or forbidden: the filter then lives as long as the page.
  }
}

/** How a filter is made: by the style sheet alone, or by drawing each picture anew. A blur of the style sheet's costs pictures where there is no graphics card. */
export function isDrawn(filter: FilterName): filter is "blur" | "pixel" | "edges" {
  return filter === "blur" || filter === "pixel" || filter === "edges";
}
