import { type BoxWriter, createBoxWriter } from "./box.ts";
import { SOUND_TRACK_ID, VIDEO_TRACK_ID } from "./tracks.ts";

/** What one part holds. Times are in ticks of each track's own timescale and stand on the one timeline. */
export interface FragmentContent {
  /** Counts fragments; written modulo 2^32. */
  readonly sequence: number;
  readonly video: {
    readonly startTicks: number;
    readonly frameTicks: number;
    /** Each stands for `repeats` times `frameTicks`, once unless said. */
    readonly frames: readonly { readonly data: Uint8Array; readonly isKey: boolean; readonly repeats?: number }[];
  };
  readonly sound: { readonly startTicks: number; readonly frameTicks: number; readonly frames: readonly Uint8Array[] };
}

/**
 * One part as one moof+mdat (ISO/IEC 14496-12, 8.8), pictures first, then sound; the sound's traf is left out where there is no sound. Every part is
 * one such pair: VLC shows a single picture of parts that are made of one pair a frame. The result is allocated once, each frame copied into it once.
 * Throws a RangeError without a picture, at a time that is no whole number from 0 to 2^53 - 1, and above 4 GiB.
 */
export function writeFragment(content: FragmentContent): Uint8Array<ArrayBuffer> {
  const { video, sound } = content;
  if (video.frames.length === 0) throw new RangeError(`Cannot write fragment ${content.sequence}: it has no picture`);
  const videoBytes = video.frames.reduce((sum, frame) => sum + frame.data.length, 0);
  const soundBytes = sound.frames.reduce((sum, frame) => sum + frame.length, 0);
  const sampleBytes = VIDEO_SAMPLE_BYTES + (hasRepeats(video) ? DURATION_BYTES : 0);
  const moofBytes = 8 + MFHD_BYTES + TRAF_BYTES + sampleBytes * video.frames.length +
    (sound.frames.length > 0 ? TRAF_BYTES + SOUND_SAMPLE_BYTES * sound.frames.length : 0);
  const totalBytes = moofBytes + 8 + videoBytes + soundBytes;
  if (totalBytes >= 2 ** 32) {
    throw new RangeError(`Cannot write fragment ${content.sequence}: ${totalBytes} bytes are too many for an mdat`);
  }

  const result = new Uint8Array(totalBytes);
  const out = createBoxWriter(result);
  out.box("moof", () => {
    out.fullBox("mfhd", 0, 0, () => out.u32(content.sequence));
    writeVideoTraf(out, video, moofBytes + 8);
    if (sound.frames.length > 0) writeSoundTraf(out, sound, moofBytes + 8 + videoBytes);
  });
  out.box("mdat", () => {
    for (const frame of video.frames) out.bytes(frame.data);
    for (const frame of sound.frames) out.bytes(frame);
  });
  return result;
}

const MFHD_BYTES = 16;
const TFHD_BYTES = 12 + 12;
const TFDT_BYTES = 12 + 8;
const TRUN_BYTES = 12 + 8; // and its samples
const TRAF_BYTES = 8 + TFHD_BYTES + TFDT_BYTES + TRUN_BYTES;
const VIDEO_SAMPLE_BYTES = 8;
const DURATION_BYTES = 4;
const SOUND_SAMPLE_BYTES = 4;

// tfhd flags (8.8.7)
const DEFAULT_SAMPLE_DURATION = 0x8;
const DEFAULT_SAMPLE_FLAGS = 0x20;
const DEFAULT_BASE_IS_MOOF = 0x020000;
// trun flags (8.8.8)
const DATA_OFFSET = 0x1;
const SAMPLE_DURATION = 0x100;
const SAMPLE_SIZE = 0x200;
const SAMPLE_FLAGS = 0x400;
// sample flags (8.8.3.1): sample_depends_on 2 (no other sample), or 1 (others) with sample_is_non_sync_sample
const SYNC = 0x02000000;
const NON_SYNC = 0x01010000;

/** Lengths stand with the pictures only where they differ. */
function hasRepeats({ frames }: FragmentContent["video"]): boolean {
  return frames.some(({ repeats }) => (repeats ?? 1) !== 1);
}

/** Flags stand with every picture, so that a key frame is marked wherever an encoder puts it. */
function writeVideoTraf(out: BoxWriter, video: FragmentContent["video"], dataOffset: number): void {
  const withDurations = hasRepeats(video);
  out.box("traf", () => {
    writeTrackTimes(out, VIDEO_TRACK_ID, video, NON_SYNC);
    out.fullBox("trun", 0, DATA_OFFSET | (withDurations ? SAMPLE_DURATION : 0) | SAMPLE_SIZE | SAMPLE_FLAGS, () => {
      out.u32(video.frames.length); // sample_count
      out.u32(dataOffset); // from the moof's first byte
      for (const frame of video.frames) {
        if (withDurations) out.u32((frame.repeats ?? 1) * video.frameTicks);
        out.u32(frame.data.length);
        out.u32(frame.isKey ? SYNC : NON_SYNC);
      }
    });
  });
}

function writeSoundTraf(out: BoxWriter, sound: FragmentContent["sound"], dataOffset: number): void {
  out.box("traf", () => {
    writeTrackTimes(out, SOUND_TRACK_ID, sound, SYNC);
    out.fullBox("trun", 0, DATA_OFFSET | SAMPLE_SIZE, () => {
      out.u32(sound.frames.length);
      out.u32(dataOffset);
      for (const frame of sound.frames) out.u32(frame.length);
    });
  });
}

function writeTrackTimes(out: BoxWriter, trackId: number, times: { startTicks: number; frameTicks: number }, defaultFlags: number): void {
  out.fullBox("tfhd", 0, DEFAULT_BASE_IS_MOOF | DEFAULT_SAMPLE_DURATION | DEFAULT_SAMPLE_FLAGS, () => {
    out.u32(trackId);
    out.u32(times.frameTicks);
    out.u32(defaultFlags);
  });
  out.fullBox("tfdt", 1, 0, () => out.u64(times.startTicks)); // baseMediaDecodeTime
}
