import type { ByteInput } from "./byte_input.ts";

/** One RTMP message, put together from its chunks. */
export interface RtmpMessage {
  /** Message Type ID. */
  readonly type: number;
  readonly streamId: number;
  /** 32 bits, which wrap. */
  readonly timeMs: number;
  /** Memory of its own. */
  readonly body: Uint8Array;
}

/** What a peer may cost; the owner may change it between two messages. */
export interface ChunkLimits {
  /** Of one message. All messages that are begun and not ended come to twice as much at most. */
  maxMessageBytes: number;
}

/** librtmp uses 6, ffmpeg 5, GStreamer 6. */
const MOST_CHUNK_STREAMS = 16;
const FIRST_CHUNK_BYTES = 128; // 5.4.1
const NOTHING = new Uint8Array(0);

/**
 * Reads the chunk stream (RTMP 1.0 section 5.3) of one peer for ever: yields messages as they are complete, and `null` where the bytes so far have been
 * read. Set Chunk Size and Abort are obeyed here and yielded too. Throws a SyntaxError at what is no chunk stream, and a RangeError at what would cost more
 * than `limits`; nothing can be read after that.
 */
export function* readChunks(input: ByteInput, limits: ChunkLimits): Generator<RtmpMessage | null, never, void> {
  const streams = new Map<number, ChunkStream>();
  let chunkBytes = FIRST_CHUNK_BYTES;
  let begunBytes = 0;

  while (true) {
    const { format, id } = yield* readBasicHeader(input);
    const stream = findStream(streams, id, format);
    yield* readMessageHeader(input, stream, format);
    if (stream.body === null) {
      begunBytes += stream.length;
      checkCost(stream, begunBytes, limits);
      stream.body = stream.length === 0 ? NOTHING : new Uint8Array(stream.length);
      stream.filled = 0;
    }
    let left = Math.min(chunkBytes, stream.length - stream.filled);
    while (left > 0) {
      const bytes = yield* input.takeSome(left);
      stream.body.set(bytes, stream.filled);
      stream.filled += bytes.length;
      left -= bytes.length;
    }
    if (stream.filled < stream.length) continue;

    const message = { type: stream.type, streamId: stream.streamId, timeMs: stream.timeMs, body: stream.body };
    stream.body = null;
    begunBytes -= stream.length;
    if (message.type === 1) chunkBytes = readChunkBytes(message.body);
    if (message.type === 2) begunBytes -= abort(streams, message.body);
    yield message;
  }
}

interface ChunkStream {
  timeMs: number;
  /** What a header of kind 3 that begins a message adds. */
  deltaMs: number;
  hasExtendedTime: boolean;
  length: number;
  type: number;
  streamId: number;
  /** Of the message that is begun and not ended. */
  body: Uint8Array | null;
  filled: number;
}

/** 5.3.1.1 */
function* readBasicHeader(input: ByteInput): Generator<null, { format: number; id: number }, void> {
  const first = (yield* input.take(1))[0]!;
  const format = first >> 6;
  const short = first & 63;
  if (short > 1) return { format, id: short };
  if (short === 0) return { format, id: 64 + (yield* input.take(1))[0]! };
  const [low, high] = yield* input.take(2);
  return { format, id: 64 + low! + 256 * high! };
}

function findStream(streams: Map<number, ChunkStream>, id: number, format: number): ChunkStream {
  const known = streams.get(id);
  if (known !== undefined) return known;
  if (format > 1) throw new SyntaxError(`Cannot read chunk: the first header of chunk stream ${id} is of kind ${format}, not 0 or 1`);
  if (streams.size === MOST_CHUNK_STREAMS) throw new RangeError(`Cannot read chunk: more than ${MOST_CHUNK_STREAMS} chunk streams`);
  const made = { timeMs: 0, deltaMs: 0, hasExtendedTime: false, length: 0, type: 0, streamId: 0, body: null, filled: 0 };
  streams.set(id, made);
  return made;
}

const HEADER_BYTES = [11, 7, 3, 0];

/** 5.3.1.2 and 5.3.1.3 */
function* readMessageHeader(input: ByteInput, stream: ChunkStream, format: number): Generator<null, void, void> {
  if (format < 3 && stream.body !== null) {
    throw new SyntaxError(`Cannot read chunk: a header of kind ${format} inside a message, at byte ${stream.filled} of ${stream.length}`);
  }
  let time = 0;
  if (format < 3) {
    const header = yield* input.take(HEADER_BYTES[format]!);
    time = u24(header, 0); // timestamp (kind 0) or timestamp delta
    if (format < 2) {
      stream.length = u24(header, 3);
      stream.type = header[6]!;
    }
    if (format === 0) stream.streamId = u32LittleEndian(header, 7);
    stream.hasExtendedTime = time === 0xffffff;
  }
  // 5.3.1.3: where the last header of kind 0, 1 or 2 had one, each chunk of kind 3 repeats it
  if (stream.hasExtendedTime) time = u32(yield* input.take(4));
  if (format < 3) stream.deltaMs = time; // 5.3.1.2.4: after kind 0, kind 3 adds that header's whole time
  if (format === 0) stream.timeMs = time;
  else if (stream.body === null) stream.timeMs = (stream.timeMs + stream.deltaMs) >>> 0;
}

function checkCost(stream: ChunkStream, begunBytes: number, { maxMessageBytes }: ChunkLimits): void {
  if (stream.length > maxMessageBytes) {
    throw new RangeError(
      `Cannot read message of type ${stream.type}: its ${stream.length} bytes are more than the ${maxMessageBytes} allowed`,
    );
  }
  if (begunBytes > 2 * maxMessageBytes) {
    throw new RangeError(`Cannot read message of type ${stream.type}: ${begunBytes} bytes of messages are begun and not ended`);
  }
}

/** 5.4.1: 31 bits, at least 1. A message is 16 MiB at most, so that nothing is gained by more. */
function readChunkBytes(body: Uint8Array): number {
  const size = body.length === 4 ? u32(body) : 0;
  if (size < 1 || size > 0x7fffffff) throw new RangeError(`Cannot set chunk size: ${body.length} bytes, value ${size}`);
  return size;
}

/** 5.4.2: what was begun on that chunk stream is dropped. The bytes that were kept for it. */
function abort(streams: ReadonlyMap<number, ChunkStream>, body: Uint8Array): number {
  const stream = body.length === 4 ? streams.get(u32(body)) : undefined;
  if (!stream || stream.body === null) return 0;
  stream.body = null;
  return stream.length;
}

function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

function u32(bytes: Uint8Array): number {
  return ((bytes[0]! << 24) | u24(bytes, 1)) >>> 0;
}

function u32LittleEndian(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 3]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 1]! << 8) | bytes[at]!) >>> 0;
}
