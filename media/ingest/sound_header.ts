import type { SoundHeader } from "./items.ts";

const AAC_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const AAC_CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8];

/** Rate and channels of an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), of its core (SBR doubles the rate: the decoder knows). Null where it is none. */
export function readAacHeader(record: Uint8Array): SoundHeader | null {
  if (record.length < 2) return null;
  const word = ((record[0]! << 24) | (record[1]! << 16) | ((record[2] ?? 0) << 8) | (record[3] ?? 0)) >>> 0;
  const objectType = word >>> 27; // 31 would begin a longer one: nothing that is sent to a server
  const rateIndex = (word >>> 23) & 15; // 15: 24 bits follow
  const sampleRate = rateIndex === 15 ? ((word & 0x7fffff) << 1) | ((record[4] ?? 0) >> 7) : AAC_RATES[rateIndex];
  const channels = AAC_CHANNELS[rateIndex === 15 ? ((record[4] ?? 0) >> 3) & 15 : (word >>> 19) & 15] ?? 0;
  if (objectType === 0 || objectType === 31 || !sampleRate) return null;
  return { kind: "sound_header", codec: "aac", record, sampleRate, channels: channels || 2 };
}

const OPUS_MAGIC = new TextEncoder().encode("OpusHead");

/** OpusHead (RFC 7845, 5.1); where there is none, stereo as WebCodecs and OBS make it. */
export function readOpusHeader(record: Uint8Array): SoundHeader {
  const isHead = record.length >= 19 && OPUS_MAGIC.every((byte, at) => record[at] === byte);
  const head = isHead ? record : Uint8Array.of(...OPUS_MAGIC, 1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0); // version, channels, pre-skip, rate, gain, mapping
  return { kind: "sound_header", codec: "opus", record: head, sampleRate: 48000, channels: head[9]! || 2 };
}

const MP3_RATES = [44100, 48000, 32000];

/** Rate and channels in the header of an MPEG audio frame of layer III (ISO/IEC 11172-3, 2.4.1.3; 13818-3 halves the rates). Null where it is none. */
export function readMp3Header(frame: Uint8Array): SoundHeader | null {
  if (frame.length < 4 || frame[0] !== 0xff || (frame[1]! & 0xe6) !== 0xe2) return null; // syncword, layer III
  const version = (frame[1]! >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  const rate = MP3_RATES[(frame[2]! >> 2) & 3];
  if (rate === undefined || version === 1) return null;
  const sampleRate = version === 3 ? rate : version === 2 ? rate / 2 : rate / 4;
  return { kind: "sound_header", codec: "mp3", record: new Uint8Array(0), sampleRate, channels: frame[3]! >> 6 === 3 ? 1 : 2 };
}
