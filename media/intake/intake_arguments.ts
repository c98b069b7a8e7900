import { QUIET } from "../ffmpeg/graph.ts";
import { toNut } from "./nut.ts";
import type { Way } from "./plan.ts";
import type { Found, FoundPicture } from "./streams.ts";

/** What an intake decodes, and into what. */
export interface IntakeWish {
  /** Settled by a look. */
  readonly way: Way;
  readonly found: Found;
  readonly canvas: { readonly width: number; readonly height: number };
  /** Pictures a second of the show. */
  readonly rate: number;
  readonly ffmpegMajor: number;
  /** Without this filter HDR comes out pale. */
  readonly hasZscale: boolean;
}

/**
 * The command line of an intake (without the program's name): pictures of exactly the canvas's size, sound of 48 kHz in two channels, each as NUT.
 *
 * Each output has a graph of its own: in one graph neither would begin before the other. At a new size ffmpeg sets the graph up anew, so that whatever
 * comes is fitted; nothing of it is counted, so nothing is lost by that.
 */
export function buildIntakeArguments(
  o: IntakeWish & { readonly urls: { readonly picture: string | null; readonly sound: string | null } },
): string[] {
  const { way, found, urls } = o;
  const picture = urls.picture === null ? null : found.video;
  const sound = urls.sound === null ? null : found.sound;
  const pick = (stream: { readonly stream: string }) => ["-map", `0:${stream.stream}`];
  return [
    ...[...QUIET, "-nostdin"],
    // Times as they are. In containers where they may begin anew ffmpeg joins them on instead, for all streams alike, and counts from their start.
    ...(found.joinsTimes ? [] : ["-copyts"]),
    // Frame threads would hold pictures back.
    ...(way.pace === "live" && picture ? ["-thread_type", "slice"] : []),
    ...[...way.options, "-i", way.address],
    ...(picture
      ? [
        ...pick(picture),
        "-vf",
        fitIntoCanvas(picture, o),
        ...KEEP_TIMES,
        ...passthrough(o.ffmpegMajor),
        ...toNut("pictures", urls.picture!),
      ]
      : []),
    ...(sound ? [...pick(sound), "-af", TO_STEREO, ...toNut("sound", urls.sound!)] : []),
    // Joined alike by both intakes of a parted input: each must see all that is there.
    ...(way.isParted && found.joinsTimes
      ? [found.video && !picture ? found.video : null, found.sound && !sound ? found.sound : null]
        .flatMap((unseen) => unseen ? [...pick(unseen), "-c", "copy", "-f", "null", "-"] : [])
      : []),
  ];
}

/** Whether HDR is shown pale, for want of a filter. */
export function lacksToneMapping({ found, hasZscale }: Pick<IntakeWish, "found" | "hasZscale">): boolean {
  return found.video !== null && found.video.transfer !== "other" && !hasZscale;
}

/** Whether ffmpeg's log says that the sound that was assumed is not there (see `assumeFound`): the next intake goes without. */
export function saysNoSound(lines: readonly string[]): boolean {
  return lines.some((line) => /Stream map '0:a:\d+' matches no streams/.test(line));
}

const KEEP_TIMES = ["-enc_time_base", "1:1000000"];

/** The option had another name before 5.1. */
function passthrough(ffmpegMajor: number): string[] {
  return [ffmpegMajor < 5 ? "-vsync" : "-fps_mode", "passthrough"];
}

/** More is mixed down, as ITU-R BS.775 has it; mono goes to both. */
const TO_STEREO = "aresample=48000,aformat=sample_fmts=s16:channel_layouts=stereo";

function fitIntoCanvas(picture: FoundPicture, { canvas: { width, height }, rate, hasZscale }: IntakeWish): string {
  const isHdr = picture.transfer !== "other" && hasZscale;
  return [
    ...(picture.isInterlaced ? ["bwdif=mode=send_frame:deint=interlaced"] : []),
    ...(picture.rate >= 2 * rate ? [thinOut(rate)] : []),
    // `dar` is the aspect as shown. Evaluated when the graph is set up, so at each new size.
    `scale=w='${side(width, height, "*")}':h='${side(height, width, "/")}'` + (isHdr ? "" : ":out_color_matrix=bt709:out_range=tv"),
    ...(isHdr ? mapTones(picture.transfer === "pq" ? "smpte2084" : "arib-std-b67") : []),
    ...["format=yuv420p", `pad=${width}:${height}:-1:-1`, "setsar=1", "settb=1/1000000"],
  ].join(",");
}

/** The canvas's own side, or what the other one leaves; even, since chroma has half the lines. */
function side(own: number, other: number, by: "*" | "/"): string {
  return `max(2,2*round(min(${own},${other}${by}dar)/2))`;
}

/** Nobody sees more than the show's rate; a picture that comes a little early still counts. */
function thinOut(rate: number): string {
  return `select='isnan(prev_selected_t)+gte(abs(t-prev_selected_t),${(0.8 / rate).toFixed(6)})'`;
}

/**
 * Reference white (203 cd/m², ITU-R BT.2408) becomes 221 to 224 of 235, what is brighter shares the rest up to 1000 cd/m². After scaling, since it is
 * counted in floats. What the source does not say of its colours is what HDR always has.
 */
function mapTones(transfer: "smpte2084" | "arib-std-b67"): string[] {
  return [
    "format=yuv420p10le",
    `zscale=tin=${transfer}:pin=bt2020:min=2020_ncl:rin=tv:t=linear:npl=203`,
    "format=gbrpf32le",
    "zscale=p=bt709",
    "tonemap=mobius:param=0.7:peak=4.93:desat=0",
    "zscale=t=bt709:m=bt709:r=tv",
  ];
}
