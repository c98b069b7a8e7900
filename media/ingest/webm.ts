import { type AnnexBReader, createAnnexBReader } from "./annex_b.ts";
import type { IngestItem, PictureCodec, SoundHeader } from "./items.ts";
import { describePicture } from "./picture_header.ts";
import { readAacHeader, readMp3Header, readOpusHeader } from "./sound_header.ts";

/** Live Matroska or WebM, as a browser's MediaRecorder and ffmpeg write it: any pieces of it in, frames out. */
export interface WebmReader {
  /** Throws a SyntaxError at what is no Matroska, and a RangeError at an element that is too large to be kept. Nothing may be given after that. */
  give(bytes: Uint8Array): IngestItem[];
}

/** As the ceiling of a message: no frame of a live stream is larger. */
const MOST_ELEMENT_BYTES = 8 * 1024 * 1024;
/** Behind a time so much later this one begins anew; less is the order of B-frames. */
const JUMP_MS = 1000;

// Element ids (RFC 9559, 5.1; RFC 8794 for EBML).
const SEGMENT = 0x18538067, CLUSTER = 0x1f43b675;
const INFO = 0x1549a966, TIMESTAMP_SCALE = 0x2ad7b1;
const TRACKS = 0x1654ae6b, TRACK_ENTRY = 0xae, TRACK_NUMBER = 0xd7, CODEC_ID = 0x86, CODEC_PRIVATE = 0x63a2;
const AUDIO = 0xe1, CHANNELS = 0x9f;
const TIMESTAMP = 0xe7, SIMPLE_BLOCK = 0xa3, BLOCK_GROUP = 0xa0, BLOCK = 0xa1, REFERENCE_BLOCK = 0xfb;

const PICTURE_CODECS: Readonly<Record<string, PictureCodec>> = {
  "V_MPEG4/ISO/AVC": "h264",
  "V_MPEGH/ISO/HEVC": "hevc",
  "V_AV1": "av1",
  "V_VP9": "vp9",
  "V_VP8": "vp8",
};

interface PictureTrack {
  readonly kind: "picture";
  /** Where there is no record: Chromium's recorder wrote H.264 so for years. */
  readonly annexB: AnnexBReader | null;
}

/** An MP3's header stands in its frames. */
type Track = PictureTrack | { readonly kind: "sound"; readonly isMp3: boolean };

/**
 * Masters that hold frames are walked into, so that their sizes may be unknown as live streams have them; small ones are read whole; all else is skipped,
 * however large, unkept. Frames with lacing are refused: nobody laces live. The first track of a kind that is known counts.
 */
export function createWebmReader(): WebmReader {
  const tracks = new Map<number, Track>();
  let buffer = new Uint8Array(1 << 16);
  let [from, to] = [0, 0];
  let skip = 0;
  let scaleNs = 1_000_000;
  let clusterTicks = 0;
  let newestMs: number | null = null;
  let hasMp3Header = false;

  function keep(bytes: Uint8Array): void {
    if (to + bytes.length > buffer.length) {
      const larger = to - from + bytes.length > buffer.length ? new Uint8Array(2 * (to - from + bytes.length)) : buffer;
      larger.set(buffer.subarray(from, to));
      buffer = larger;
      [from, to] = [0, to - from];
    }
    buffer.set(bytes, to);
    to += bytes.length;
  }

  /** One element, or a step into a master; null where more bytes are needed. */
  function step(): IngestItem[] | null {
    const head = readHead(buffer, from, to);
    if (head === null) return null;
    const { id, size, dataAt } = head;
    if (id === SEGMENT || id === CLUSTER) {
      from = dataAt;
      return [];
    }
    if (size === null) throw new SyntaxError(`Cannot read Matroska: element ${id.toString(16)} of unknown size`);
    if (![INFO, TRACKS, TIMESTAMP, SIMPLE_BLOCK, BLOCK_GROUP].includes(id)) {
      from = dataAt;
      skip = size;
      return [];
    }
    if (size > MOST_ELEMENT_BYTES) throw new RangeError(`Cannot read Matroska: element ${id.toString(16)} of ${size} bytes`);
    if (to - dataAt < size) return null;
    from = dataAt + size;
    // A copy: the buffer is written over, and frames are kept.
    return read(id, buffer.slice(dataAt, from));
  }

  function read(id: number, data: Uint8Array): IngestItem[] {
    switch (id) {
      case INFO:
        scaleNs = readUint(find(data, TIMESTAMP_SCALE) ?? Uint8Array.of(0x0f, 0x42, 0x40)) || 1_000_000;
        return [];
      case TRACKS:
        return readTracks(data);
      case TIMESTAMP:
        clusterTicks = readUint(data);
        return [];
      case SIMPLE_BLOCK:
        return readBlock(data, null);
      default: { // BLOCK_GROUP
        const block = find(data, BLOCK);
        return block === null ? [] : readBlock(block, find(data, REFERENCE_BLOCK) === null);
      }
    }
  }

  function readTracks(data: Uint8Array): IngestItem[] {
    const headers: IngestItem[] = [];
    tracks.clear();
    for (const [id, entry] of children(data)) {
      if (id !== TRACK_ENTRY) continue;
      const number = readUint(find(entry, TRACK_NUMBER) ?? new Uint8Array(0));
      const codecId = new TextDecoder().decode(find(entry, CODEC_ID) ?? new Uint8Array(0)).replace(/\0+$/, "");
      const record = find(entry, CODEC_PRIVATE) ?? new Uint8Array(0);
      const hasTrack = (kind: Track["kind"]) => [...tracks.values()].some((track) => track.kind === kind);
      const codec = PICTURE_CODECS[codecId];
      if (codec !== undefined && !hasTrack("picture")) {
        const isAnnexB = codec === "h264" && record.length === 0;
        tracks.set(number, { kind: "picture", annexB: isAnnexB ? createAnnexBReader() : null });
        if (!isAnnexB) {
          headers.push(describePicture(codec, record));
        }
      } else if (codec === undefined && !hasTrack("sound")) {
        const sound = readSoundTrack(codecId, record, find(entry, AUDIO) ?? new Uint8Array(0));
        if (sound === null) continue;
        tracks.set(number, { kind: "sound", isMp3: sound === "mp3" });
        if (sound !== "mp3") headers.push(sound);
      }
    }
    return headers;
  }

  /** RFC 9559, 10.1. `isKey` stands in the block itself where it is null. */
  function readBlock(block: Uint8Array, isKey: boolean | null): IngestItem[] {
    const number = readVint(block, 0, block.length);
    if (number === null || block.length < number.length + 3) {
      throw new SyntaxError(`Cannot read Matroska: a block of ${block.length} bytes`);
    }
    const track = tracks.get(number.value ?? -1);
    if (track === undefined) return [];
    const view = new DataView(block.buffer, block.byteOffset + number.length);
    const flags = view.getUint8(2);
    if ((flags & 0x06) !== 0) throw new SyntaxError("Cannot read Matroska: a block with lacing");
    const timeMs = Math.round((clusterTicks + view.getInt16(0)) * scaleNs / 1e6);
    if (!Number.isSafeInteger(timeMs)) throw new SyntaxError(`Cannot read Matroska: no clock says ${timeMs} ms`);
    const data = block.subarray(number.length + 3);
    if (data.length === 0) return [];
    return track.kind === "picture"
      ? readPicture(track, timeMs, isKey ?? (flags & 0x80) !== 0, data)
      : readSound(track.isMp3, timeMs, data);
  }

  /** Matroska knows only when a picture is shown. It is decoded when the latest of those before it is shown, or itself. */
  function readPicture({ annexB }: PictureTrack, shownMs: number, isKey: boolean, data: Uint8Array): IngestItem[] {
    const timeMs = newestMs === null || shownMs < newestMs - JUMP_MS ? shownMs : Math.max(newestMs, shownMs);
    newestMs = timeMs;
    const picture = { kind: "picture", timeMs, compositionMs: shownMs - timeMs } as const;
    if (annexB === null) return [{ ...picture, isKey, data }];
    const unit = annexB.read(data);
    return [
      ...(unit.record === null ? [] : [{ kind: "picture_header", codec: "h264", record: unit.record } as const]),
      ...(unit.data.length === 0 ? [] : [{ ...picture, isKey: unit.isKey, data: unit.data }]),
    ];
  }

  function readSound(isMp3: boolean, timeMs: number, data: Uint8Array): IngestItem[] {
    const header = isMp3 && !hasMp3Header ? readMp3Header(data) : null;
    if (isMp3 && !hasMp3Header && header === null) return [];
    hasMp3Header ||= header !== null;
    return [...(header === null ? [] : [header]), { kind: "sound", timeMs, data }];
  }

  return {
    give(bytes) {
      const items: IngestItem[] = [];
      for (let at = 0;;) {
        const skipped = Math.min(skip, to - from);
        from += skipped;
        skip -= skipped;
        const passed = Math.min(skip, bytes.length - at);
        at += passed;
        skip -= passed;
        if (at < bytes.length) {
          keep(bytes.subarray(at));
          at = bytes.length;
        }
        const found = skip > 0 ? null : step();
        if (found === null) return items;
        items.push(...found);
      }
    },
  };
}

/** Null for a codec that is not taken. */
function readSoundTrack(codecId: string, record: Uint8Array, audio: Uint8Array): SoundHeader | "mp3" | null {
  switch (codecId) {
    case "A_OPUS":
      return { ...readOpusHeader(record), channels: readUint(find(audio, CHANNELS) ?? Uint8Array.of(2)) || 2 };
    case "A_AAC":
      return readAacHeader(record);
    case "A_MPEG/L3":
      return "mp3";
    default:
      return null;
  }
}

/** RFC 8794, 5 and 6: null where more bytes are needed; a size of ones only is unknown. */
function readHead(bytes: Uint8Array, from: number, to: number): { id: number; size: number | null; dataAt: number } | null {
  if (from >= to) return null;
  const idLength = Math.clz32(bytes[from]!) - 23;
  if (idLength > 4) throw new SyntaxError(`Cannot read Matroska: no element begins with ${bytes[from]}`);
  if (to - from < idLength + 1) return null;
  let id = 0;
  for (let i = 0; i < idLength; i++) id = id * 256 + bytes[from + i]!;
  const size = readVint(bytes, from + idLength, to);
  return size && { id, size: size.value, dataAt: from + idLength + size.length };
}

/** RFC 8794, 4. */
function readVint(bytes: Uint8Array, from: number, to: number): { value: number | null; length: number } | null {
  if (from >= to) return null;
  const length = Math.clz32(bytes[from]!) - 23;
  if (length > 8) throw new SyntaxError("Cannot read Matroska: a size of more than 8 bytes");
  if (to - from < length) return null;
  const mask = 0xff >> length;
  let value = bytes[from]! & mask;
  let isUnknown = value === mask;
  for (let i = 1; i < length; i++) {
    const byte = bytes[from + i]!;
    isUnknown &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return { value: isUnknown ? null : value, length };
}

/** The elements of a master that is there as a whole; what is cut off ends them. */
function* children(master: Uint8Array): Generator<[id: number, data: Uint8Array]> {
  for (let at = 0; at < master.length;) {
    const head = readHead(master, at, master.length);
    if (head === null) return;
    const { id, size, dataAt } = head;
    const end = dataAt + (size ?? Infinity);
    yield [id, master.subarray(dataAt, end)];
    at = end;
  }
}

function find(master: Uint8Array, wanted: number): Uint8Array | null {
  for (const [id, data] of children(master)) if (id === wanted) return data;
  return null;
}

function readUint(bytes: Uint8Array): number {
  if (bytes.length > 8) throw new SyntaxError(`Cannot read Matroska: a number of ${bytes.length} bytes`);
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
