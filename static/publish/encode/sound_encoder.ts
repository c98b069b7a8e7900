/// <reference lib="dom" />
import { createMediaClock, pageClockUs } from "../capture/media_clock.ts";
import type { SoundBlock } from "../capture/sound.ts";
import { bytesOf } from "./bytes.ts";
import type { SoundCodec } from "../send/messages.ts";

/** Encodes stereo sound as it comes. */
export interface SoundEncoder {
  encode(block: SoundBlock): void;
  close(): void;
}

const BITS_PER_SECOND = 128_000;
const CODECS: readonly { readonly codec: SoundCodec; readonly name: string }[] = [
  { codec: "opus", name: "opus" },
  { codec: "aac", name: "mp4a.40.2" },
];

/** Null where the browser encodes no sound. `onSound` has a time on the page's clock. */
export async function openSoundEncoder(o: {
  readonly sampleRate: number;
  readonly onHeader: (codec: SoundCodec, description: Uint8Array<ArrayBuffer>) => void;
  readonly onSound: (chunk: EncodedAudioChunk, timeUs: number) => void;
}): Promise<SoundEncoder | null> {
  const { sampleRate } = o;
  const found = await findConfig(sampleRate);
  if (found === null) return null;
  const clock = createMediaClock();
  let isDescribed = false;
  const encoder = new AudioEncoder({
    output(chunk, metadata) {
      if (metadata?.decoderConfig || !isDescribed) o.onHeader(found.codec, bytesOf(metadata?.decoderConfig?.description));
      isDescribed = true;
      o.onSound(chunk, clock.at(chunk.timestamp));
    },
    error: (problem) => console.error(problem),
  });
  encoder.configure(found.config);
  return {
    encode({ frame, samples }) {
      if (encoder.state !== "configured") return;
      const frames = samples.length / 2;
      const timestamp = Math.round(frame / sampleRate * 1e6);
      // As if its end had just been heard.
      clock.hear(timestamp, pageClockUs() - frames / sampleRate * 1e6);
      const block = new AudioData({
        format: "f32-planar",
        sampleRate,
        numberOfFrames: frames,
        numberOfChannels: 2,
        timestamp,
        data: samples,
      });
      encoder.encode(block);
      block.close();
    },
    close() {
      if (encoder.state !== "closed") encoder.close();
    },
  };
}

async function findConfig(sampleRate: number): Promise<{ codec: SoundCodec; config: AudioEncoderConfig } | null> {
  if (typeof AudioEncoder === "undefined") return null;
  for (const { codec, name } of CODECS) {
    const config = { codec: name, sampleRate, numberOfChannels: 2, bitrate: BITS_PER_SECOND };
    const { supported } = await AudioEncoder.isConfigSupported(config).catch(() => ({ supported: false }));
    if (supported) return { codec, config };
  }
  return null;
}
