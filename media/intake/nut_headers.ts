/** What stands before the packets of a NUT stream, and before each of them (NUT Open Container Format, draft 20070628; its words). */

/** Seconds as a fraction. */
export interface TimeBase {
  readonly numerator: number;
  readonly denominator: number;
}

/** What the byte that begins a frame stands for. */
export interface FrameCode {
  readonly flags: number;
  readonly streamId: number;
  readonly sizeMul: number;
  readonly sizeLsb: number;
  readonly ptsDelta: number;
  readonly reservedCount: number;
  readonly headerIndex: number;
}

export interface MainHeader {
  /** At least one. */
  readonly timeBases: readonly TimeBase[];
  /** 256 of them; that of "N", which begins all other packets, is invalid. */
  readonly frameCodes: readonly FrameCode[];
  /** Bytes that frames may begin with and leave out; the first is empty. */
  readonly elisions: readonly Uint8Array[];
}

export type NutStream =
  | { readonly kind: "pictures"; /** "I420" for yuv420p. */ readonly codec: string; readonly width: number; readonly height: number }
  | { readonly kind: "sound"; /** "PSD\x10" for s16le. */ readonly codec: string; readonly rate: number; readonly channels: number };

export interface StreamHeader {
  readonly stream: NutStream;
  readonly timeBaseId: number;
  readonly msbPtsShift: number;
}

export interface FrameHeader {
  readonly pts: number;
  /** Of the whole frame, with what it left out. */
  readonly bytes: number;
  readonly headerIndex: number;
  readonly hasChecksum: boolean;
  /** An end of relevance: no frame, but the end of one. */
  readonly isEnd: boolean;
}

export type PacketKind = "main header" | "stream header" | "syncpoint" | "index" | "info";

export const NUT_FILE_ID = new TextEncoder().encode("nut/multimedia container\0");
/** "N", which is no frame code. */
export const STARTCODE_BYTE = 0x4e;

/**
 * Reads main_header of version 3 or 4. `bytes` is the packet's body without its checksum; the elisions are copies.
 * Throws a SyntaxError or RangeError; so do the others here.
 */
export function readMainHeader(bytes: Uint8Array): MainHeader {
  const cursor = createCursor(bytes, "main header");
  const version = cursor.v();
  if (version !== 3 && version !== 4) throw new SyntaxError(`Cannot read NUT main header: its version is ${version}, not 3 or 4`);
  if (version > 3) cursor.v(); // minor_version
  const streamCount = cursor.v();
  if (streamCount !== 1) throw new RangeError(`Cannot read NUT main header: it has ${streamCount} streams, not 1`);
  cursor.v(); // max_distance
  const timeBaseCount = cursor.v();
  if (timeBaseCount < 1 || timeBaseCount > MAX_TIME_BASES) {
    throw new RangeError(`Cannot read NUT main header: it has ${timeBaseCount} time bases, not 1 to ${MAX_TIME_BASES}`);
  }
  const timeBases = Array.from({ length: timeBaseCount }, () => readTimeBase(cursor));
  const frameCodes = readFrameCodes(cursor);
  const elisions = readElisions(cursor);
  cursor.checkEnd();
  return { timeBases, frameCodes, elisions };
}

/** Reads stream_header of the one stream there is. `bytes` is the packet's body without its checksum. */
export function readStreamHeader(bytes: Uint8Array, main: MainHeader): StreamHeader {
  const cursor = createCursor(bytes, "stream header");
  const streamId = cursor.v();
  if (streamId !== 0) throw new SyntaxError(`Cannot read NUT stream header: stream_id is ${streamId} where there is one stream`);
  const streamClass = cursor.v();
  const codec = String.fromCharCode(...cursor.take(cursor.v())); // fourcc
  const timeBaseId = cursor.v();
  if (timeBaseId >= main.timeBases.length) {
    throw new SyntaxError(`Cannot read NUT stream header: time_base_id is ${timeBaseId}, there are ${main.timeBases.length}`);
  }
  const msbPtsShift = cursor.v();
  if (msbPtsShift >= 16) throw new RangeError(`Cannot read NUT stream header: msb_pts_shift is ${msbPtsShift}, not below 16`);
  cursor.v(); // max_pts_distance
  cursor.v(); // decode_delay
  cursor.v(); // stream_flags
  cursor.take(cursor.v()); // codec_specific_data
  const stream = readDecodingFields(cursor, streamClass, codec);
  cursor.checkEnd();
  return { stream, timeBaseId, msbPtsShift };
}

/** Reads syncpoint (its body without its checksum): the time that the next frame's is told from, in the stream's time base. */
export function readSyncpoint(bytes: Uint8Array, main: MainHeader, { timeBaseId }: StreamHeader): number {
  const cursor = createCursor(bytes, "syncpoint");
  const coded = cursor.v(); // global_key_pts
  cursor.v(); // back_ptr_div16
  cursor.checkEnd();
  const count = main.timeBases.length;
  const pts = Math.floor(coded / count);
  if (coded % count === timeBaseId) return pts;
  const from = main.timeBases[coded % count]!;
  const to = main.timeBases[timeBaseId]!;
  const whole = BigInt(pts) * BigInt(from.numerator) * BigInt(to.denominator) / (BigInt(from.denominator) * BigInt(to.numerator));
  return checkSafe(Number(whole), "syncpoint");
}

/** Reads what stands before a frame (frame_code and on), or says null where `bytes` holds only a part of it. */
export function readFrameHeader(
  bytes: Uint8Array,
  main: MainHeader,
  stream: StreamHeader,
  lastPts: number,
): { readonly frame: FrameHeader; readonly headerBytes: number } | null {
  const cursor = createCursor(bytes, "frame");
  const code = main.frameCodes[cursor.byte()]!;
  if (code.flags & FLAG.INVALID) throw new SyntaxError(`Cannot read NUT frame: its frame code ${bytes[0]} is invalid`);
  const flags = code.flags & FLAG.CODED ? code.flags ^ checkFlags(cursor.v(), "frame") : code.flags;
  const streamId = flags & FLAG.STREAM_ID ? cursor.v() : code.streamId;
  const pts = flags & FLAG.CODED_PTS ? decodePts(cursor.v(), lastPts, stream.msbPtsShift) : lastPts + code.ptsDelta;
  const size = code.sizeLsb + (flags & FLAG.SIZE_MSB ? code.sizeMul * cursor.v() : 0);
  if (flags & FLAG.MATCH_TIME) cursor.s(); // match_time_delta
  const headerIndex = flags & FLAG.HEADER_INDEX ? cursor.v() : code.headerIndex;
  const reservedCount = flags & FLAG.RESERVED ? cursor.v() : code.reservedCount;
  for (let i = 0; i < reservedCount && !cursor.isShort; i++) cursor.v();
  if (flags & FLAG.CHECKSUM) cursor.skip(4);
  if (cursor.isShort) return null;

  if (flags & ~KNOWN_FLAGS) throw new SyntaxError(`Cannot read NUT frame: its flags are 0x${flags.toString(16)}`);
  if (streamId !== 0) throw new SyntaxError(`Cannot read NUT frame: its stream is ${streamId} where there is one`);
  if (headerIndex >= main.elisions.length) {
    throw new SyntaxError(`Cannot read NUT frame: header_idx is ${headerIndex}, there are ${main.elisions.length}`);
  }
  return {
    headerBytes: cursor.at,
    frame: {
      pts: checkSafe(pts, "frame"),
      bytes: checkSafe(size, "frame"),
      headerIndex: size > MAX_ELIDED_FRAME_BYTES ? 0 : headerIndex,
      hasChecksum: (flags & FLAG.CHECKSUM) !== 0,
      isEnd: (flags & FLAG.END_OF_RELEVANCE) !== 0,
    },
  };
}

/** Reads packet_header, or says null where `bytes` holds only a part of it. `bodyBytes` counts the checksum behind the body. */
export function readPacketHeader(
  bytes: Uint8Array,
): { readonly kind: PacketKind; readonly headerBytes: number; readonly bodyBytes: number } | null {
  const cursor = createCursor(bytes, "packet");
  const startcode = [cursor.u32(), cursor.u32()] as const;
  if (cursor.isShort) return null;
  const found = STARTCODES.find(([, high, low]) => high === startcode[0] && low === startcode[1]);
  if (!found) throw new SyntaxError(`Cannot read NUT packet: its startcode is 0x${startcode.map((half) => hex(half)).join("")}`);
  const bodyBytes = cursor.v(); // forward_ptr
  if (bodyBytes > LEAST_CHECKED_BYTES) cursor.skip(4); // header_checksum
  if (cursor.isShort) return null;
  if (bodyBytes < 4) throw new SyntaxError(`Cannot read NUT ${found[0]}: its ${bodyBytes} bytes have no room for a checksum`);
  if (bodyBytes > LEAST_CHECKED_BYTES) checkSum(bytes.subarray(0, cursor.at), found[0]);
  return { kind: found[0], headerBytes: cursor.at, bodyBytes };
}

/** `bytes` ends with its own checksum: CRC-32 with the polynomial 0x04C11DB7, highest bit first, from 0. Throws a SyntaxError where that is another. */
export function checkSum(bytes: Uint8Array, what: PacketKind | "frame"): void {
  let crc = 0;
  for (const byte of bytes) crc = crc << 8 ^ CRC_TABLE[crc >>> 24 ^ byte]!;
  if (crc !== 0) throw new SyntaxError(`Cannot read NUT ${what}: its checksum is wrong`);
}

const STARTCODES: readonly (readonly [kind: PacketKind, high: number, low: number])[] = [
  ["main header", 0x4e4d7a56, 0x1f5f04ad],
  ["stream header", 0x4e531140, 0x5bf2f9db],
  ["syncpoint", 0x4e4be4ad, 0xeeca4569],
  ["index", 0x4e58dd67, 0x2f23e64e],
  ["info", 0x4e49ab68, 0xb596ba78],
];
const FLAG = {
  KEY: 1,
  END_OF_RELEVANCE: 2,
  CODED_PTS: 8,
  STREAM_ID: 16,
  SIZE_MSB: 32,
  CHECKSUM: 64,
  RESERVED: 128,
  HEADER_INDEX: 1024,
  MATCH_TIME: 2048,
  CODED: 4096,
  INVALID: 8192,
};
/** All but those that make a frame invalid, and 256: side data, which comes in version 4 only and from us never. */
const KNOWN_FLAGS = FLAG.KEY | FLAG.END_OF_RELEVANCE | FLAG.CODED_PTS | FLAG.STREAM_ID | FLAG.SIZE_MSB | FLAG.CHECKSUM | FLAG.RESERVED |
  FLAG.HEADER_INDEX | FLAG.MATCH_TIME | FLAG.CODED;
/** Chapters that are passed on have time bases of their own. */
const MAX_TIME_BASES = 64;
const MAX_ELISIONS = 128;
const MAX_ELISION_BYTES = 255;
/** Larger frames are always whole. */
const MAX_ELIDED_FRAME_BYTES = 4096;
/** Longer packets have a checksum for their header too. */
const LEAST_CHECKED_BYTES = 4096;
const MAX_VARINT_BYTES = 10;
const INVALID: FrameCode = { flags: FLAG.INVALID, streamId: 0, sizeMul: 0, sizeLsb: 0, ptsDelta: 0, reservedCount: 0, headerIndex: 0 };
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc << 1 ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

/** Reads on through `bytes`. Past their end all is 0 and `isShort` is set: whoever reads a loop's length must ask for it. */
interface Cursor {
  readonly at: number;
  readonly isShort: boolean;
  byte(): number;
  /** A variable length number, seven bits a byte, the highest first. Throws a RangeError above 2^53 - 1. */
  v(): number;
  /** The same with a sign: 0, 1, -1, 2, -2, … */
  s(): number;
  u32(): number;
  take(bytes: number): Uint8Array;
  skip(bytes: number): void;
  /** Throws a SyntaxError where more was read than there is. What is left over is reserved for later versions. */
  checkEnd(): void;
}

function createCursor(bytes: Uint8Array, what: PacketKind | "frame" | "packet"): Cursor {
  let at = 0;

  function byte(): number {
    return bytes[at++] ?? 0;
  }

  function v(): number {
    let value = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const next = byte();
      value = value * 128 + (next & 127);
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError(`Cannot read NUT ${what}: a number above 2^53 at byte ${at - count - 1}`);
      if (next < 128) return value;
    }
    throw new SyntaxError(`Cannot read NUT ${what}: a number of more than ${MAX_VARINT_BYTES} bytes`);
  }

  function take(count: number): Uint8Array {
    at += count;
    return bytes.subarray(at - count, at);
  }

  return {
    get at() {
      return at;
    },
    get isShort() {
      return at > bytes.length;
    },
    byte,
    v,
    s() {
      const coded = v();
      return coded % 2 === 1 ? (coded + 1) / 2 : 0 - coded / 2;
    },
    u32: () => (byte() << 24 | byte() << 16 | byte() << 8 | byte()) >>> 0,
    take,
    skip: (count) => void (at += count),
    checkEnd() {
      if (at > bytes.length) throw new SyntaxError(`Cannot read NUT ${what}: ${bytes.length} bytes, and ${at} are needed`);
    },
  };
}

function readTimeBase(cursor: Cursor): TimeBase {
  const numerator = cursor.v();
  const denominator = cursor.v();
  if (numerator < 1 || denominator < 1 || numerator >= 2 ** 31 || denominator >= 2 ** 31) {
    throw new RangeError(`Cannot read NUT main header: a time base of ${numerator}/${denominator}`);
  }
  return { numerator, denominator };
}

/** The table comes as runs: what a run does not name is as in the run before, or 0. */
function readFrameCodes(cursor: Cursor): FrameCode[] {
  const codes: FrameCode[] = [];
  let [ptsDelta, sizeMul, streamId, headerIndex] = [0, 1, 0, 0];
  while (codes.length < 256) {
    const flags = checkFlags(cursor.v(), "main header");
    const fields = cursor.v();
    if (fields > 0) ptsDelta = cursor.s();
    if (fields > 1) sizeMul = cursor.v();
    if (fields > 2) streamId = cursor.v();
    const sizeLsb = fields > 3 ? cursor.v() : 0;
    const reservedCount = fields > 4 ? cursor.v() : 0;
    const count = fields > 5 ? cursor.v() : sizeMul - sizeLsb;
    if (fields > 6) cursor.s(); // match_time_delta
    if (fields > 7) headerIndex = cursor.v();
    for (let i = 8; i < fields && !cursor.isShort; i++) cursor.v(); // reserved
    cursor.checkEnd();
    const room = 256 - codes.length - (codes.length <= STARTCODE_BYTE ? 1 : 0);
    if (count < 1 || count > room) {
      throw new RangeError(`Cannot read NUT main header: ${count} frame codes from ${codes.length} on, where ${room} have room`);
    }
    for (let i = 0; i < count; i++) {
      if (codes.length === STARTCODE_BYTE) codes.push(INVALID);
      codes.push({ flags, streamId, sizeMul, sizeLsb: sizeLsb + i, ptsDelta, reservedCount, headerIndex });
    }
    if (codes.length === STARTCODE_BYTE) codes.push(INVALID);
  }
  return codes;
}

function readElisions(cursor: Cursor): Uint8Array[] {
  const count = cursor.v(); // header_count_minus1; main_flags of version 4, which may follow, change nothing here
  if (count >= MAX_ELISIONS) throw new RangeError(`Cannot read NUT main header: ${count} elided headers, not below ${MAX_ELISIONS}`);
  const elisions = [new Uint8Array(0)];
  for (let i = 0; i < count; i++) {
    const bytes = cursor.v();
    if (bytes < 1 || bytes > MAX_ELISION_BYTES) throw new RangeError(`Cannot read NUT main header: an elided header of ${bytes} bytes`);
    elisions.push(cursor.take(bytes).slice());
    cursor.checkEnd();
  }
  return elisions;
}

function readDecodingFields(cursor: Cursor, streamClass: number, codec: string): NutStream {
  if (streamClass === 0) return { kind: "pictures", codec, width: cursor.v(), height: cursor.v() }; // then sample_width, sample_height, colorspace_type
  if (streamClass !== 1) {
    throw new SyntaxError(`Cannot read NUT stream header: stream_class is ${streamClass}, not 0 (pictures) or 1 (sound)`);
  }
  const numerator = cursor.v(); // samplerate_num
  return { kind: "sound", codec, rate: numerator / (cursor.v() || 1), channels: cursor.v() };
}

/** coded_pts: either the lowest bits, for the time next to the last one, or all of it, with 2^shift added. */
function decodePts(coded: number, lastPts: number, msbPtsShift: number): number {
  const step = 2 ** msbPtsShift;
  if (coded >= step) return coded - step;
  const least = lastPts - Math.floor(step / 2);
  return least + ((coded - least) % step + step) % step;
}

function checkFlags(flags: number, what: PacketKind | "frame"): number {
  if (flags > 0xffff) throw new RangeError(`Cannot read NUT ${what}: flags of 0x${flags.toString(16)}`);
  return flags;
}

function checkSafe(value: number, what: PacketKind | "frame"): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`Cannot read NUT ${what}: ${value} is beyond 2^53`);
  return value;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
