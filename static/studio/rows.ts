/// <reference lib="dom" />

/** One thing of a list, on the page. */
export interface Row<Item> {
  readonly element: HTMLElement;
  update(item: Item): void;
}

/** Keeps a list's elements while what they show changes, so that neither focus nor a finger that is down on one of them is lost. */
export function createRows<Item>(
  list: HTMLElement,
  o: { readonly keyOf: (item: Item) => string; readonly makeRow: (item: Item) => Row<Item> },
): (items: readonly Item[]) => void {
  const rows = new Map<string, Row<Item>>();
  return (items) => {
    const wanted = new Set(items.map(o.keyOf));
    for (const [key, row] of rows) {
      if (wanted.has(key)) continue;
      row.element.remove();
      rows.delete(key);
    }
    let before: Element | null = null;
    for (const item of items) {
      const key = o.keyOf(item);
      const row = rows.get(key) ?? o.makeRow(item);
      rows.set(key, row);
      row.update(item);
      const place: Element | null = before === null ? list.firstElementChild : before.nextElementSibling;
      if (place !== row.element) list.insertBefore(row.element, place);
      before = row.element;
    }
  };
}
