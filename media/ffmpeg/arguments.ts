import { type Ladder, type Rendition, SOUND_BITS_PER_SECOND } from "../hls/rendition.ts";
import { type Grid, SOUND_RATE } from "../timeline/grid.ts";
import { pickLevel } from "./level.ts";

/** The inputs of a run, chosen and looked into. */
export interface OpenedSource {
  /** For each input its arguments, `-i` and address included. */
  readonly inputs: readonly (readonly string[])[];
  /** Stream specifiers, such as `0:1`. Without sound there will be silence. */
  readonly picture: string;
  readonly sound: string | null;
}

/** Where a run's outputs go. */
export interface OutputUrls {
  readonly pictures: readonly string[];
  readonly sound: string;
  readonly motion: string;
}

/** The command line of a run (without the program's name). */
export function buildRunArguments(o: { source: OpenedSource; ladder: Ladder; grid: Grid; urls: OutputUrls }): string[] {
  const { source, ladder, grid, urls } = o;
  const inputs = source.sound === null ? [...source.inputs, ["-re", ...SILENCE]] : source.inputs;
  const sound = source.sound ?? `${source.inputs.length}:a`;
  const graph = [
    `[${source.picture}]fps=${grid.rate},${fitInto(ladder[0])},split=2[p0][motion]`,
    ...scaleDown(ladder),
    `[motion]${measureMotion(urls.motion)}`,
    // Without `res` the filter starts anew at its first correction, and its times fall back to 0: a drifting microphone would end the run.
    `[${sound}]aresample=${SOUND_RATE}:async=1000:min_hard_comp=0.02:first_pts=0:flags=+res,volume@v=1[sound]`,
  ];
  return [...QUIET, "-progress", "pipe:1", ...inputs.flat(), "-filter_complex", graph.join(";"), ...encodeAll(o)];
}

/**
 * The command line that encodes a still card with silence, as fast as it goes, by the settings of a run: the decoder's
 * configuration comes out the same.
 */
export function buildSlateArguments(o: {
  /** The input's arguments: one picture. */
  picture: readonly string[];
  seconds: number;
  ladder: Ladder;
  grid: Grid;
  urls: Omit<OutputUrls, "motion">;
}): string[] {
  const { ladder, grid } = o;
  const { width, height } = ladder[0];
  const card = `scale=${width}:${height}:force_original_aspect_ratio=decrease:flags=lanczos,pad=${width}:${height}:-1:-1`;
  const frames = Math.round(o.seconds * grid.rate);
  const graph = [
    // Decoded and fitted once, then repeated.
    `[0:v]setsar=1,${card},${fitInto(ladder[0])},loop=loop=${frames - 1}:size=1,settb=1/${grid.rate},setpts=N,fps=${grid.rate}[p0]`,
    ...scaleDown(ladder),
    `[1:a]aresample=${SOUND_RATE}:async=1000:min_hard_comp=0.02:first_pts=0:flags=+res[sound]`,
  ];
  return [...QUIET, "-nostdin", ...o.picture, "-t", `${o.seconds}`, ...SILENCE, "-filter_complex", graph.join(";"), ...encodeAll(o)];
}

/** An argument of a filter inside a graph: both the graph and the filter take a level of escapes away (ffmpeg-utils, "Quoting and escaping"). */
export function escapeInGraph(text: string): string {
  return text.replace(/[\\':]/g, "\\$&").replace(/[\\'[\],;]/g, "\\$&");
}

const QUIET = ["-hide_banner", "-nostats", "-loglevel", "level+warning"];
const SILENCE = ["-f", "lavfi", "-i", `anullsrc=sample_rate=${SOUND_RATE}:channel_layout=stereo`];

/** What moof boxes and the like cost. The rest is a margin: single seconds of noise and of real footage come out up to 9 % above the encoder's aim. */
const ENVELOPE_BITS_PER_SECOND = 14_000;
const VIDEO_SHARE = 0.93;
const LEAST_VIDEO_BITS_PER_SECOND = 40_000;
/** Seconds of the rate. One segment cannot spend what another has saved; shorter ones cost the smallest rendition quality (0.25 dB at 0.3). */
const BUFFER_SECONDS = 0.3;

/** Colours are converted and named as BT.709, whatever the source says: else they would stand in the SPS, and each source had its own. */
function fitInto({ width, height }: Rendition): string {
  return `scale=${width}:${height}:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,` +
    "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";
}

/** From [p0] of the first rendition's size to [r0], [r1], [r2]: the smaller ones are made from the largest, which costs less than from the source. */
function scaleDown(ladder: Ladder): string[] {
  return [
    `[p0]split=${ladder.length}${ladder.map((_, index) => index === 0 ? "[r0]" : `[s${index}]`).join("")}`,
    ...ladder.slice(1).map(({ width, height }, index) => `[s${index + 1}]scale=${width}:${height},setsar=1[r${index + 1}]`),
  ];
}

/**
 * Ten times a second the share of changed pixels, times 255, with its time. Each picture is first freed of its own blur: what a lamp or
 * the camera's exposure does to all of it at once falls away, as do single noisy pixels, before and (median) after the threshold.
 */
function measureMotion(url: string): string {
  return "fps=10,scale=160:90:flags=area,format=gray,split[near][far];[near]avgblur=1[fine];[far]avgblur=10[coarse];" +
    "[fine][coarse]blend=all_mode=grainextract,tblend=all_mode=difference,lutyuv=y='if(gt(val,12),255,0)',median=1,signalstats," +
    `metadata=mode=print:key=lavfi.signalstats.YAVG:direct=1:file=${escapeInGraph(url)},nullsink`;
}

function encodeAll(o: { ladder: Ladder; grid: Grid; urls: Omit<OutputUrls, "motion"> }): string[] {
  const level = pickLevel(o.ladder, o.grid.rate);
  return [
    ...o.ladder.flatMap((
      rendition,
      index,
    ) => ["-map", `[r${index}]`, ...encodePicture(rendition, o.grid, level), ...toFlv(o.urls.pictures[index]!)]),
    ...["-map", "[sound]", "-c:a", "aac", "-b:a", `${SOUND_BITS_PER_SECOND}`, "-ar", `${SOUND_RATE}`, "-ac", "2", ...toFlv(o.urls.sound)],
  ];
}

function encodePicture({ bitsPerSecond }: Rendition, { framesPerSegment }: Grid, level: string): string[] {
  const left = (bitsPerSecond - SOUND_BITS_PER_SECOND - ENVELOPE_BITS_PER_SECOND) * VIDEO_SHARE;
  const video = Math.max(LEAST_VIDEO_BITS_PER_SECOND, Math.floor(left));
  return [
    ...["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", "high", "-level:v", level, "-bf", "0"],
    ...["-g", `${framesPerSegment}`, "-keyint_min", `${framesPerSegment}`, "-sc_threshold", "0"],
    ...["-b:v", `${video}`, "-maxrate", `${video}`, "-bufsize", `${Math.floor(video * BUFFER_SECONDS)}`],
    ...["-x264-params", "repeat-headers=1"],
  ];
}

/** The offset keeps the sound's start, which lies before zero (AAC priming), from being shifted on its own. */
function toFlv(url: string): string[] {
  return ["-output_ts_offset", "1", "-f", "flv", "-flvflags", "no_duration_filesize", url];
}
