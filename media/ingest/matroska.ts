import type { PictureCodec, PictureHeader, SoundCodec, SoundHeader } from "./items.ts";
import type { PictureSize } from "./picture_size.ts";

/** What stands in one stream of Matroska. */
export interface Tracks {
  readonly picture: (PictureSize & { readonly header: PictureHeader; readonly frameRate: number | null }) | null;
  readonly sound: SoundHeader | null;
}

export type TrackName = "picture" | "sound";

/** codec-specs of Matroska, "Codec Mappings". */
const PICTURE_CODEC_IDS: Readonly<Record<PictureCodec, string>> = {
  h264: "V_MPEG4/ISO/AVC",
  hevc: "V_MPEGH/ISO/HEVC",
  av1: "V_AV1",
  vp9: "V_VP9",
  vp8: "V_VP8",
};
const SOUND_CODEC_IDS: Readonly<Record<SoundCodec, string>> = { aac: "A_AAC", opus: "A_OPUS", mp3: "A_MPEG/L3" };
const TRACK_NUMBERS: Readonly<Record<TrackName, number>> = { picture: 1, sound: 2 };

/**
 * The beginning of a live stream (RFC 9559; RFC 8794 for EBML): header, a Segment of unknown size, Info, Tracks. Its times are whole milliseconds. No Cues, no
 * Duration: nobody seeks in it.
 */
export function writeHead({ picture, sound }: Tracks): Uint8Array {
  return joined([
    element(0x1a45dfa3, [ // EBML
      element(0x4286, [uint(1)]), // EBMLVersion
      element(0x42f7, [uint(1)]), // EBMLReadVersion
      element(0x42f2, [uint(4)]), // EBMLMaxIDLength
      element(0x42f3, [uint(8)]), // EBMLMaxSizeLength
      element(0x4282, [text("matroska")]), // DocType
      element(0x4287, [uint(4)]), // DocTypeVersion
      element(0x4285, [uint(2)]), // DocTypeReadVersion: SimpleBlock
    ]),
    Uint8Array.of(0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), // Segment, size unknown
    element(0x1549a966, [ // Info
      element(0x2ad7b1, [uint(1_000_000)]), // TimestampScale: nanoseconds in a tick
      element(0x4d80, [text("Tercet")]), // MuxingApp
      element(0x5741, [text("Tercet")]), // WritingApp
    ]),
    element(0x1654ae6b, [ // Tracks
      ...(picture ? [writePictureTrack(picture)] : []),
      ...(sound ? [writeSoundTrack(sound)] : []),
    ]),
  ]);
}

function writePictureTrack({ header, frameRate, width, height }: NonNullable<Tracks["picture"]>): Uint8Array {
  return writeTrack("picture", PICTURE_CODEC_IDS[header.codec], header.record, [
    // ffmpeg warns of a rate that it cannot estimate where this is missing
    ...(frameRate === null ? [] : [element(0x23e383, [uint(Math.round(1e9 / frameRate))])]), // DefaultDuration
    element(0xe0, [element(0xb0, [uint(width)]), element(0xba, [uint(height)])]), // Video: PixelWidth, PixelHeight
  ]);
}

function writeSoundTrack({ codec, record, sampleRate, channels }: SoundHeader): Uint8Array {
  return writeTrack("sound", SOUND_CODEC_IDS[codec], record, [
    element(0xe1, [element(0xb5, [float(sampleRate)]), element(0x9f, [uint(channels)])]), // Audio: SamplingFrequency, Channels
  ]);
}

function writeTrack(name: TrackName, codecId: string, record: Uint8Array, more: readonly Uint8Array[]): Uint8Array {
  const number = TRACK_NUMBERS[name];
  return element(0xae, [ // TrackEntry
    element(0xd7, [uint(number)]), // TrackNumber
    element(0x73c5, [uint(number)]), // TrackUID
    element(0x83, [uint(name === "picture" ? 1 : 2)]), // TrackType
    element(0x9c, [uint(0)]), // FlagLacing
    element(0x86, [text(codecId)]), // CodecID
    ...(record.length > 0 ? [element(0x63a2, [record])] : []), // CodecPrivate
    ...more,
  ]);
}

const CLUSTER_BYTES_BEFORE_DATA = 4 + 4 + (1 + 1 + 8) + 1 + 4 + 4;

/**
 * One frame as a Cluster of its own, so that each can be cut off, repeated and joined anywhere and a time may be any: a Timestamp and a SimpleBlock
 * (RFC 9559, 5.1.3 and 10.2). Of less than 2^28 bytes; `timeMs` is not negative.
 */
export function writeBlock(track: TrackName, timeMs: number, isKey: boolean, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(CLUSTER_BYTES_BEFORE_DATA + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x1f43b675); // Cluster
  view.setUint32(4, 0x10000000 | (bytes.length - 8));
  view.setUint16(8, 0xe788); // Timestamp, 8 bytes
  view.setBigUint64(10, BigInt(timeMs));
  view.setUint8(18, 0xa3); // SimpleBlock
  view.setUint32(19, 0x10000000 | (4 + data.length));
  view.setUint8(23, 0x80 | TRACK_NUMBERS[track]);
  view.setInt16(24, 0); // after the Cluster's Timestamp
  view.setUint8(26, isKey ? 0x80 : 0);
  bytes.set(data, CLUSTER_BYTES_BEFORE_DATA);
  return bytes;
}

/** An element with a size of four bytes. */
function element(id: number, content: readonly Uint8Array[]): Uint8Array {
  const size = content.reduce((sum, piece) => sum + piece.length, 0);
  return joined([uint(id), uint(0x10000000 + size), ...content]);
}

/** As few bytes as it takes, at least one. */
function uint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

function float(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
