/** One encoded picture as FLV hands it over: length-prefixed (4 bytes) NAL units, SPS and PPS in band at a key frame. */
export interface VideoFrame {
  readonly kind: "video";
  /** ffmpeg's own time in whole milliseconds. It places and checks a run; frames are counted, never timed. */
  readonly timeMs: number;
  readonly isKey: boolean;
  readonly data: Uint8Array;
}

/** One raw AAC frame (1024 samples, no ADTS header). */
export interface AudioFrame {
  readonly kind: "audio";
  readonly timeMs: number;
  readonly data: Uint8Array;
}

/** The decoder's configuration: avcC for pictures (ISO/IEC 14496-15, 5.3.3.1), AudioSpecificConfig for sound (14496-3, 1.6.2.1). */
export interface ConfigRecord {
  readonly kind: "video_config" | "audio_config";
  readonly data: Uint8Array;
}

export type FlvItem = VideoFrame | AudioFrame | ConfigRecord;

/** What the decoders of one source need: for each rendition its avcC, and the AudioSpecificConfig they share. */
export interface DecoderConfigs {
  readonly pictures: readonly Uint8Array[];
  readonly sound: Uint8Array;
}
