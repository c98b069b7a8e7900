/**
 * Writes one stream of raw pictures or of PCM as NUT (the format's specification, ffmpeg's `doc/nut.texi` names it), so that ffmpeg hears each one's
 * time: `-f rawvideo` has none, and a tick that was left out would move all that follow. A picture written whole is encoded without waiting for the next.
 */
export type NutStream =
  /** yuv420p; times in ticks of 1/rate. */
  | { readonly kind: "pictures"; readonly width: number; readonly height: number; readonly rate: number }
  /** s16le; times in samples. */
  | { readonly kind: "pcm"; readonly rate: number; readonly channels: number };

/** What the stream begins with. */
export function writeNutHeader(stream: NutStream): Uint8Array<ArrayBuffer> {
  const { codec, decoding } = describe(stream);
  const main = [
    ...[...v(3), ...v(1), ...v(MAX_DISTANCE), ...v(1), ...v(1), ...v(stream.rate)], // version, stream_count, max_distance, time bases
    // One frame code for all: its times, size and a checksum are written out with each frame.
    ...[...v(CODED_PTS | SIZE_MSB | CHECKSUM | KEY), ...v(6), ...v(0), ...v(1), ...v(0), ...v(0), ...v(0), ...v(255)],
    ...v(0), // header_count_minus1
  ];
  const header = [
    ...[...v(0), ...v(stream.kind === "pictures" ? 0 : 1), ...v(4), ...codec, ...v(0)], // stream_id, stream_class, fourcc, time_base_id
    ...[...v(MSB_PTS_SHIFT), ...v(MAX_PTS_DISTANCE), ...v(0), ...v(0), ...v(0)], // decode_delay, stream_flags, codec_specific_data
    ...decoding,
  ];
  return new Uint8Array([...FILE_ID, ...packet(MAIN_STARTCODE, main), ...packet(STREAM_STARTCODE, header)]);
}

/** What stands before each frame of `bytes` bytes: a syncpoint of its own, so that times never need what came before. `pts` is a whole number from 0. */
export function writeNutFrameHead(pts: number, bytes: number): Uint8Array<ArrayBuffer> {
  const head = [0, ...v(pts + (1 << MSB_PTS_SHIFT)), ...v(bytes)]; // frame code, coded_pts in full, data_size_msb
  return new Uint8Array([...packet(SYNCPOINT_STARTCODE, [...v(pts), ...v(0)]), ...head, ...checksum(head)]);
}

const FILE_ID = [...new TextEncoder().encode("nut/multimedia container"), 0];
const MAIN_STARTCODE = [0x4e, 0x4d, 0x7a, 0x56, 0x1f, 0x5f, 0x04, 0xad];
const STREAM_STARTCODE = [0x4e, 0x53, 0x11, 0x40, 0x5b, 0xf2, 0xf9, 0xdb];
const SYNCPOINT_STARTCODE = [0x4e, 0x4b, 0xe4, 0xad, 0xee, 0xca, 0x45, 0x69];
/** Flags of a frame code. */
const KEY = 1;
const CODED_PTS = 8;
const SIZE_MSB = 32;
const CHECKSUM = 64;
/** Frames larger than twice this must have a checksum, as all of ours do. ffmpeg reads past it, our own reader does not. */
const MAX_DISTANCE = 65_536;
const MSB_PTS_SHIFT = 14;
const MAX_PTS_DISTANCE = 1 << 14;

function describe(stream: NutStream): { codec: number[]; decoding: number[] } {
  if (stream.kind === "pictures") {
    // width, height, sample_width, sample_height, colorspace_type
    return { codec: fourCc("I420"), decoding: [...v(stream.width), ...v(stream.height), ...v(1), ...v(1), ...v(0)] };
  }
  // samplerate as a fraction, channel_count
  return { codec: [...fourCc("PSD"), 16], decoding: [...v(stream.rate), ...v(1), ...v(stream.channels)] };
}

function fourCc(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

/** Startcode, forward_ptr, body, checksum of the body. Ours are all shorter than 4096 bytes, so none of the head. */
function packet(startcode: readonly number[], body: readonly number[]): number[] {
  return [...startcode, ...v(body.length + 4), ...body, ...checksum(body)];
}

/** A whole number, seven bits a byte, the highest first. */
function v(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(rest % 128 | 128);
  return bytes;
}

/** CRC-32 with the polynomial 0x04C11DB7, highest bit first, beginning at 0. */
function checksum(bytes: readonly number[]): number[] {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000_0000 ? crc << 1 ^ 0x04c1_1db7 : crc << 1;
  }
  return [crc >>> 24, crc >>> 16 & 255, crc >>> 8 & 255, crc & 255];
}
