import type { PictureCodec, SoundCodec } from "../items.ts";

/** One message of the page, as it stands there. Its bytes are views of the message. */
export type BrowserMessage =
  | { readonly kind: "picture_header"; readonly codec: PictureCodec; readonly record: Uint8Array }
  | {
    readonly kind: "picture";
    readonly isKey: boolean;
    readonly timeMs: number;
    /** Counts what was captured: where one is missing the page has left it out. */
    readonly number: number;
    readonly data: Uint8Array;
  }
  | { readonly kind: "sound_header"; readonly codec: SoundCodec; readonly record: Uint8Array }
  | { readonly kind: "sound"; readonly timeMs: number; readonly data: Uint8Array }
  /** What a MediaRecorder has made; `isFirst`: it begins anew. */
  | { readonly kind: "webm"; readonly isFirst: boolean; readonly number: number; readonly data: Uint8Array };

/** As the ceiling of RTMP. */
const MOST_MESSAGE_BYTES = 8 * 1024 * 1024;
/** No description of a decoder is nearly as long. */
const MOST_RECORD_BYTES = 64 * 1024;
const PICTURE_CODECS: readonly (PictureCodec | undefined)[] = [undefined, "h264", "vp8", "vp9", "av1", "hevc"];
const SOUND_CODECS: readonly (SoundCodec | undefined)[] = [undefined, "opus", "aac"];

/**
 * Reads one message: two bytes, what it is and one more, then by what it is (numbers have their big end first)
 * 1, a picture's header: the codec (1 H.264, 2 VP8, 3 VP9, 4 AV1, 5 HEVC); its `decoderConfig.description`. H.264 without avcC in it is in Annex B, as WebCodecs has it;
 * 2, a picture: 1 for a key picture, else 0; its timestamp in microseconds (64 bits, signed), its number (32 bits), its bytes;
 * 3, a sound's header: the codec (1 Opus, 2 AAC); its description;
 * 4, a frame of sound: 0; its timestamp, its bytes;
 * 5, a piece of WebM: 1 for the first one of a recorder, else 0; its number (32 bits), its bytes.
 * Throws a SyntaxError at anything else, and a RangeError at more than 8 MiB.
 */
export function readBrowserMessage(message: Uint8Array): BrowserMessage {
  if (message.length > MOST_MESSAGE_BYTES) {
    throw new RangeError(`Cannot read message: ${message.length} bytes are more than the ${MOST_MESSAGE_BYTES} allowed`);
  }
  if (message.length < 2) throw new SyntaxError(`Cannot read message: it has ${message.length} bytes`);
  const [kind, second] = message as unknown as [number, number];
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  switch (kind) {
    case 1:
      return { kind: "picture_header", codec: readCodec(PICTURE_CODECS, second, "picture"), record: readRecord(message) };
    case 2: {
      const { timeMs, rest } = readTime(view, message, 4);
      return { kind: "picture", isKey: readFlag(second), timeMs, number: view.getUint32(10), data: rest };
    }
    case 3:
      return { kind: "sound_header", codec: readCodec(SOUND_CODECS, second, "sound"), record: readRecord(message) };
    case 4: {
      if (second !== 0) throw new SyntaxError(`Cannot read sound: its second byte is ${second}`);
      const { timeMs, rest } = readTime(view, message, 0);
      return { kind: "sound", timeMs, data: rest };
    }
    case 5:
      if (message.length < 7) throw new SyntaxError(`Cannot read WebM: its message has ${message.length} bytes`);
      return { kind: "webm", isFirst: readFlag(second), number: view.getUint32(2), data: message.subarray(6) };
    default:
      throw new SyntaxError(`Cannot read message: kind ${kind}`);
  }
}

function readCodec<Codec>(codecs: readonly (Codec | undefined)[], at: number, of: string): Codec {
  const codec = codecs[at];
  if (codec === undefined) throw new SyntaxError(`Cannot read ${of}'s header: codec ${at}`);
  return codec;
}

function readRecord(message: Uint8Array): Uint8Array {
  const record = message.subarray(2);
  if (record.length > MOST_RECORD_BYTES) throw new SyntaxError(`Cannot read header: its description has ${record.length} bytes`);
  return record;
}

function readFlag(byte: number): boolean {
  if (byte > 1) throw new SyntaxError(`Cannot read message: its second byte is ${byte}`);
  return byte === 1;
}

/** A timestamp, `more` bytes, and at least one byte of a frame. */
function readTime(view: DataView, message: Uint8Array, more: number): { timeMs: number; rest: Uint8Array } {
  const head = 10 + more;
  if (message.length <= head) throw new SyntaxError(`Cannot read frame: its message has ${message.length} bytes`);
  const timeUs = Number(view.getBigInt64(2));
  if (!Number.isSafeInteger(timeUs)) throw new SyntaxError(`Cannot read frame: no clock says ${timeUs} µs`);
  return { timeMs: Math.round(timeUs / 1000), rest: message.subarray(head) };
}
