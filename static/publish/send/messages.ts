// What media/ingest/browser/messages.ts reads, a function a kind.

const PICTURE_CODECS = { h264: 1, vp8: 2, vp9: 3 } as const;
const SOUND_CODECS = { opus: 1, aac: 2 } as const;

export type PictureCodec = keyof typeof PICTURE_CODECS;
export type SoundCodec = keyof typeof SOUND_CODECS;
type Bytes = Uint8Array<ArrayBuffer>;

/** `description`: `decoderConfig.description`, empty where there is none. */
export function writePictureHeader(codec: PictureCodec, description: Bytes): Bytes {
  return join([1, PICTURE_CODECS[codec]], description);
}

/** An encoded picture; `number` counts what was captured. */
export function writePicture(chunk: EncodedVideoChunk, number: number): Bytes {
  const message = new Uint8Array(14 + chunk.byteLength);
  const view = new DataView(message.buffer);
  message.set([2, chunk.type === "key" ? 1 : 0]);
  view.setBigInt64(2, BigInt(Math.round(chunk.timestamp)));
  view.setUint32(10, number);
  chunk.copyTo(message.subarray(14));
  return message;
}

export function writeSoundHeader(codec: SoundCodec, description: Bytes): Bytes {
  return join([3, SOUND_CODECS[codec]], description);
}

/** An encoded frame of sound; `timeUs` in place of the chunk's own. */
export function writeSound(chunk: EncodedAudioChunk, timeUs: number): Bytes {
  const message = new Uint8Array(10 + chunk.byteLength);
  message.set([4, 0]);
  new DataView(message.buffer).setBigInt64(2, BigInt(Math.round(timeUs)));
  chunk.copyTo(message.subarray(10));
  return message;
}

/** A piece of what a MediaRecorder has made. */
export function writeWebm(piece: Bytes, isFirst: boolean, number: number): Bytes {
  const head = new Uint8Array(6);
  head.set([5, isFirst ? 1 : 0]);
  new DataView(head.buffer).setUint32(2, number);
  return join(head, piece);
}

function join(head: Uint8Array | readonly number[], rest: Bytes): Bytes {
  const message = new Uint8Array(head.length + rest.length);
  message.set(head);
  message.set(rest, head.length);
  return message;
}
