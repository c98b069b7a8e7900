import { PUBLISHED_BY, type SourceWish } from "../settings/source.ts";
import { allow } from "./allowed.ts";
import type { Found } from "./streams.ts";

export type OperatingSystem = "linux" | "darwin" | "windows";

/** What is known of the machine before anything was opened. */
export interface SourceHost {
  readonly os: OperatingSystem;
  /** The X display, where there is one. */
  readonly display: string | null;
  /** Whether the session is Wayland's, which shows programs no windows but their own; X11's are seen where there is a display. */
  readonly isWayland: boolean;
  /** Names of cameras and microphones as the system lists them. Only asked for where a name is needed and none was given. */
  readonly cameras: readonly string[];
  readonly microphones: readonly string[];
  /** Of ffmpeg: before 5 the RTSP time-out had another name. */
  readonly ffmpegMajor: number;
}

/** One way to open an input, and how its pictures are to be read. What only a look can tell is settled by `settleWay`. */
export interface Way {
  /** For ffmpeg and ffprobe alike, in front of `-i` and the address. */
  readonly options: readonly string[];
  /** As ffmpeg takes it, and as its messages name it. */
  readonly address: string;
  /** `stored`: the next picture is read when it is due. `live`: read as it comes. */
  readonly pace: "stored" | "live";
  /** `arrival`: without times of its own. */
  readonly times: "source" | "arrival";
  /** A camera, a screen or a microphone of this machine. */
  readonly isDevice: boolean;
  /** Whoever is not read waits. Where not, the oldest is dropped. */
  readonly canBeHeldBack: boolean;
  /** A second connection is refused, or ends the first: no look of its own. */
  readonly takesOneConnection: boolean;
  /** Read twice, once for the picture and once for the sound, since tracks may lie, or end, apart. */
  readonly isParted: boolean;
  /**
   * What follows the end of an intake. `again`: the next one, without a gap. `hold`: nothing, the picture stands for ever. `fetch`: one more after
   * STILL_FETCHED_EVERY_MS. `retry`: the source is away; a new try, with growing pauses.
   */
  readonly atEnd: "again" | "hold" | "fetch" | "retry";
}

/** A picture that a web server gives, such as a weather camera's. */
export const STILL_FETCHED_EVERY_MS = 5000;

/** One input's ways, the best first: the first that a look can open is taken, and remembered. */
export interface PlannedInput {
  readonly pictures: readonly Way[];
  /** Ways to open sound that comes from elsewhere, an intake of its own. Empty: what sound there is comes with the picture. */
  readonly sounds: readonly Way[];
  /** What is known without a look. */
  readonly known: Found | null;
}

export type IntakePlan =
  /** One input, or those of a list, which follow one another again and again. */
  | { readonly kind: "plan"; readonly inputs: readonly PlannedInput[] }
  | { readonly kind: "problem"; readonly reason: string };

/** How ffmpeg should open what the streamer wants to show. `size` is the canvas, its rate the show's; a camera is asked for them. */
export function planIntake(wish: Exclude<SourceWish, { kind: "camera_list" }>, host: SourceHost, size: PictureSize): IntakePlan {
  switch (wish.kind) {
    case "test":
      return one({ pictures: [testPicture(size)], sounds: [], known: describeTest(size) });
    case "obs":
    case "srt":
    case "browser":
      return { kind: "problem", reason: `It waits for ${PUBLISHED_BY[wish.kind]}` };
    case "lavfi":
      return one(openGraph(wish.graph));
    case "file":
      return one(openFile(wish.path));
    case "files":
      return { kind: "plan", inputs: wish.paths.map((path) => plan(openFile(path))) };
    case "address":
      return one(openAddress(wish.url, host.ffmpegMajor));
    case "screen":
      return planScreen(host, size.rate);
    case "default":
      return host.cameras.length > 0 ? planCamera(null, null, host, size) : planIntake({ kind: "test" }, host, size);
    case "camera":
      return planCamera(wish.video, wish.audio, host, size);
  }
}

/** The way, with what a look has told about its pace and its times, and how much of it an intake must still look at. */
export function settleWay(way: Way, found: Found): Way {
  const isWeb = /^https?:/i.test(way.address);
  const times = found.isArrivalTimed && way.pace === "live" ? "arrival" : "source";
  if (found.isStill) return { ...way, times: isWeb ? "arrival" : "source", isParted: false, atEnd: isWeb ? "fetch" : "hold" };
  if (isWeb && found.durationSeconds !== null && times === "source") return { ...way, pace: "stored", isParted: true, atEnd: "again" };
  const isKnown = way.pace === "live" && LISTS_STREAMS.includes(found.formatName);
  return { ...way, times, options: [...way.options, ...(isKnown ? LOOKED_INTO : [])] };
}

/** Containers that tell all their streams before the first of their packets. */
const LISTS_STREAMS = ["mpegts", "rtsp"];
/** Pictures that ffmpeg looks at come late and in one burst: 1.5 s of them become 0.15 s. Of MPEG-TS, 32 KiB would be too little for whole first pictures. */
const LOOKED_INTO = ["-probesize", "200000", "-analyzeduration", "100000"];

export interface PictureSize {
  readonly width: number;
  readonly height: number;
  /** Pictures a second. */
  readonly rate: number;
}

/** A source that hangs is noticed after this long. */
const IO_LIMIT_MICROSECONDS = "5000000";
/** How much of a pulled stream is looked at before it is shown; ffmpeg's own 5 s, twice, would keep everybody waiting. */
const ANALYSE = ["-analyzeduration", "1500000"];

const STORED = {
  options: [],
  pace: "stored",
  times: "source",
  isDevice: false,
  canBeHeldBack: true,
  takesOneConnection: false,
  isParted: false,
  atEnd: "again",
} as const satisfies Partial<Way>;
const LIVE = { ...STORED, pace: "live", atEnd: "retry" } as const satisfies Partial<Way>;
const DEVICE = { ...LIVE, isDevice: true, canBeHeldBack: false } as const satisfies Partial<Way>;

function plan(pictures: readonly Way[], sounds: readonly Way[] = []): PlannedInput {
  return { pictures, sounds, known: null };
}

function one(input: PlannedInput | readonly Way[]): IntakePlan {
  return { kind: "plan", inputs: ["pictures" in input ? input : plan(input)] };
}

/** testsrc2 shows a running clock of its own. */
function testPicture({ width, height, rate }: PictureSize): Way {
  const picture = `testsrc2=size=${width}x${height}:rate=${rate}[out0]`;
  const tone = `sine=frequency=330:sample_rate=${TONE_RATE},volume=0.05[out1]`;
  return { ...STORED, options: ["-f", "lavfi"], address: `${picture};${tone}` };
}

const TONE_RATE = 48_000;

function describeTest({ width, height, rate }: PictureSize): Found {
  return {
    kind: "found",
    video: { stream: "v:0", width, height, rate, isInterlaced: false, transfer: "other" },
    sound: { stream: "a:0", channels: 1, rate: TONE_RATE },
    formatName: "lavfi",
    title: null,
    durationSeconds: null,
    startSeconds: 0,
    isStill: false,
    isArrivalTimed: false,
    joinsTimes: false,
  };
}

/** A graph tells all of itself; waiting for twenty pictures of a slow one would take as many seconds. */
const KNOWN_AT_ONCE = ["-analyzeduration", "1", "-fpsprobesize", "0"];

/** A graph runs as fast as it is read, unless it paces itself. */
function openGraph(graph: string): Way[] {
  const pacesItself = /(?:^|[,;\]\s])a?realtime(?:$|[=@,;[\s])/.test(graph);
  if (!pacesItself) return [{ ...STORED, options: ["-f", "lavfi"], address: graph }];
  return [{ ...LIVE, options: ["-f", "lavfi", ...KNOWN_AT_ONCE], address: graph }];
}

/** The ways to open a file, the best first. With the protocol's name in front, no path can be taken for another protocol. */
export function openFile(path: string): Way[] {
  const file = (...options: string[]): Way => ({ ...STORED, options, address: `file:${path}`, isParted: true });
  return inOrder(path, file(...allow("file")), file(...PICTURE, ...allow("file", "image2pipe")));
}

/** One picture, whatever its name says: `image2`, which ffmpeg would take, believes endings and sees a pattern in `100%d.png`. */
const PICTURE = ["-f", "image2pipe"];

/** The way for a single picture comes first where the name says that it is one, second where it may move. */
function inOrder(path: string, usual: Way, picture: Way): Way[] {
  if (/\.(?:jpe?g|jfif|bmp|tiff?|webp|jxl|qoi|p[bgpn]m|tga|heif)$/i.test(path)) return [picture, usual];
  return /\.(?:a?png|gif)$/i.test(path) ? [usual, picture] : [usual];
}

function openAddress(url: string, ffmpegMajor: number): Way[] {
  const scheme = url.slice(0, url.indexOf(":")).toLowerCase();
  const live = (more: Partial<Way>, ...options: string[]): Way => ({ ...LIVE, address: url, options: [...ANALYSE, ...options], ...more });
  const listens = /[?&]mode=listener(?:&|$)|[?&]listen(?:=[1-9]\d*)?(?:&|$)/i.test(url);
  switch (scheme) {
    case "rtsp": {
      const rtsp = (transport: "tcp" | "udp") =>
        live(
          { canBeHeldBack: transport === "tcp" },
          ...["-rtsp_transport", transport, ffmpegMajor < 5 ? "-stimeout" : "-timeout", IO_LIMIT_MICROSECONDS, ...allow("rtsp")],
        );
      return [rtsp("tcp"), rtsp("udp")];
    }
    case "http":
    case "https": {
      // May be a file, or HLS, or a camera: a look tells.
      const limit = ["-rw_timeout", IO_LIMIT_MICROSECONDS];
      return inOrder(
        url.replace(/[?#].*/, ""),
        live({}, ...limit, ...allow("http")),
        live({}, ...PICTURE, ...limit, ...allow("http", "image2pipe")),
      );
    }
    case "srt":
      return [live({ canBeHeldBack: false, takesOneConnection: listens }, "-timeout", IO_LIMIT_MICROSECONDS, ...allow("srt"))];
    case "udp":
      return [live({ canBeHeldBack: false }, "-timeout", IO_LIMIT_MICROSECONDS, ...allow("udp"))];
    case "tcp":
      return [live({ takesOneConnection: true }, "-rw_timeout", IO_LIMIT_MICROSECONDS, ...allow("tcp"))];
    default:
      return [live({ takesOneConnection: listens }, "-rw_timeout", IO_LIMIT_MICROSECONDS, ...allow("rtmp"))];
  }
}

/** What the streamer should know of a source although it can be opened; null for nothing. */
export function hintAt(wish: SourceWish, host: Pick<SourceHost, "os" | "display" | "isWayland">): string | null {
  const isPartly = wish.kind === "screen" && host.os === "linux" && host.isWayland && host.display !== null;
  return isPartly ? `Under Wayland only the windows of X11 programs can be seen, the rest of the screen is black; ${WAYLAND_WAYS}.` : null;
}

const WAYLAND_WAYS = "log in to an X11 session, or show the screen with OBS (--source obs)";

function planScreen(host: SourceHost, rate: number): IntakePlan {
  const framerate = ["-framerate", `${rate}`];
  const grab = (format: string, address: string, ...more: string[]) =>
    one([{ ...DEVICE, options: ["-f", format, ...framerate, ...more], address }]);
  switch (host.os) {
    case "linux":
      if (!host.display) {
        const reason = host.isWayland
          ? `Wayland does not let a program see the screen; ${WAYLAND_WAYS}`
          : "There is no screen to show: DISPLAY is not set";
        return { kind: "problem", reason };
      }
      return grab("x11grab", host.display);
    case "darwin":
      return grab("avfoundation", "Capture screen 0:none", "-capture_cursor", "1");
    case "windows":
      return grab("gdigrab", "desktop");
  }
}

function planCamera(video: string | null, audio: string | null, host: SourceHost, size: PictureSize): IntakePlan {
  const framerate = ["-framerate", `${size.rate}`];
  const wanted = ["-video_size", `${size.width}x${size.height}`, ...framerate];
  switch (host.os) {
    case "linux": {
      const device = video ?? host.cameras[0] ?? "/dev/video0";
      const v4l2 = (...options: string[]): Way => ({ ...DEVICE, options: ["-f", "v4l2", ...options], address: device });
      // Raw pictures of this size come at 5 to 10 a second over USB 2, compressed ones at 30.
      const pictures = [v4l2("-input_format", "mjpeg", ...wanted), v4l2(...wanted), v4l2(...framerate), v4l2()];
      return one(plan(pictures, openMicrophone(audio)));
    }
    case "darwin": {
      const avfoundation = (sound: string, options: readonly string[]): Way => ({
        ...DEVICE,
        options: ["-f", "avfoundation", ...options],
        address: `${video ?? "default"}:${sound}`,
      });
      const sounds = [audio ?? "default", "none"];
      return one(sounds.flatMap((sound) => [avfoundation(sound, wanted), avfoundation(sound, framerate)]));
    }
    case "windows": {
      const camera = video ?? host.cameras[0];
      if (!camera) return { kind: "problem", reason: "There is no camera to show: DirectShow lists none" };
      const microphone = audio ?? host.microphones[0] ?? null;
      const dshow = (address: string, options: readonly string[]): Way => ({
        ...DEVICE,
        options: ["-f", "dshow", "-rtbufsize", "128M", ...options],
        address,
      });
      const names = microphone === null ? [`video=${camera}`] : [`video=${camera}:audio=${microphone}`, `video=${camera}`];
      return one(names.flatMap((name) => [dshow(name, wanted), dshow(name, [])]));
    }
  }
}

function openMicrophone(name: string | null): Way[] {
  const pulse: Way = { ...DEVICE, options: ["-f", "pulse"], address: name ?? "default" };
  const alsa: Way = { ...DEVICE, options: ["-f", "alsa"], address: name ?? "default" };
  const isAlsaName = name !== null && /^(?:plug)?hw:|^(?:sys)?default(?::|$)|^dsnoop:/.test(name);
  return isAlsaName ? [alsa] : [pulse, alsa];
}
