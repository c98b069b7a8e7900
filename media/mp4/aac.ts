import { createBitReader } from "./bits.ts";

/** The CODECS string of the sound, for example `mp4a.40.2` (RFC 6381, 3.3). Throws as `readAudioSpecificConfig` does. */
export function audioCodecString(audioSpecificConfig: Uint8Array): string {
  return `mp4a.40.${readAudioSpecificConfig(audioSpecificConfig).objectType}`;
}

export interface SoundFormat {
  /** 2 is AAC-LC. */
  readonly objectType: number;
  /** Samples a second. */
  readonly sampleRate: number;
  readonly channels: number;
}

/** The beginning of an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). Throws a SyntaxError if it is cut short, a RangeError at a value without meaning. */
export function readAudioSpecificConfig(bytes: Uint8Array): SoundFormat {
  const bits = createBitReader(bytes, "AudioSpecificConfig");
  let objectType = bits.u(5);
  if (objectType === 31) objectType = 32 + bits.u(6);
  if (objectType === 0) throw new RangeError("Cannot read AudioSpecificConfig: its audioObjectType is 0");
  const rateIndex = bits.u(4);
  const sampleRate = rateIndex === 15 ? bits.u(24) : SAMPLE_RATES[rateIndex];
  if (sampleRate === undefined) throw new RangeError(`Cannot read AudioSpecificConfig: its samplingFrequencyIndex is ${rateIndex}`);
  const channelConfiguration = bits.u(4);
  const channels = CHANNELS[channelConfiguration];
  if (channels === undefined) throw new RangeError(`Cannot read AudioSpecificConfig: its channelConfiguration is ${channelConfiguration}`);
  return { objectType, sampleRate, channels };
}

const SAMPLE_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

/** By channelConfiguration, 1 to 7. */
const CHANNELS = [undefined, 1, 2, 3, 4, 5, 6, 8];
