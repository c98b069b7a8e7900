/** One tag, its envelope taken off. */
export interface Tag {
  /** 8 audio, 9 video, 18 script data. */
  readonly type: number;
  readonly timeMs: number;
  /** A view of the chunk, or memory of its own where the tag spans chunks. */
  readonly body: Uint8Array;
}

export interface TagCutter {
  /** The tags that this chunk completes. Throws a SyntaxError or RangeError at a broken envelope and is of no use afterwards. */
  cut(chunk: Uint8Array): Generator<Tag, void, undefined>;
  /** Throws a SyntaxError if the stream ended inside its header or a tag. */
  end(): void;
}

const FILE_HEADER_BYTES = 9 + 4;
const TAG_HEADER_BYTES = 11;
const TAG_TRAILER_BYTES = 4;
const NOTHING = new Uint8Array(0);

/** Takes the envelope off an FLV stream (annex E.2 to E.4), whatever way its bytes are cut. No tag of more than `maxTagBytes` is believed. */
export function createTagCutter(maxTagBytes: number): TagCutter {
  let chunk: Uint8Array = NOTHING;
  let at = 0;
  let pending: Uint8Array | null = null; // a piece that spans chunks, allocated once at its full size
  let pendingFilled = 0;
  let isHeaderRead = false;
  let tag: TagHeader | null = null; // read, its body is not

  /** The next `size` bytes, or null until they have all come. */
  function take(size: number): Uint8Array | null {
    const available = chunk.length - at;
    if (pending === null && available >= size) {
      at += size;
      return chunk.subarray(at - size, at);
    }
    if (available === 0) return null;
    pending ??= new Uint8Array(size);
    const step = Math.min(size - pendingFilled, available);
    pending.set(chunk.subarray(at, at + step), pendingFilled);
    at += step;
    pendingFilled += step;
    if (pendingFilled < size) return null;
    const piece = pending;
    pending = null;
    pendingFilled = 0;
    return piece;
  }

  function nextTag(): Tag | null {
    if (!isHeaderRead) {
      const header = take(FILE_HEADER_BYTES);
      if (header === null) return null;
      checkFileHeader(header);
      isHeaderRead = true;
    }
    if (tag === null) {
      const header = take(TAG_HEADER_BYTES);
      if (header === null) return null;
      tag = readTagHeader(header, maxTagBytes);
    }
    const { type, timeMs, bodyBytes } = tag;
    const piece = take(bodyBytes + TAG_TRAILER_BYTES);
    if (piece === null) return null;
    const previousTagSize = readU32(piece, bodyBytes);
    if (previousTagSize !== TAG_HEADER_BYTES + bodyBytes) {
      throw new SyntaxError(
        `Cannot read FLV tag: PreviousTagSize is ${previousTagSize} after a tag of ${TAG_HEADER_BYTES + bodyBytes} bytes`,
      );
    }
    tag = null;
    return { type, timeMs, body: piece.subarray(0, bodyBytes) };
  }

  return {
    *cut(next) {
      chunk = next;
      at = 0;
      for (let found = nextTag(); found !== null; found = nextTag()) yield found;
      chunk = NOTHING; // so that it can be collected while the stream is quiet
      at = 0;
    },
    end() {
      if (!isHeaderRead && pending !== null) {
        throw new SyntaxError(`Cannot end FLV stream: ${pendingFilled} bytes of its header of ${FILE_HEADER_BYTES}`);
      }
      if (tag !== null) {
        throw new SyntaxError(`Cannot end FLV stream: ${pendingFilled} bytes of a tag body of ${tag.bodyBytes} and its size`);
      }
      if (pending !== null) throw new SyntaxError(`Cannot end FLV stream: ${pendingFilled} bytes of a tag header of ${TAG_HEADER_BYTES}`);
    },
  };
}

/** The FLV header and PreviousTagSize0 (E.2, E.3). */
function checkFileHeader(bytes: Uint8Array): void {
  const signature = readU32(bytes, 0); // Signature, Version
  if (signature !== 0x464c5601) {
    throw new SyntaxError(`Cannot read FLV header: it begins with 0x${hex(signature, 8)}, not "FLV" and version 1`);
  }
  const dataOffset = readU32(bytes, 5);
  if (dataOffset !== 9) throw new SyntaxError(`Cannot read FLV header: DataOffset is ${dataOffset}, not 9`);
  const previousTagSize0 = readU32(bytes, 9);
  if (previousTagSize0 !== 0) throw new SyntaxError(`Cannot read FLV header: PreviousTagSize0 is ${previousTagSize0}, not 0`);
}

interface TagHeader {
  readonly type: number;
  readonly timeMs: number;
  readonly bodyBytes: number;
}

/** FLVTAG up to its data (E.4.1). */
function readTagHeader(bytes: Uint8Array, maxTagBytes: number): TagHeader {
  const type = bytes[0]!; // Reserved, Filter (1: encrypted), TagType
  if (type !== 8 && type !== 9 && type !== 18) throw new SyntaxError(`Cannot read FLV tag: its type is ${type}, not 8, 9 or 18`);
  const bodyBytes = readU32(bytes, 0) & 0xffffff; // DataSize
  if (bodyBytes > maxTagBytes) throw new RangeError(`Cannot read FLV tag: its ${bodyBytes} bytes are more than the ${maxTagBytes} allowed`);
  const timeMs = (bytes[7]! << 24) | (readU32(bytes, 3) & 0xffffff); // Timestamp, TimestampExtended
  if (timeMs < 0) throw new RangeError(`Cannot read FLV tag: its time of ${timeMs} ms is negative`);
  const streamId = readU32(bytes, 7) & 0xffffff;
  if (streamId !== 0) throw new SyntaxError(`Cannot read FLV tag: its StreamID is ${streamId}, not 0`);
  return { type, timeMs, bodyBytes };
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
