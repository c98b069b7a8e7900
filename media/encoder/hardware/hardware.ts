/**
 * Encoders of graphics cards, for HQ alone: its encode is a third of a run's CPU, and the smaller renditions are below what some of them hold. None of this
 * was run on real hardware yet; options and traps are from ffmpeg's and others' source and issues. So each is tried at the start (`judge.ts`) and left for
 * libx264 at the first thing that is wrong.
 */
export const HARDWARE_NAMES = ["nvenc", "vaapi", "qsv", "videotoolbox"] as const;
export type HardwareName = (typeof HARDWARE_NAMES)[number];

/** What one of them wants on ffmpeg's command line. */
export interface Hardware {
  /** As ffmpeg names it. */
  readonly encoder: string;
  /** Before all inputs. */
  readonly device: readonly string[];
  /** At the end of HQ's part of the graph; null where it takes pictures from memory as they are. */
  readonly filter: string | null;
  /** Beside what all have in common; `bits` a second. */
  readonly options: (bits: number) => readonly string[];
  /** The longest distance of key frames that it can be told. */
  readonly mostPictures: number;
}

/** Nine hours at 30 a second. */
const FAR = 1_000_000;

export const HARDWARE: Readonly<Record<HardwareName, Hardware>> = {
  nvenc: {
    encoder: "h264_nvenc",
    device: [],
    filter: null,
    options: (bits) => [
      ...["-preset", "p3", "-tune", "ull", "-rc", "cbr", "-zerolatency", "1", "-delay", "0", "-rc-lookahead", "0", "-no-scenecut", "1"],
      ...["-forced-idr", "1", "-strict_gop", "1", "-maxrate", `${bits}`, "-bufsize", `${Math.floor(bits / 2)}`],
    ],
    mostPictures: FAR,
  },
  vaapi: {
    encoder: "h264_vaapi",
    device: ["-vaapi_device", "/dev/dri/renderD128"],
    filter: "format=nv12,hwupload",
    options: (bits) => [
      ...["-rc_mode", "VBR", "-async_depth", "1", "-idr_interval", "0", "-maxrate", `${bits}`, "-bufsize", `${bits}`],
    ],
    mostPictures: FAR,
  },
  qsv: {
    encoder: "h264_qsv",
    device: [],
    filter: "format=nv12",
    options: (bits) => [
      ...["-preset", "veryfast", "-async_depth", "1", "-look_ahead", "0", "-idr_interval", "0", "-forced_idr", "1", "-adaptive_i", "0"],
      ...["-adaptive_b", "0", "-b_strategy", "0", "-low_delay_brc", "1", "-maxrate", `${bits}`, "-bufsize", `${bits}`],
    ],
    // Its GopPicSize has 16 bits.
    mostPictures: 65_535,
  },
  videotoolbox: {
    encoder: "h264_videotoolbox",
    device: [],
    filter: null,
    // No maxrate and no bufsize: both can stall it.
    options: () => ["-realtime", "1", "-prio_speed", "1", "-allow_sw", "0", "-coder", "cabac"],
    mostPictures: FAR,
  },
};

/** So long before its key frames would come by themselves another life takes over: three minutes at 30 a second. */
const RENEWED_BEFORE_PICTURES = 5000;

/** Whether another life must take over from one that has encoded so many pictures, where a segment begins. */
export function mustRenew(name: HardwareName, pictures: number): boolean {
  return pictures >= HARDWARE[name].mostPictures - RENEWED_BEFORE_PICTURES;
}

/** The end of an output's arguments, up to its envelope: High profile, no pictures out of order, parameter sets in band (FLV asks for them outside). */
export function encodeByHardware(
  name: HardwareName,
  o: { readonly bits: number; readonly level: string; readonly keyFrames: string },
): string[] {
  const { encoder, options, mostPictures } = HARDWARE[name];
  return [
    ...["-c:v", encoder, ...options(o.bits), "-profile:v", "high", "-level:v", `${Math.round(Number(o.level) * 10)}`],
    ...["-bf", "0", "-g", `${mostPictures}`, "-force_key_frames", o.keyFrames, "-b:v", `${o.bits}`, "-bsf:v", "dump_extra=freq=keyframe"],
  ];
}
