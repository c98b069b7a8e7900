/** One box as a plain reader of our own sees it. */
export interface ReadBox {
  readonly type: string;
  readonly start: number;
  /** What follows size and type. */
  readonly content: Uint8Array;
}

/** The boxes that lie side by side in `bytes`. Throws where their sizes do not add up. */
export function readBoxes(bytes: Uint8Array): ReadBox[] {
  const boxes: ReadBox[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > bytes.length) throw new SyntaxError(`Cannot read box at ${at}: ${size} bytes of ${bytes.length}`);
    boxes.push({ type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), start: at, content: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return boxes;
}

/** The contents of all boxes with a path such as "moov/trak/mdia". */
export function findBoxes(bytes: Uint8Array, path: string): Uint8Array[] {
  let found = [bytes];
  let bytesBeforeChildren = 0;
  for (const type of path.split("/")) {
    found = found.flatMap((content) => readBoxes(content.subarray(bytesBeforeChildren)))
      .filter((box) => box.type === type).map((box) => box.content);
    bytesBeforeChildren = BYTES_BEFORE_CHILDREN[type] ?? 0;
  }
  return found;
}

const BYTES_BEFORE_CHILDREN: Readonly<Record<string, number>> = { stsd: 8, avc1: 78, mp4a: 28, meta: 4, dref: 8 };
