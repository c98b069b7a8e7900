import type { FlvItem } from "../../flv/frame.ts";
import { readSpsPictureSize } from "../../mp4/sps.ts";

/** What an encoder was asked for in its try. */
export interface Asked {
  readonly pictures: number;
  readonly rate: number;
  /** Which of the pictures, counted from 0, are key frames. */
  readonly keys: readonly number[];
  readonly width: number;
  readonly height: number;
  /** As ffmpeg takes it: `3.1`. */
  readonly level: string;
}

const HIGH_PROFILE = 100;
const [SPS, PPS] = [7, 8];

/** Why what came back from a try will not do, in words; null where all is as it was asked for. `tookMs` is from its start to its end. */
export function judgeTry(asked: Asked, items: readonly FlvItem[], tookMs: number): string | null {
  const config = items.find(({ kind }) => kind === "video_config")?.data;
  const pictures = items.filter((item) => item.kind === "video");
  if (config === undefined) return "it tells no decoder configuration";
  const wrong = judgeConfig(asked, config);
  if (wrong !== null) return wrong;
  if (pictures.length !== asked.pictures) return `it gave back ${pictures.length} of ${asked.pictures} pictures`;
  const [first] = pictures;
  for (const [at, { timeMs, isKey, data }] of pictures.entries()) {
    if (Math.abs(timeMs - first!.timeMs - at * 1000 / asked.rate) > 1.5) return `its picture ${at} has another time than it was given`;
    if (isKey !== asked.keys.includes(at)) return `its picture ${at} is ${isKey ? "a" : "no"} key frame`;
    const kinds = isKey ? listUnits(data) : [];
    if (isKey && !(kinds.includes(SPS) && kinds.includes(PPS))) return `its key frame ${at} comes without parameter sets`;
  }
  const allowedMs = asked.pictures / asked.rate * 1000 / 2;
  return tookMs > allowedMs ? `it took ${Math.round(tookMs)} ms for what may take ${Math.round(allowedMs)} ms` : null;
}

/** As the other renditions have it, so that a splice changes nothing of a decoder but the size. */
function judgeConfig({ width, height, level }: Asked, avcC: Uint8Array): string | null {
  const [, profile, , levelIdc] = avcC;
  if (profile !== HIGH_PROFILE) return `its profile is ${profile}, not ${HIGH_PROFILE} (High) as of the others`;
  const wanted = Math.round(Number(level) * 10);
  if (levelIdc !== wanted) return `its level is ${levelIdc}, not ${wanted} as of the others`;
  try {
    const size = readSpsPictureSize(avcC.subarray(8, 8 + (avcC[6]! << 8 | avcC[7]!)));
    return size.width === width && size.height === height ? null : `its pictures are ${size.width}x${size.height}, not ${width}x${height}`;
  } catch (problem) {
    return `its decoder configuration cannot be read: ${problem instanceof Error ? problem.message : problem}`;
  }
}

/** The kinds of a picture's NAL units, whose lengths the FLV reader has checked. */
function listUnits(data: Uint8Array): number[] {
  const kinds: number[] = [];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < data.length; at += 4 + view.getUint32(at)) kinds.push(data[at + 4]! & 31);
  return kinds;
}
