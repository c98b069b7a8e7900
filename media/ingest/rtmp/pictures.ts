import type { IngestItem, PictureCodec } from "../items.ts";
import { describePicture } from "../picture_header.ts";
import { type Body, NOTHING_TO_TAKE, type Taken } from "./body.ts";

const PICTURE_CODECS: Readonly<Record<string, PictureCodec>> = { avc1: "h264", hvc1: "hevc", av01: "av1", vp09: "vp9", vp08: "vp8" };
/** What an answer to `connect` says that we take (Enhanced RTMP v1, "Enhancing NetConnection connect Command"). */
export const PICTURE_FOUR_CCS: readonly string[] = Object.keys(PICTURE_CODECS);

/** CodecID of FLV's VIDEODATA (annex E.4.3.1). */
const OLD_CODECS: Readonly<Record<number, string>> = {
  2: "Sorenson H.263",
  3: "Screen video",
  4: "VP6",
  5: "VP6 with alpha",
  6: "Screen video 2",
};

/**
 * Reads the body of a video message (type 9): FLV's VIDEODATA (annex E.4.3) for H.264, the extended one of Enhanced RTMP (v2, "Enhanced Video") for the
 * others. Of several tracks only track 0 is taken. Throws a SyntaxError at a body that ends too early.
 */
export function readPicture(body: Body, timeMs: number): Taken {
  if (body.left() === 0) return NOTHING_TO_TAKE; // librtmp's keep-alive, and silence of some telephones
  const first = body.u8();
  const frameType = (first >> 4) & 7; // 1 key, 2 inter, 5 command
  if (frameType === 5) return NOTHING_TO_TAKE;
  return first & 0x80 ? readExtended(body, timeMs, frameType === 1, first & 15) : readOld(body, timeMs, frameType === 1, first & 15);
}

/** AVCVIDEOPACKET (E.4.3.2). 12 is HEVC in the same clothes, as encoders sent it before Enhanced RTMP. */
function readOld(body: Body, timeMs: number, isKey: boolean, codecId: number): Taken {
  const codec = codecId === 7 ? "h264" : codecId === 12 ? "hevc" : null;
  if (codec === null) return { kind: "unknown", what: "picture", codec: OLD_CODECS[codecId] ?? `codec ${codecId}` };
  const packetType = body.u8();
  const compositionMs = body.s24();
  if (packetType === 0) return header(codec, body.rest());
  return packetType === 1 ? picture(timeMs, compositionMs, isKey, body.rest()) : NOTHING_TO_TAKE;
}

/** VideoPacketType of Enhanced RTMP v2. */
const SEQUENCE_START = 0, CODED_FRAMES = 1, CODED_FRAMES_X = 3, MULTITRACK = 6, MOD_EX = 7;

function readExtended(body: Body, timeMs: number, isKey: boolean, firstPacketType: number): Taken {
  let packetType = firstPacketType;
  while (packetType === MOD_EX) packetType = body.skipModEx();
  const track = packetType === MULTITRACK ? body.firstTrack() : { packetType, fourCc: body.fourCc(), data: body };
  if (track === null) return NOTHING_TO_TAKE;
  const codec = PICTURE_CODECS[track.fourCc];
  if (codec === undefined) return { kind: "unknown", what: "picture", codec: track.fourCc };
  const { data } = track;
  switch (track.packetType) {
    case SEQUENCE_START:
      return header(codec, data.rest());
    case CODED_FRAMES:
      // Only what has B-frames in Annex B's sense has a composition time here.
      return picture(timeMs, codec === "hevc" || codec === "h264" ? data.s24() : 0, isKey, data.rest());
    case CODED_FRAMES_X:
      return picture(timeMs, 0, isKey, data.rest());
    default: // the end of a sequence, HDR metadata
      return NOTHING_TO_TAKE;
  }
}

function header(codec: PictureCodec, record: Uint8Array): Taken {
  return items(describePicture(codec, record));
}

function picture(timeMs: number, compositionMs: number, isKey: boolean, data: Uint8Array): Taken {
  return data.length === 0 ? NOTHING_TO_TAKE : items({ kind: "picture", timeMs, compositionMs, isKey, data });
}

function items(...all: readonly IngestItem[]): Taken {
  return { kind: "items", items: all };
}
