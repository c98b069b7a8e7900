import type { SourceWish } from "../settings.ts";

export type OperatingSystem = "linux" | "darwin" | "windows";

/** One input of ffmpeg. Only ffmpeg itself understands `reading`; `options` go to ffprobe as well. */
export interface Input {
  readonly reading: readonly string[];
  readonly options: readonly string[];
  readonly address: string;
}

/** What is known of the machine before anything was opened. */
export interface SourceHost {
  readonly os: OperatingSystem;
  /** The X display, where there is one. */
  readonly display: string | null;
  /** Names of cameras and microphones as the system lists them. Only asked for where a name is needed and none was given. */
  readonly cameras: readonly string[];
  readonly microphones: readonly string[];
  /** Of ffmpeg: before 5 the RTSP time-out had another name. */
  readonly ffmpegMajor: number;
}

export type SourcePlan =
  | {
    readonly kind: "plan";
    /** Ways to open the picture, the best first: the first one that a probe can open is taken. */
    readonly pictures: readonly Input[];
    /** Ways to open sound that comes from elsewhere. Empty: what sound there is comes with the picture. */
    readonly sounds: readonly Input[];
    /** What is known without a probe. */
    readonly known: { readonly width: number; readonly height: number; readonly rate: number } | null;
  }
  | { readonly kind: "problem"; readonly reason: string };

/** How ffmpeg should open what the streamer wants to show. `size` is what a camera is asked for. */
export function planSource(
  wish: Exclude<SourceWish, { kind: "camera_list" }>,
  host: SourceHost,
  size: { width: number; height: number; rate: number },
): SourcePlan {
  switch (wish.kind) {
    case "test":
      return { ...plan([testPicture(size.rate)]), known: { width: TEST_WIDTH, height: TEST_HEIGHT, rate: size.rate } };
    case "lavfi":
      return plan([{ reading: paces(wish.graph) ? [] : ["-re"], options: ["-f", "lavfi"], address: wish.graph }]);
    case "file":
      // With the protocol's name in front, no path can be taken for another protocol.
      return plan([{ reading: ["-stream_loop", "-1", "-re"], options: [], address: `file:${wish.path}` }]);
    case "address":
      return plan([openAddress(wish.url, host.ffmpegMajor)]);
    case "screen":
      return planScreen(host, size.rate);
    case "default":
      return host.cameras.length > 0 ? planCamera(null, null, host, size) : planSource({ kind: "test" }, host, size);
    case "camera":
      return planCamera(wish.video, wish.audio, host, size);
  }
}

/** A source that hangs is noticed after this long. */
const IO_LIMIT_MICROSECONDS = "5000000";
/** How much of a pulled stream is looked at before it is shown; ffmpeg's own 5 s, twice, would keep everybody waiting. */
const ANALYSE = ["-analyzeduration", "1500000"];
const TEST_WIDTH = 1280;
const TEST_HEIGHT = 720;
/** Live inputs come when they come: room for what arrives while the encoder is busy, and no frame threads that hold pictures back. */
const LIVE = ["-thread_queue_size", "512", "-thread_type", "slice"];
const LIVE_SOUND = ["-thread_queue_size", "512"];

function plan(pictures: readonly Input[], sounds: readonly Input[] = []): SourcePlan & { kind: "plan" } {
  return { kind: "plan", pictures, sounds, known: null };
}

/** testsrc2 shows a running clock of its own. */
function testPicture(rate: number): Input {
  const picture = `testsrc2=size=${TEST_WIDTH}x${TEST_HEIGHT}:rate=${rate}[out0]`;
  const tone = "sine=frequency=330:sample_rate=48000,volume=0.05[out1]";
  return { reading: ["-re"], options: ["-f", "lavfi"], address: `${picture};${tone}` };
}

function paces(graph: string): boolean {
  return /(?:^|[,;\]\s])a?realtime(?:$|[=@,;[\s])/.test(graph);
}

function openAddress(url: string, ffmpegMajor: number): Input {
  const scheme = url.slice(0, url.indexOf(":")).toLowerCase();
  const live = (...options: string[]): Input => ({ reading: LIVE, options: ["-fflags", "nobuffer", ...ANALYSE, ...options], address: url });
  switch (scheme) {
    case "rtsp":
      return live("-rtsp_transport", "tcp", ffmpegMajor < 5 ? "-stimeout" : "-timeout", IO_LIMIT_MICROSECONDS);
    case "http":
    case "https":
      // May be a file, or HLS that comes a segment at a time: paced. Where it has fallen behind it is still read at full speed.
      return { reading: ["-re"], options: ["-rw_timeout", IO_LIMIT_MICROSECONDS, ...ANALYSE], address: url };
    case "srt":
    case "udp":
      return live("-timeout", IO_LIMIT_MICROSECONDS);
    default:
      return live("-rw_timeout", IO_LIMIT_MICROSECONDS);
  }
}

function planScreen(host: SourceHost, rate: number): SourcePlan {
  const framerate = ["-framerate", `${rate}`];
  switch (host.os) {
    case "linux":
      if (!host.display) return { kind: "problem", reason: "There is no screen to show: DISPLAY is not set" };
      return plan([{ reading: LIVE, options: ["-f", "x11grab", ...framerate], address: host.display }]);
    case "darwin":
      return plan([{
        reading: LIVE,
        options: ["-f", "avfoundation", ...framerate, "-capture_cursor", "1"],
        address: "Capture screen 0:none",
      }]);
    case "windows":
      return plan([{ reading: LIVE, options: ["-f", "gdigrab", ...framerate], address: "desktop" }]);
  }
}

function planCamera(
  video: string | null,
  audio: string | null,
  host: SourceHost,
  size: { width: number; height: number; rate: number },
): SourcePlan {
  const framerate = ["-framerate", `${size.rate}`];
  const wanted = ["-video_size", `${size.width}x${size.height}`, ...framerate];
  switch (host.os) {
    case "linux": {
      const device = video ?? host.cameras[0] ?? "/dev/video0";
      const v4l2 = (...options: string[]): Input => ({ reading: LIVE, options: ["-f", "v4l2", ...options], address: device });
      // Raw pictures of this size come at 5 to 10 a second over USB 2, compressed ones at 30.
      return plan([v4l2("-input_format", "mjpeg", ...wanted), v4l2(...wanted), v4l2(...framerate), v4l2()], openMicrophone(audio));
    }
    case "darwin": {
      const avfoundation = (sound: string, options: readonly string[]): Input => ({
        reading: LIVE,
        options: ["-f", "avfoundation", ...options],
        address: `${video ?? "default"}:${sound}`,
      });
      const sound = audio ?? "default";
      return plan([
        avfoundation(sound, wanted),
        avfoundation(sound, framerate),
        avfoundation("none", wanted),
        avfoundation("none", framerate),
      ]);
    }
    case "windows": {
      const camera = video ?? host.cameras[0];
      if (!camera) return { kind: "problem", reason: "There is no camera to show: DirectShow lists none" };
      const microphone = audio ?? host.microphones[0] ?? null;
      const dshow = (address: string, options: readonly string[]): Input => ({
        reading: LIVE,
        options: ["-f", "dshow", "-rtbufsize", "128M", ...options],
        address,
      });
      const names = microphone === null ? [`video=${camera}`] : [`video=${camera}:audio=${microphone}`, `video=${camera}`];
      return plan(names.flatMap((name) => [dshow(name, wanted), dshow(name, [])]));
    }
  }
}

function openMicrophone(name: string | null): Input[] {
  const pulse: Input = { reading: LIVE_SOUND, options: ["-f", "pulse"], address: name ?? "default" };
  const alsa: Input = { reading: LIVE_SOUND, options: ["-f", "alsa"], address: name ?? "default" };
  const isAlsaName = name !== null && /^(?:plug)?hw:|^(?:sys)?default(?::|$)|^dsnoop:/.test(name);
  return isAlsaName ? [alsa] : [pulse, alsa];
}
