import {
  checkSum,
  type FrameHeader,
  type MainHeader,
  NUT_FILE_ID,
  type NutStream,
  readFrameHeader,
  readMainHeader,
  readPacketHeader,
  readStreamHeader,
  readSyncpoint,
  STARTCODE_BYTE,
  type StreamHeader,
  type TimeBase,
} from "./nut_headers.ts";

export type { NutStream };

/** One picture, or one piece of sound. */
export interface NutPacket {
  /** The source's own time, a whole number of microseconds; it may be negative. */
  readonly ptsUs: number;
  /** What `place` handed out, filled. */
  readonly data: Uint8Array;
}

export interface NutReader {
  /** What the stream holds; null until its first packet was read. */
  readonly stream: NutStream | null;
  /**
   * The next packet, or null once the stream has come to its end. One call at a time.
   * Throws a SyntaxError or RangeError for whatever is broken, a stream cut short included, and the same error again at every later call.
   */
  next(): Promise<NutPacket | null>;
}

export interface NutReaderOptions {
  /** Reads at most as much as has room, at least one byte, or says null at the end. What it throws, `next` throws. */
  readonly read: (into: Uint8Array) => Promise<number | null>;
  /** Asked for each packet once its size is known: memory of just that size. It may be handed out again once the caller has done with the packet. */
  readonly place: (bytes: number) => Uint8Array;
  /** Packets of other sizes are refused before `place` is asked. Default 1. */
  readonly minPacketBytes?: number;
  readonly maxPacketBytes: number;
  /** The memory for what stands around packets, and so the longest header that is believed. Default 4096; not below 64. */
  readonly maxHeaderBytes?: number;
  /** Taken away from each time: see `toNut`. Default 0. */
  readonly originUs?: number;
}

/**
 * Reads a NUT stream (NUT Open Container Format, draft 20070628) of one stream of raw pictures or PCM, as ffmpeg writes it. It asks for bytes only when
 * a packet is asked for: whoever does not ask holds the writer up. A packet's bytes are read straight into the caller's memory, save for the few
 * (at most `maxHeaderBytes`) that came along with its header.
 *
 * Info and index packets and repeated headers are read past by their length, whatever that is: they cost no memory. All checksums of what is believed
 * are checked, those of the packets excepted, for which there are none.
 */
export function createNutReader(o: NutReaderOptions): NutReader {
  const head = new Uint8Array(o.maxHeaderBytes ?? 4096);
  const minPacketBytes = o.minPacketBytes ?? 1;
  const originUs = o.originUs ?? 0;
  let from = 0; // head[from..to] has come and is not read yet
  let to = 0;
  let isBegun = false;
  let main: MainHeader | null = null;
  let stream: StreamHeader | null = null;
  let toUs: ((pts: number) => number) | null = null;
  let lastPts = 0;
  let isOver = false;
  let fault: unknown = null;

  async function fill(): Promise<boolean> {
    head.copyWithin(0, from, to);
    to -= from;
    from = 0;
    if (to === head.length) throw new RangeError(`Cannot read NUT stream: a header of more than the ${head.length} bytes allowed`);
    const bytes = await o.read(head.subarray(to));
    to += bytes ?? 0;
    return bytes !== null;
  }

  /** Fills until `attempt` makes something of what there is. */
  async function readHeader<T>(attempt: (bytes: Uint8Array) => T | null, what: string): Promise<T> {
    while (true) {
      const found = attempt(head.subarray(from, to));
      if (found !== null) return found;
      if (!await fill()) throw new SyntaxError(`Cannot read NUT stream: it ends after ${to - from} bytes of a ${what}`);
    }
  }

  /** A view, good until the next read. */
  async function take(bytes: number, what: string): Promise<Uint8Array> {
    if (bytes > head.length) throw new RangeError(`Cannot read NUT ${what}: its ${bytes} bytes are more than the ${head.length} allowed`);
    await readHeader((there) => there.length >= bytes ? there : null, what);
    from += bytes;
    return head.subarray(from - bytes, from);
  }

  async function skip(bytes: number, what: string): Promise<void> {
    let left = bytes - Math.min(bytes, to - from);
    from += bytes - left;
    while (left > 0) {
      const read = await o.read(head.subarray(0, Math.min(left, head.length)));
      if (read === null) throw new SyntaxError(`Cannot read NUT stream: it ends ${left} bytes before the end of a packet (${what})`);
      left -= read;
    }
  }

  async function begin(): Promise<void> {
    const id = await take(NUT_FILE_ID.length, "file_id_string");
    if (NUT_FILE_ID.some((byte, index) => id[index] !== byte)) {
      throw new SyntaxError(`Cannot read NUT stream: it begins with ${JSON.stringify(String.fromCharCode(...id))}`);
    }
    isBegun = true;
  }

  /** All that is no frame. */
  async function readPacket(): Promise<void> {
    const { kind, headerBytes, bodyBytes } = await readHeader(readPacketHeader, "packet header");
    from += headerBytes;
    const isWanted = kind === "main header" ? main === null : kind === "stream header" ? stream === null : kind === "syncpoint";
    if (!isWanted) return await skip(bodyBytes, kind);
    const packet = await take(bodyBytes, kind);
    checkSum(packet, kind);
    const body = packet.subarray(0, -4);
    if (kind === "main header") {
      main = readMainHeader(body);
    } else if (main === null) {
      throw new SyntaxError(`Cannot read NUT ${kind}: it comes before the main header`);
    } else if (kind === "stream header") {
      stream = readStreamHeader(body, main);
      toUs = createScale(main.timeBases[stream.timeBaseId]!);
    } else if (stream === null) {
      throw new SyntaxError("Cannot read NUT syncpoint: it comes before the stream header");
    } else {
      lastPts = readSyncpoint(body, main, stream);
    }
  }

  async function readFrame(): Promise<NutPacket | null> {
    if (main === null || stream === null || toUs === null) {
      throw new SyntaxError("Cannot read NUT frame: it comes before the stream header");
    }
    const [knownMain, knownStream] = [main, stream];
    const { frame, headerBytes } = await readHeader((bytes) => readFrameHeader(bytes, knownMain, knownStream, lastPts), "frame header");
    if (frame.hasChecksum) checkSum(head.subarray(from, from + headerBytes), "frame");
    from += headerBytes;
    lastPts = frame.pts;
    if (frame.isEnd && frame.bytes === 0) return null;
    const ptsUs = toUs(frame.pts) - originUs;
    if (!Number.isSafeInteger(ptsUs)) throw new RangeError(`Cannot read NUT frame: its time is ${ptsUs} µs`);
    return { ptsUs, data: await readData(frame, main.elisions[frame.headerIndex]!) };
  }

  async function readData({ pts, bytes }: FrameHeader, elided: Uint8Array): Promise<Uint8Array> {
    if (bytes < minPacketBytes || bytes > o.maxPacketBytes) {
      throw new RangeError(`Cannot read NUT frame at ${pts}: its ${bytes} bytes are not ${minPacketBytes} to ${o.maxPacketBytes}`);
    }
    if (bytes < elided.length) throw new SyntaxError(`Cannot read NUT frame at ${pts}: its ${bytes} bytes leave ${elided.length} out`);
    const data = o.place(bytes);
    if (data.length !== bytes) throw new RangeError(`Cannot read NUT frame at ${pts}: its ${bytes} bytes were given ${data.length}`);
    data.set(elided);
    let at = elided.length;
    const there = Math.min(bytes - at, to - from);
    data.set(head.subarray(from, from + there), at);
    from += there;
    at += there;
    while (at < bytes) {
      const read = await o.read(data.subarray(at));
      if (read === null) throw new SyntaxError(`Cannot read NUT stream: it ends after ${at} bytes of a frame of ${bytes}`);
      at += read;
    }
    return data;
  }

  async function next(): Promise<NutPacket | null> {
    while (!isOver) {
      if (from === to && !await fill()) {
        if (isBegun && stream === null) throw new SyntaxError("Cannot read NUT stream: it ends before its stream header");
        isOver = true;
      } else if (!isBegun) {
        await begin();
      } else if (head[from] === STARTCODE_BYTE) {
        await readPacket();
      } else {
        const packet = await readFrame();
        if (packet !== null) return packet;
      }
    }
    return null;
  }

  return {
    get stream() {
      return stream?.stream ?? null;
    },
    async next() {
      if (fault !== null) throw fault;
      try {
        return await next();
      } catch (problem) {
        fault = problem;
        throw problem;
      }
    },
  };
}

/**
 * What `toNut` adds to each time, and the reader must take away again (`originUs`). NUT has no times below zero, so ffmpeg moves an output that begins
 * there, each by an amount of its own: picture and sound of one source come apart.
 */
export const NUT_ORIGIN_US = 1e15;

/**
 * The end of ffmpeg's arguments for an output that this reader reads: codec, format, address. What `-map` and the filters hand it must be pictures in a
 * time base of microseconds (`settb=1/1000000`, `-enc_time_base 1:1000000`, `-fps_mode passthrough`), or sound at `soundRate`.
 *
 * Decoding times count the packets, since ffmpeg lifts whatever does not rise: without that a source whose times jump back comes with all its pictures
 * a microsecond apart. Nothing is kept back (one thread), and nothing grows with the hours (an index takes 240 bytes a picture, 0.6 GB a day: measured
 * with 5.1).
 */
export function toNut(kind: "pictures" | "sound", url: string, soundRate = 48_000): string[] {
  const codec = kind === "pictures" ? ["-c:v", "rawvideo", "-threads", "1"] : ["-c:a", "pcm_s16le"];
  const origin = kind === "pictures" ? NUT_ORIGIN_US : NUT_ORIGIN_US / 1e6 * soundRate;
  return [
    ...[...codec, "-bsf", `setts=pts=PTS+${origin}:dts=N`, "-map_metadata", "-1", "-map_chapters", "-1"],
    ...["-f", "nut", "-write_index", "0", "-flush_packets", "1", url],
  ];
}

/** Microseconds of a time in this base, rounded down, without losing a bit on the way. */
function createScale({ numerator, denominator }: TimeBase): (pts: number) => number {
  const common = greatestCommonDivisor(1e6 * numerator, denominator);
  const [multiplier, divisor] = [1e6 * numerator / common, denominator / common];
  if (!Number.isSafeInteger(multiplier * divisor)) {
    throw new RangeError(`Cannot read NUT stream header: a time base of ${numerator}/${denominator}`);
  }
  return (pts) => {
    const whole = Math.floor(pts / divisor);
    return whole * multiplier + Math.floor((pts - whole * divisor) * multiplier / divisor);
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
