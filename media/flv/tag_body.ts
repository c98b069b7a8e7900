import type { FlvItem } from "./frame.ts";
import { checkPicture } from "./picture.ts";
import type { Tag } from "./tags.ts";

/**
 * Makes a function that reads tag bodies in the stream's order: frames and configuration records, or null for what we have no use for (onMetaData,
 * the end of a sequence). It throws a SyntaxError or RangeError at whatever is not H.264 without reordering, or AAC.
 */
export function createTagBodyReader(): (tag: Tag) => FlvItem | null {
  let hasVideoConfig = false;
  let hasAudioConfig = false;

  return (tag) => {
    if (tag.type === 18) return null;
    const item = tag.type === 9 ? readVideo(tag) : readAudio(tag);
    if (item?.kind === "video_config") hasVideoConfig = true;
    if (item?.kind === "audio_config") hasAudioConfig = true;
    if (item?.kind === "video" && !hasVideoConfig) throw new SyntaxError(`Cannot read picture at ${tag.timeMs} ms: no avcC came before it`);
    if (item?.kind === "audio" && !hasAudioConfig) {
      throw new SyntaxError(`Cannot read sound at ${tag.timeMs} ms: no AudioSpecificConfig came before it`);
    }
    return item;
  };
}

/** VIDEODATA (E.4.3.1) with AVCVIDEOPACKET (E.4.3.2). */
function readVideo({ timeMs, body }: Tag): FlvItem | null {
  if (body.length < 5) throw new SyntaxError(`Cannot read picture at ${timeMs} ms: its tag has ${body.length} bytes of at least 5`);
  const frameType = body[0]! >> 4; // 1 key, 2 inter; the top bit announces Enhanced RTMP's other codecs
  const codecId = body[0]! & 15;
  if (frameType & 8) {
    throw new SyntaxError(`Cannot read picture at ${timeMs} ms: its codec is "${fourCc(body)}", not H.264 in a plain FLV tag`);
  }
  if (codecId !== 7) throw new SyntaxError(`Cannot read picture at ${timeMs} ms: its codec is ${codecId}, not 7 (H.264)`);
  if (frameType !== 1 && frameType !== 2) {
    throw new SyntaxError(`Cannot read picture at ${timeMs} ms: its FrameType is ${frameType}, not 1 or 2`);
  }
  const packetType = body[1]!;
  const compositionTimeMs = ((body[2]! << 24) | (body[3]! << 16) | (body[4]! << 8)) >> 8;
  const data = body.subarray(5);

  switch (packetType) {
    case 0:
      if (data.length < 7 || data[0] !== 1) {
        throw new SyntaxError(`Cannot read avcC: ${data.length} bytes, version ${data[0] ?? "missing"}`);
      }
      if ((data[4]! & 3) !== 3) throw new RangeError(`Cannot read avcC: NAL lengths of ${(data[4]! & 3) + 1} bytes, not 4`);
      return { kind: "video_config", data };
    case 1: {
      if (compositionTimeMs !== 0) {
        throw new RangeError(`Cannot read picture at ${timeMs} ms: its composition time is ${compositionTimeMs} ms, not 0 (B-frames?)`);
      }
      const isKey = frameType === 1;
      checkPicture(data, isKey, timeMs);
      return { kind: "video", timeMs, isKey, data };
    }
    case 2:
      return null;
    default:
      throw new SyntaxError(`Cannot read picture at ${timeMs} ms: its AVCPacketType is ${packetType}, not 0, 1 or 2`);
  }
}

/** AUDIODATA (E.4.2.1) with AACAUDIODATA (E.4.2.2). SoundRate, SoundSize and SoundType say nothing of AAC. */
function readAudio({ timeMs, body }: Tag): FlvItem {
  if (body.length < 2) throw new SyntaxError(`Cannot read sound at ${timeMs} ms: its tag has ${body.length} bytes of at least 2`);
  const soundFormat = body[0]! >> 4;
  if (soundFormat !== 10) throw new SyntaxError(`Cannot read sound at ${timeMs} ms: its codec is ${soundFormat}, not 10 (AAC)`);
  const packetType = body[1]!;
  if (packetType > 1) throw new SyntaxError(`Cannot read sound at ${timeMs} ms: its AACPacketType is ${packetType}, not 0 or 1`);
  const data = body.subarray(2);
  if (packetType === 0) {
    if (data.length < 2) throw new SyntaxError(`Cannot read AudioSpecificConfig: ${data.length} bytes of at least 2`);
    return { kind: "audio_config", data };
  }
  if (data.length === 0) throw new SyntaxError(`Cannot read sound at ${timeMs} ms: the frame is empty`);
  return { kind: "audio", timeMs, data };
}

function fourCc(body: Uint8Array): string {
  return String.fromCharCode(...body.subarray(1, 5)).replace(/[^ -~]/g, "?");
}
