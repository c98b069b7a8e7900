/** What a look found in an input. */
export interface Found {
  readonly kind: "found";
  /** Null: sound only. */
  readonly video: FoundPicture | null;
  readonly sound: FoundSound | null;
  /** ffmpeg's name of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly formatName: string;
  /** As the input itself names what it holds. */
  readonly title: string | null;
  /** Null: it has no end, or none that is known. */
  readonly durationSeconds: number | null;
  /** Where the times begin that an intake hands over. */
  readonly startSeconds: number;
  /** A single picture. */
  readonly isStill: boolean;
  /** It comes without times of its own: what ffmpeg makes up is worth nothing. */
  readonly isArrivalTimed: boolean;
  /** Times of this container may begin anew in its middle, and ffmpeg joins them on (see `buildIntakeArguments`). */
  readonly joinsTimes: boolean;
}

/** As it is to be shown: turned where the file says so, pixels made square. */
export interface FoundPicture {
  /** `v:N`, counted among its kind: absolute numbers change from one connection to the next. */
  readonly stream: string;
  readonly width: number;
  readonly height: number;
  /** Pictures a second, 0 where nothing is known. */
  readonly rate: number;
  /** Null: only pictures themselves would tell. */
  readonly isInterlaced: boolean | null;
  /** How light is written: perceptual quantizer (SMPTE ST 2084), hybrid log-gamma (ARIB STD-B67), or as ever. */
  readonly transfer: "pq" | "hlg" | "other";
}

export interface FoundSound {
  /** `a:N`. */
  readonly stream: string;
  readonly channels: number;
  /** Samples a second. */
  readonly rate: number;
}

export type Choice =
  | Found
  /** There is a picture whose size has not come yet: it stands at the next key frame. */
  | { readonly kind: "needs_longer_look" }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Chooses from ffprobe's JSON (`-show_programs -show_streams -show_format`) the largest picture, of equal ones the default, of these the first; and the
 * sound of the same program: the default one, else that with most channels, else the first.
 */
export function chooseStreams(json: string): Choice {
  let probed: Probed;
  try {
    probed = JSON.parse(json) as Probed;
  } catch {
    return { kind: "failed", reason: "ffprobe's answer is not JSON" };
  }
  const streams = [...probed.streams ?? []].sort((a, b) => a.index - b.index);
  const pictures = streams.filter((s) => s.codec_type === "video" && s.disposition?.attached_pic !== 1);
  const sized = pictures.filter((s) => pixels(s) > 0);
  if (sized.length === 0 && pictures.some((s) => isNamed(s.codec_name))) return { kind: "needs_longer_look" };
  const picture = best(sized, [pixels, isDefault]);
  const sound = best(soundsBeside(picture, streams, probed.programs ?? []), [isDefault, (s) => Number(s.channels)]);
  if (!picture && !sound) return { kind: "failed", reason: "There is neither picture nor sound in it" };
  return { kind: "found", ...describeFormat(probed, sound ? undefined : picture), ...describeStreams(streams, picture, sound) };
}

/** What is taken for found where a look would cost the only connection. Sound may prove not to be there. */
export function assumeFound(size: { width: number; height: number }): Found {
  return {
    kind: "found",
    video: { stream: "v:0", ...size, rate: 0, isInterlaced: null, transfer: "other" },
    sound: { stream: "a:0", channels: 2, rate: 48_000 },
    formatName: "",
    title: null,
    durationSeconds: null,
    startSeconds: 0,
    isStill: false,
    isArrivalTimed: false,
    joinsTimes: true,
  };
}

interface Probed {
  readonly streams?: readonly ProbedStream[];
  readonly programs?: readonly ProbedProgram[];
  readonly format?: {
    readonly format_name?: string;
    readonly duration?: string;
    readonly start_time?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
}

interface ProbedProgram {
  readonly streams?: readonly { readonly index: number }[];
}

interface ProbedStream {
  readonly index: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly sample_rate?: string;
  readonly sample_aspect_ratio?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly nb_frames?: string;
  readonly field_order?: string;
  readonly color_transfer?: string;
  readonly disposition?: { readonly attached_pic?: number; readonly default?: number };
  readonly tags?: { readonly rotate?: string };
  readonly side_data_list?: readonly { readonly rotation?: number | string }[];
}

/** libavformat's own AVFMT_TS_DISCONT, of those that are met: times may begin anew there, and ffmpeg joins them on. */
const JOINED = ["mpegts", "mpegtsraw", "mpeg", "hls", "live_flv", "wtv", "dhav", "nuv"];
/** Pictures one behind the other, and nothing said of when. */
const UNTIMED = [
  "mpjpeg",
  "mjpeg",
  "mjpeg_2000",
  "h261",
  "h263",
  "h264",
  "hevc",
  "vvc",
  "m4v",
  "mpegvideo",
  "obu",
  "av1",
  "vc1",
  "cavsvideo",
  "dirac",
];
/** Codecs with interlaced pictures about. */
const MAYBE_INTERLACED = [
  "h264",
  "mpeg1video",
  "mpeg2video",
  "mpeg4",
  "dvvideo",
  "vc1",
  "wmv3",
  "prores",
  "dnxhd",
  "ffv1",
  "huffyuv",
  "utvideo",
];

const TRANSFERS: Readonly<Record<string, FoundPicture["transfer"]>> = { "smpte2084": "pq", "arib-std-b67": "hlg" };

function pixels(stream: ProbedStream): number {
  return (stream.width ?? 0) * (stream.height ?? 0);
}

function isDefault(stream: ProbedStream): number {
  return stream.disposition?.default ?? 0;
}

function isNamed(codec: string | undefined): boolean {
  return codec !== undefined && codec !== "none" && codec !== "unknown";
}

/** The first of those that are best by the first measure, among these by the second. */
function best(streams: readonly ProbedStream[], measures: readonly ((stream: ProbedStream) => number)[]): ProbedStream | undefined {
  const [measure, ...others] = measures;
  if (!measure || streams.length < 2) return streams[0];
  const most = Math.max(...streams.map(measure));
  return best(streams.filter((stream) => measure(stream) === most), others);
}

/** Of the picture's program (each variant of an HLS master is one); where it is in none, those that are in none either. */
function soundsBeside(picture: ProbedStream | undefined, streams: readonly ProbedStream[], programs: readonly ProbedProgram[]) {
  const sounds = streams.filter((s) => s.codec_type === "audio" && Number(s.channels) > 0);
  const holds = (program: ProbedProgram, stream: ProbedStream) => program.streams?.some(({ index }) => index === stream.index) ?? false;
  if (!picture) return sounds;
  const own = programs.filter((program) => holds(program, picture));
  if (own.length > 0) return sounds.filter((sound) => own.some((program) => holds(program, sound)));
  return sounds.filter((sound) => !programs.some((program) => holds(program, sound)));
}

function describeFormat({ format }: Probed, onlyPicture: ProbedStream | undefined) {
  const formatName = format?.format_name ?? "";
  const names = formatName.split(",");
  const isPipe = formatName !== "yuv4mpegpipe" && (formatName === "image2" || /pipe$/.test(formatName));
  const duration = Number(format?.duration);
  const joinsTimes = names.some((name) => JOINED.includes(name));
  const start = Number(format?.start_time);
  return {
    formatName,
    title: readTitle(format?.tags?.title),
    durationSeconds: duration > 0 ? duration : null,
    startSeconds: joinsTimes || !Number.isFinite(start) ? 0 : start,
    isStill: onlyPicture !== undefined && (isPipe || onlyPicture.nb_frames === "1"),
    isArrivalTimed: names.some((name) => UNTIMED.includes(name)),
    joinsTimes,
  };
}

/** `No Name` is what many an RTSP server has to say. */
function readTitle(title: string | undefined): string | null {
  const text = title?.trim() ?? "";
  return text === "" || text === "No Name" ? null : text;
}

function describeStreams(streams: readonly ProbedStream[], picture: ProbedStream | undefined, sound: ProbedStream | undefined) {
  const name = (kind: "video" | "audio", stream: ProbedStream) => {
    return `${kind[0]}:${streams.filter(({ codec_type }) => codec_type === kind).indexOf(stream)}`;
  };
  return {
    video: picture
      ? {
        stream: name("video", picture),
        ...shownSize(picture),
        rate: fraction(picture.avg_frame_rate) || fraction(picture.r_frame_rate),
        isInterlaced: judgeFields(picture),
        transfer: TRANSFERS[picture.color_transfer ?? ""] ?? "other",
      }
      : null,
    sound: sound ? { stream: name("audio", sound), channels: Number(sound.channels), rate: Number(sound.sample_rate) || 0 } : null,
  };
}

function judgeFields({ field_order, codec_name }: ProbedStream): boolean | null {
  if (field_order !== undefined && ["tt", "bb", "tb", "bt"].includes(field_order)) return true;
  return field_order === "progressive" || !MAYBE_INTERLACED.includes(codec_name ?? "") ? false : null;
}

function shownSize(stream: ProbedStream): { width: number; height: number } {
  const [x, y] = (stream.sample_aspect_ratio ?? "1:1").split(":").map(Number);
  const aspect = x && y ? x / y : 1;
  const width = Math.round(Number(stream.width) * aspect);
  const height = Number(stream.height);
  const turn = Number(stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? stream.tags?.rotate ?? 0);
  return Math.abs(Math.round(turn / 90)) % 2 === 1 ? { width: height, height: width } : { width, height };
}

function fraction(text: string | undefined): number {
  const [above, below] = (text ?? "0/1").split("/").map(Number);
  return above && below ? above / below : 0;
}
