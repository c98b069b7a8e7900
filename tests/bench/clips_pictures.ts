import type { WatchedSegment } from "./clips_watch.ts";

/**
 * How far the clip's time is from the time counted since the run's first picture, by the pictures themselves: a segment's are compared with
 * those of the clip around it. `wrapSeconds` is the clip's length where the segment may be of a later round.
 */
export async function findOffset(clip: string, segment: WatchedSegment, o: { rate: number; wrapSeconds: number }): Promise<number> {
  const around = 1.5;
  const atSeconds = segment.startSeconds % o.wrapSeconds;
  const fromSeconds = Math.max(0, atSeconds - around);
  const length = atSeconds - fromSeconds + segment.durationSeconds + around;
  const shown = split(await decode(["-i", "pipe:0"], segment.files.hq));
  const clipFrames = split(await decode(["-ss", `${fromSeconds}`, "-t", `${length}`, "-i", clip], null));
  let best = { offset: 0, difference: Infinity };
  for (let offset = -around; offset <= around; offset += 1 / 60) {
    const pairs = shown.flatMap((frame, index) => {
      const inClip = clipFrames[Math.round((atSeconds - fromSeconds + index * segment.durationSeconds / shown.length + offset) * o.rate)];
      return inClip === undefined ? [] : [meanDifference(frame, inClip)];
    });
    if (pairs.length < shown.length / 2) continue;
    const difference = pairs.reduce((sum, each) => sum + each, 0) / pairs.length;
    const isBetter = difference < best.difference - 1e-9 || (difference <= best.difference && Math.abs(offset) < Math.abs(best.offset));
    if (isBetter) best = { offset, difference };
  }
  return best.offset;
}

/** SSIM of a segment in one rendition against its HQ, scaled up to HQ's size as a player shows it. 1 where it is HQ. */
export async function measureSsim(segment: WatchedSegment, rendition: "hq" | "mq" | "lq", hqSize: string): Promise<number> {
  if (rendition === "hq") return 1;
  const folder = await Deno.makeTempDir({ prefix: "tercet-ssim-" });
  try {
    for (const name of ["hq", rendition] as const) await Deno.writeFile(`${folder}/${name}.mp4`, segment.files[name]);
    const graph = `[0:v]scale=${hqSize}:flags=bicubic,setpts=N[got];[1:v]setpts=N[hq];[got][hq]ssim`;
    const args = [
      "-hide_banner",
      "-nostats",
      "-threads",
      "1",
      "-i",
      `${folder}/${rendition}.mp4`,
      "-threads",
      "1",
      "-i",
      `${folder}/hq.mp4`,
    ];
    const { code, stderr } = await new Deno.Command("ffmpeg", { args: [...args, "-an", "-filter_complex", graph, "-f", "null", "-"] })
      .output();
    const said = new TextDecoder().decode(stderr);
    const all = /SSIM .*All:([0-9.]+)/.exec(said)?.[1];
    if (code !== 0 || all === undefined) throw new Error(`Cannot compare segment ${segment.msn}: ${said.slice(-300)}`);
    return Number(all);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Picture size and rate of a file's video, and its length. */
export async function probeClip(path: string): Promise<{ size: string; rate: number; seconds: number }> {
  const entries = "stream=width,height,r_frame_rate:format=duration";
  const args = ["-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of", "json", path];
  const { stdout } = await new Deno.Command("ffprobe", { args }).output();
  const { streams: [video], format } = JSON.parse(new TextDecoder().decode(stdout));
  const [frames, seconds] = video.r_frame_rate.split("/").map(Number);
  return { size: `${video.width}:${video.height}`, rate: frames / seconds, seconds: Number(format.duration) };
}

const WIDTH = 80;
const HEIGHT = 45;

/** Small grey pictures, one after the other. */
async function decode(input: readonly string[], bytes: Uint8Array | null): Promise<Uint8Array> {
  const size = ["-vf", `scale=${WIDTH}:${HEIGHT}:flags=area`, "-pix_fmt", "gray", "-vsync", "passthrough"];
  const child = new Deno.Command("ffmpeg", {
    args: ["-v", "error", "-threads", "1", ...input, "-an", ...size, "-f", "rawvideo", "pipe:1"],
    stdin: bytes === null ? "null" : "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.output();
  if (bytes !== null) {
    const writer = child.stdin.getWriter();
    await writer.write(bytes).then(() => writer.close()).catch(() => {});
  }
  return (await output).stdout;
}

function split(pictures: Uint8Array): Uint8Array[] {
  const count = Math.floor(pictures.length / (WIDTH * HEIGHT));
  return Array.from({ length: count }, (_, at) => pictures.subarray(at * WIDTH * HEIGHT, (at + 1) * WIDTH * HEIGHT));
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs(a[at]! - b[at]!);
  return sum / a.length;
}
