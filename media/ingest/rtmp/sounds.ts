import type { IngestItem, SoundCodec, SoundHeader } from "../items.ts";
import { readAacHeader, readMp3Header, readOpusHeader } from "../sound_header.ts";
import { type Body, NOTHING_TO_TAKE, type Taken } from "./body.ts";

const SOUND_CODECS: Readonly<Record<string, SoundCodec>> = { mp4a: "aac", Opus: "opus", ".mp3": "mp3" };
export const SOUND_FOUR_CCS: readonly string[] = Object.keys(SOUND_CODECS);

/** SoundFormat of FLV's AUDIODATA (annex E.4.2.1). */
const OLD_FORMATS: Readonly<Record<number, string>> = {
  0: "PCM",
  1: "ADPCM",
  3: "PCM",
  4: "Nellymoser",
  5: "Nellymoser",
  6: "Nellymoser",
  7: "G.711",
  8: "G.711",
  11: "Speex",
};

/**
 * Makes a function that reads the bodies of audio messages (type 8) in their order: FLV's AUDIODATA (annex E.4.2) for AAC and MP3, the extended one of
 * Enhanced RTMP (v2, "Enhanced Audio") for Opus too. MP3 has no header of its own, and of Opus some do not send it: then it is made from what comes.
 * It throws a SyntaxError at a body that ends too early.
 */
export function createSoundReader(): (body: Body, timeMs: number) => Taken {
  let known: SoundHeader | null = null;

  function header(codec: SoundCodec, record: Uint8Array): Taken {
    known = codec === "aac" ? readAacHeader(record) : codec === "opus" ? readOpusHeader(record) : null;
    return known === null ? NOTHING_TO_TAKE : { kind: "items", items: [known] };
  }

  function frame(codec: SoundCodec, data: Uint8Array, timeMs: number): Taken {
    if (data.length === 0) return NOTHING_TO_TAKE;
    const made: SoundHeader | null = codec === "mp3"
      ? readMp3Header(data)
      : codec === "opus" && known?.codec !== "opus"
      ? readOpusHeader(new Uint8Array(0))
      : null;
    const items: IngestItem[] = [];
    if (made !== null && (known?.codec !== made.codec || known.sampleRate !== made.sampleRate || known.channels !== made.channels)) {
      known = made;
      items.push(made);
    }
    if (known?.codec !== codec) return NOTHING_TO_TAKE; // AAC before its header
    return { kind: "items", items: [...items, { kind: "sound", timeMs, data }] };
  }

  return (body, timeMs) => {
    if (body.left() === 0) return NOTHING_TO_TAKE;
    const first = body.u8();
    const format = first >> 4;
    switch (format) {
      case 2: // MP3
      case 14: // MP3 of 8 kHz
        return frame("mp3", body.rest(), timeMs);
      case 10:
        return body.u8() === 0 ? header("aac", body.rest()) : frame("aac", body.rest(), timeMs); // AACPacketType
      case 9:
        return readExtended(body, first & 15, timeMs);
      default:
        return { kind: "unknown", what: "sound", codec: OLD_FORMATS[format] ?? `format ${format}` };
    }
  };

  function readExtended(body: Body, firstPacketType: number, timeMs: number): Taken {
    let packetType = firstPacketType;
    while (packetType === MOD_EX) packetType = body.skipModEx();
    const track = packetType === MULTITRACK ? body.firstTrack() : { packetType, fourCc: body.fourCc(), data: body };
    if (track === null) return NOTHING_TO_TAKE;
    const codec = SOUND_CODECS[track.fourCc];
    if (codec === undefined) return { kind: "unknown", what: "sound", codec: track.fourCc };
    if (track.packetType === SEQUENCE_START) return header(codec, track.data.rest());
    return track.packetType === CODED_FRAMES ? frame(codec, track.data.rest(), timeMs) : NOTHING_TO_TAKE;
  }
}

/** AudioPacketType of Enhanced RTMP v2. */
const SEQUENCE_START = 0, CODED_FRAMES = 1, MULTITRACK = 5, MOD_EX = 7;
