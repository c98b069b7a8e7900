/// <reference lib="dom" />
import { bytesOf } from "./bytes.ts";
import type { PictureCodec } from "../send/messages.ts";

/** Encodes pictures as they come; its own settings follow their size. */
export interface PictureEncoder {
  /** The picture is closed by the caller. */
  encode(picture: VideoFrame, isKey: boolean): void;
  setBits(bitsPerSecond: number): void;
  /** Pictures that wait for the encoder. */
  readonly queued: number;
  close(): void;
}

export interface PictureEncoderDeps {
  /** What a decoder must know first: empty for codecs that have nothing to tell. Again after each change. */
  readonly onHeader: (codec: PictureCodec, description: Uint8Array<ArrayBuffer>) => void;
  readonly onPicture: (chunk: EncodedVideoChunk) => void;
  /** No codec is left. */
  readonly onFault: () => void;
}

const RATE = 30;
/** Hardware has the first in most machines; every browser that encodes has the second. */
const CODECS: readonly PictureCodec[] = ["h264", "vp8", "vp9"];

/** Whether this browser encodes at all. Without, its MediaRecorder has to do. */
export function canEncodePictures(): boolean {
  return typeof VideoEncoder !== "undefined";
}

/** Takes the first codec that the browser says and shows it can do; one that fails is followed by the next. */
export function createPictureEncoder(deps: PictureEncoderDeps, firstBits: number): PictureEncoder {
  let bitsPerSecond = firstBits;
  let codecs = [...CODECS];
  let encoder: VideoEncoder | null = null;
  let config: VideoEncoderConfig | null = null;
  let isChoosing = false;
  let isClosed = false;
  let isKeyOwed = false;

  async function choose(width: number, height: number): Promise<void> {
    isChoosing = true;
    const wanted = await findConfig(codecs, { width, height, bitsPerSecond });
    isChoosing = false;
    if (isClosed) return;
    if (wanted === null) {
      isClosed = true;
      return deps.onFault();
    }
    config = wanted.config;
    encoder = open(wanted.codec);
    encoder.configure(config);
  }

  function open(codec: PictureCodec): VideoEncoder {
    let isDescribed = false;
    const mine = new VideoEncoder({
      output(chunk, metadata) {
        if (metadata?.decoderConfig || !isDescribed) deps.onHeader(codec, bytesOf(metadata?.decoderConfig?.description));
        isDescribed = true;
        deps.onPicture(chunk);
      },
      error() {
        if (encoder !== mine) return;
        encoder = null;
        codecs = codecs.filter((each) => each !== codec);
      },
    });
    return mine;
  }

  /** The encoder goes on; a new size begins with a key picture by itself. */
  function reconfigure(change: Partial<VideoEncoderConfig>): void {
    config = { ...config!, ...change };
    encoder?.configure(config);
  }

  return {
    encode(picture, isKey) {
      isKeyOwed ||= isKey;
      const [width, height] = [picture.displayWidth & ~1, picture.displayHeight & ~1];
      if (isClosed || isChoosing || width === 0 || height === 0) return;
      if (encoder === null) return void choose(width, height);
      if (config!.width !== width || config!.height !== height) {
        // Its level may not hold the new size.
        encoder.close();
        encoder = null;
        return void choose(width, height);
      }
      encoder.encode(picture, { keyFrame: isKeyOwed });
      isKeyOwed = false;
    },
    setBits(bits) {
      if (bits === bitsPerSecond) return;
      bitsPerSecond = bits;
      if (encoder !== null) reconfigure({ bitrate: bits });
    },
    get queued() {
      return encoder?.encodeQueueSize ?? 0;
    },
    close() {
      isClosed = true;
      if (encoder !== null && encoder.state !== "closed") encoder.close();
      encoder = null;
    },
  };
}

async function findConfig(
  codecs: readonly PictureCodec[],
  o: { width: number; height: number; bitsPerSecond: number },
): Promise<{ codec: PictureCodec; config: VideoEncoderConfig } | null> {
  for (const codec of codecs) {
    const config = describeConfig(codec, o);
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({ supported: false }));
    if (supported) return { codec, config };
  }
  return null;
}

function describeConfig(
  codec: PictureCodec,
  { width, height, bitsPerSecond }: { width: number; height: number; bitsPerSecond: number },
): VideoEncoderConfig {
  const names: Readonly<Record<PictureCodec, string>> = {
    h264: `avc1.42E0${levelFor(width * height)}`,
    vp8: "vp8",
    vp9: "vp09.00.41.08",
  };
  return {
    codec: names[codec],
    width,
    height,
    bitrate: bitsPerSecond,
    framerate: RATE,
    latencyMode: "realtime",
    ...(codec === "h264" ? { avc: { format: "avc" } } : {}),
  };
}

/** ITU-T H.264, table A-1, for 30 pictures a second. */
function levelFor(pixels: number): string {
  return pixels <= 1280 * 720 ? "1F" : pixels <= 2048 * 1024 ? "28" : "33";
}
