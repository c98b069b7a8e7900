/** One SimpleBlock, as our own writer makes them: one to a Cluster. */
export interface Block {
  readonly track: "picture" | "sound";
  readonly timeMs: number;
  readonly isKey: boolean;
  readonly data: Uint8Array;
}

/** Reads a stream of our own back, strictly: EBML, Segment, Info, Tracks, Clusters of one block. Throws at anything else. */
export function readMatroska(bytes: Uint8Array): { readonly codecIds: readonly string[]; readonly blocks: readonly Block[] } {
  const codecIds: string[] = [];
  const blocks: Block[] = [];
  const top = readElements(bytes, 0, bytes.length, [0x18538067]);
  if (top[0]?.id !== 0x1a45dfa3) throw new Error("no EBML header");
  for (const { id, from, to } of top.slice(1)) {
    if (id === 0x1654ae6b) {
      for (const track of readElements(bytes, from, to)) {
        const codec = readElements(bytes, track.from, track.to).find((it) => it.id === 0x86);
        codecIds.push(new TextDecoder().decode(bytes.subarray(codec!.from, codec!.to)));
      }
    } else if (id === 0x1f43b675) {
      blocks.push(readCluster(bytes, from, to));
    }
  }
  return { codecIds, blocks };
}

function readCluster(bytes: Uint8Array, from: number, to: number): Block {
  const [timestamp, block, more] = readElements(bytes, from, to);
  if (timestamp?.id !== 0xe7 || block?.id !== 0xa3 || more) throw new Error("no Cluster of one block");
  const timeMs = bytes.subarray(timestamp.from, timestamp.to).reduce((sum, byte) => sum * 256 + byte, 0);
  return {
    track: bytes[block.from] === 0x81 ? "picture" : "sound",
    timeMs,
    isKey: (bytes[block.from + 3]! & 0x80) !== 0,
    data: bytes.slice(block.from + 4, block.to),
  };
}

interface Element {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** Elements side by side; those named in `open` are of unknown size, and what stands in them counts as standing beside them. */
function readElements(bytes: Uint8Array, from: number, to: number, open: readonly number[] = []): Element[] {
  const found: Element[] = [];
  let at = from;
  while (at < to) {
    const idBytes = Math.clz32(bytes[at]!) - 23;
    const id = Number(BigInt(`0x${bytes.subarray(at, at + idBytes).toHex()}`));
    at += idBytes;
    const sizeBytes = Math.clz32(bytes[at]!) - 23;
    const size = bytes.subarray(at + 1, at + sizeBytes).reduce((sum, byte) => sum * 256 + byte, bytes[at]! & (0xff >> sizeBytes));
    at += sizeBytes;
    if (open.includes(id)) continue;
    if (at + size > to) throw new Error(`an element of ${size} bytes, of which ${to - at} are there`);
    found.push({ id, from: at, to: at + size });
    at += size;
  }
  return found;
}
