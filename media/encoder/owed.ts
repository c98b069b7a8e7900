/**
 * What an encoder was given and has not given back: kept until its place in the show is filled, so that an encoder's death costs nothing. Items stand at
 * whole positions that rise (ticks of pictures, blocks of sound), perhaps with gaps.
 */
export interface Owed<Item> {
  /** The oldest and the newest; null where nothing is owed. */
  readonly first: number | null;
  readonly last: number | null;
  readonly count: number;
  readonly bytes: number;
  /** Keeps an item, or says that there is no room: then it is not taken. */
  add(position: number, item: Item): boolean;
  /** Those from this position on, oldest first. */
  from(position: number): Iterable<readonly [position: number, item: Item]>;
  /** The places up to and with this one are filled. */
  settle(position: number): void;
}

/** `keepBehind` so many that were settled are kept all the same, for an encoder that must hear what came before. */
export function createOwed<Item>(o: {
  readonly most: number;
  readonly mostBytes: number;
  readonly keepBehind?: number;
  readonly bytesOf: (item: Item) => number;
  readonly onDropped: (item: Item) => void;
}): Owed<Item> {
  const items: { position: number; item: Item }[] = [];
  let settled = -Infinity;
  let bytes = 0;

  const owedFrom = () => items.findIndex(({ position }) => position > settled);

  return {
    get first() {
      const at = owedFrom();
      return at < 0 ? null : items[at]!.position;
    },
    get last() {
      const newest = items.at(-1);
      return newest && newest.position > settled ? newest.position : null;
    },
    get count() {
      const at = owedFrom();
      return at < 0 ? 0 : items.length - at;
    },
    get bytes() {
      return bytes;
    },
    add(position, item) {
      const newest = items.at(-1);
      if (position <= settled || (newest && position <= newest.position)) {
        throw new RangeError(`Cannot owe position ${position}: ${newest?.position ?? settled} came before`);
      }
      if (items.length >= o.most + (o.keepBehind ?? 0) || bytes + o.bytesOf(item) > o.mostBytes) return false;
      items.push({ position, item });
      bytes += o.bytesOf(item);
      return true;
    },
    *from(position) {
      for (const one of items) if (one.position >= position) yield [one.position, one.item] as const;
    },
    settle(position) {
      settled = Math.max(settled, position);
      const firstOwed = owedFrom();
      const drop = (firstOwed < 0 ? items.length : firstOwed) - (o.keepBehind ?? 0);
      for (const { item } of items.splice(0, Math.max(0, drop))) {
        bytes -= o.bytesOf(item);
        o.onDropped(item);
      }
    },
  };
}
