/** What a publisher sends, whatever way it came: RTMP, SRT or a browser. Times are the publisher's own, in milliseconds. */
export type IngestItem = PictureHeader | SoundHeader | PictureItem | SoundItem | LeftOut;

export type PictureCodec = "h264" | "hevc" | "av1" | "vp9" | "vp8";
export type SoundCodec = "aac" | "opus" | "mp3";

/** What a picture's decoder must know first: avcC, hvcC (ISO/IEC 14496-15), av1C (AV1 ISOBMFF 2.3); nothing that Matroska carries for VP8 and VP9. */
export interface PictureHeader {
  readonly kind: "picture_header";
  readonly codec: PictureCodec;
  readonly record: Uint8Array;
}

/** The same for sound: AudioSpecificConfig (14496-3, 1.6.2.1), OpusHead (RFC 7845, 5.1), nothing for MP3. */
export interface SoundHeader {
  readonly kind: "sound_header";
  readonly codec: SoundCodec;
  readonly record: Uint8Array;
  readonly sampleRate: number;
  readonly channels: number;
}

/** One encoded picture, in the order of decoding. It is shown `compositionMs` after its time of decoding (B-frames). */
export interface PictureItem {
  readonly kind: "picture";
  readonly timeMs: number;
  readonly compositionMs: number;
  readonly isKey: boolean;
  readonly data: Uint8Array;
}

/** One encoded frame of sound. */
export interface SoundItem {
  readonly kind: "sound";
  readonly timeMs: number;
  readonly data: Uint8Array;
}

/** So many pictures the publisher has left out here, as it says itself: its uplink or its machine is too slow. */
export interface LeftOut {
  readonly kind: "left_out";
  readonly pictures: number;
}

/** What a publisher says of itself (`onMetaData`); null where it does not. */
export interface Metadata {
  readonly encoder: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly frameRate: number | null;
  /** Sound is said to come. */
  readonly promisesSound: boolean;
}
