import { escapeInGraph, QUIET } from "../ffmpeg/graph.ts";
import { type Ladder, type Rendition, SOUND_BITS_PER_SECOND } from "../hls/rendition.ts";
import { type Grid, SOUND_RATE } from "../timeline/grid.ts";
import { buildFilters, type Filter } from "./filters.ts";
import { encodeByHardware, HARDWARE, type HardwareName } from "./hardware/hardware.ts";
import { pickLevel } from "./level.ts";

/** How hard x264 tries. What the governor falls back to makes another decoder configuration. */
export type Preset = "veryfast" | "superfast" | "ultrafast";

/** How the pictures of one run are encoded. */
export interface PictureEncoding {
  readonly ladder: Ladder;
  readonly preset: Preset;
  /** Encodes HQ; left out: libx264, as all others. */
  readonly hardware?: HardwareName;
}

/** Where the pictures of a run go. */
export interface PictureUrls {
  readonly pictures: readonly string[];
  readonly motion: string;
}

/**
 * The command line of a run (without the program's name). Its input is NUT with times in ticks, counted from the run's first; `firstTick` says where in
 * its segment that stands, so that its key frames fall on the segments of the show: an IDR that begins it, and one at each segment.
 */
export function buildPictureArguments(o: {
  encoding: PictureEncoding;
  canvas: { readonly width: number; readonly height: number };
  grid: Grid;
  firstTick: number;
  /** The one that is on; it can be changed by filter commands. */
  filter: Filter;
  input: string;
  urls: PictureUrls;
}): string[] {
  const { ladder } = o.encoding;
  const graph = [
    `[0:v]${nameColours},split=2[plain][motion]`,
    `[plain]${buildFilters(o.filter, o.canvas)}[c]`,
    ...scale("c", o.canvas, ladder),
    ...handOver(o.encoding),
    // Of the picture as it is: a filter is no motion.
    `[motion]${measureMotion(o.urls.motion)}`,
  ];
  return [
    ...[...QUIET, ...deviceOf(o.encoding), ...READ_NUT, "-i", o.input, "-filter_complex", graph.join(";")],
    ...encodePictures({ ...o, urls: o.urls.pictures }),
  ];
}

/** The command line of the sound's encoder: PCM as NUT in, AAC out. */
export function buildSoundArguments(o: { input: string; url: string }): string[] {
  return [...QUIET, ...READ_NUT, "-i", o.input, ...encodeSound(o.url)];
}

/**
 * The command line that encodes a still card with silence, as fast as it goes, by the settings of a run: the decoder's
 * configuration comes out the same.
 */
export function buildSlateArguments(o: {
  /** The input's arguments: one picture. */
  picture: readonly string[];
  seconds: number;
  encoding: PictureEncoding;
  grid: Grid;
  urls: { readonly pictures: readonly string[]; readonly sound: string };
}): string[] {
  const { grid } = o;
  const { ladder } = o.encoding;
  const { width, height } = ladder[0];
  const card = `scale=${width}:${height}:force_original_aspect_ratio=decrease:flags=lanczos:out_color_matrix=bt709:out_range=tv,` +
    `pad=${width}:${height}:-1:-1,format=yuv420p,setsar=1,${nameColours}`;
  const frames = Math.round(o.seconds * grid.rate);
  const graph = [
    // Decoded and fitted once, then repeated.
    `[0:v]${card},loop=loop=${frames - 1}:size=1,settb=1/${grid.rate},setpts=N[c]`,
    ...scale("c", ladder[0], ladder),
    ...handOver(o.encoding),
  ];
  const silence = ["-f", "lavfi", "-i", `anullsrc=sample_rate=${SOUND_RATE}:channel_layout=stereo`];
  return [
    ...[...QUIET, "-nostdin", ...deviceOf(o.encoding), ...o.picture, "-t", `${o.seconds}`, ...silence, "-filter_complex", graph.join(";")],
    ...encodePictures({ ...o, firstTick: 0, urls: o.urls.pictures }),
    ...["-map", "1:a", ...encodeSound(o.urls.sound)],
  ];
}

/** The command line of a hardware encoder's try: so many pictures of HQ, by the options of a run whose first stands at `place` in its segment. */
export function buildTryArguments(
  o: { hardware: HardwareName; ladder: Ladder; grid: Grid; place: number; pictures: number; url: string },
): string[] {
  const { ladder: [hq], grid } = o;
  const encoding = { ladder: o.ladder, preset: "veryfast", hardware: o.hardware } as const;
  const graph = [`[0:v]format=yuv420p,setsar=1,settb=1/${grid.rate},${nameColours}[r0]`, ...handOver(encoding)];
  return [
    ...[...QUIET, "-nostdin", ...deviceOf(encoding), "-f", "lavfi", "-i", `testsrc2=size=${hq.width}x${hq.height}:rate=${grid.rate}`],
    ...["-filter_complex", graph.join(";"), ...encodeRendition(encoding, 0, grid, o.place), "-frames:v", `${o.pictures}`, ...toFlv(o.url)],
  ];
}

/** Without a look into it: the header says all there is to know. */
const READ_NUT = ["-f", "nut", "-probesize", "32", "-analyzeduration", "0"];

/** What moof boxes and the like cost. The rest is a margin: single seconds of noise and of real footage come out up to 9 % above the encoder's aim. */
const ENVELOPE_BITS_PER_SECOND = 14_000;
const VIDEO_SHARE = 0.93;
const LEAST_VIDEO_BITS_PER_SECOND = 40_000;
/** Seconds of the rate. One segment cannot spend what another has saved; shorter ones cost the smallest rendition quality (0.25 dB at 0.3). */
const BUFFER_SECONDS = 0.3;
/** Longer than any run: key frames stand where they are asked for and nowhere else. */
const NO_KEY_FRAMES_OF_ITS_OWN = "1000000";

/** The canvas is BT.709 with the narrow range, whatever the source was: what says so in the SPS never changes. */
const nameColours = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";

/** From [c] to [r0], [r1], [r2]: the smaller ones are made from the largest, which costs less than from the canvas where that is larger. */
function scale(canvas: string, size: { readonly width: number; readonly height: number }, ladder: Ladder): string[] {
  const fit = ({ width, height }: Rendition, from: { readonly width: number; readonly height: number }) =>
    width === from.width && height === from.height ? "null" : `scale=${width}:${height},setsar=1`;
  return [
    `[${canvas}]${fit(ladder[0], size)},split=${ladder.length}${ladder.map((_, index) => index === 0 ? "[r0]" : `[s${index}]`).join("")}`,
    ...ladder.slice(1).map((rendition, index) => `[s${index + 1}]${fit(rendition, ladder[0])}[r${index + 1}]`),
  ];
}

/**
 * Ten times a second the share of changed pixels, times 255, with its time. Each picture is first freed of its own blur: what a lamp or
 * the camera's exposure does to all of it at once falls away, as do single noisy pixels, before and (median) after the threshold.
 */
export function measureMotion(url: string): string {
  return "fps=10,scale=160:90:flags=area,format=gray,split[near][far];[near]avgblur=1[fine];[far]avgblur=10[coarse];" +
    "[fine][coarse]blend=all_mode=grainextract,tblend=all_mode=difference,lutyuv=y='if(gt(val,12),255,0)',median=1,signalstats," +
    `metadata=mode=print:key=lavfi.signalstats.YAVG:direct=1:file=${escapeInGraph(url)},nullsink`;
}

/** What HQ's encoder wants of the graph: from [r0] to [hardware]. */
function handOver({ hardware }: PictureEncoding): string[] {
  const filter = hardware && HARDWARE[hardware].filter;
  return filter ? [`[r0]${filter}[hardware]`] : [];
}

function deviceOf({ hardware }: PictureEncoding): readonly string[] {
  return hardware ? HARDWARE[hardware].device : [];
}

function encodePictures(o: { encoding: PictureEncoding; grid: Grid; firstTick: number; urls: readonly string[] }): string[] {
  const place = o.firstTick % o.grid.framesPerSegment;
  return o.encoding.ladder.flatMap((_, index) => [...encodeRendition(o.encoding, index, o.grid, place), ...toFlv(o.urls[index]!)]);
}

/** `place`: where in its segment the first picture stands. */
function encodeRendition(
  { ladder, preset, hardware }: PictureEncoding,
  index: number,
  { rate, framesPerSegment }: Grid,
  place: number,
): string[] {
  const level = pickLevel(ladder, rate);
  const bits = pictureBitsOf(ladder[index]!);
  const keyFrames = `expr:eq(mod(round(t*${rate})+${place},${framesPerSegment}),0)`;
  const times = ["-fps_mode", "passthrough", "-enc_time_base", `1:${rate}`];
  if (index === 0 && hardware) {
    const from = HARDWARE[hardware].filter === null ? "[r0]" : "[hardware]";
    return ["-map", from, ...encodeByHardware(hardware, { bits, level, keyFrames }), ...times];
  }
  return [
    ...["-map", `[r${index}]`, "-c:v", "libx264", "-preset", preset, "-tune", "zerolatency", "-profile:v", "high", "-level:v", level],
    ...["-bf", "0", "-g", NO_KEY_FRAMES_OF_ITS_OWN, "-sc_threshold", "0", "-force_key_frames", keyFrames],
    ...["-b:v", `${bits}`, "-maxrate", `${bits}`, "-bufsize", `${Math.floor(bits * BUFFER_SECONDS)}`],
    // JPEG sources have another place of the chroma than all others, and raw pictures another guess at their rate than a card: both would stand in the SPS.
    ...["-x264-params", `repeat-headers=1:chromaloc=0:fps=${rate}/1`, ...times],
  ];
}

function pictureBitsOf({ bitsPerSecond }: Rendition): number {
  const left = (bitsPerSecond - SOUND_BITS_PER_SECOND - ENVELOPE_BITS_PER_SECOND) * VIDEO_SHARE;
  return Math.max(LEAST_VIDEO_BITS_PER_SECOND, Math.floor(left));
}

function encodeSound(url: string): string[] {
  return ["-c:a", "aac", "-b:a", `${SOUND_BITS_PER_SECOND}`, "-ar", `${SOUND_RATE}`, "-ac", "2", "-output_ts_offset", "1", ...toFlv(url)];
}

function toFlv(url: string): string[] {
  return ["-f", "flv", "-flvflags", "no_duration_filesize", "-flush_packets", "1", url];
}
