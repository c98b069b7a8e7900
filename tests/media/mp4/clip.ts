import type { FlvItem } from "../../../media/flv/frame.ts";
import { createFlvReader } from "../../../media/flv/reader.ts";

/** A short clip as ffmpeg hands it over: pictures and sound, each in an FLV file of its own, and what the reader makes of them. */
export interface Clip {
  readonly videoFile: string;
  readonly soundFile: string;
  readonly avcC: Uint8Array;
  readonly audioSpecificConfig: Uint8Array;
  readonly pictures: readonly { readonly data: Uint8Array; readonly isKey: boolean }[];
  readonly sound: readonly Uint8Array[];
}

/** Encodes 2 s of `size` at 30 frames a second with a real ffmpeg into `folder`. */
export async function encodeClip(folder: string, size: string, profile = "high"): Promise<Clip> {
  const videoFile = `${folder}/v_${size}_${profile}.flv`;
  const soundFile = `${folder}/a_${size}_${profile}.flv`;
  // deno-fmt-ignore
  await runFfmpeg([
    "-f", "lavfi", "-i", `testsrc2=s=${size}:r=30:d=2`, "-f", "lavfi", "-i", "sine=440:r=48000:d=2",
    "-map", "0:v", "-t", "2", "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", profile, "-level:v", "3.1",
    "-pix_fmt", "yuv420p", "-bf", "0", "-g", "30", "-keyint_min", "30", "-sc_threshold", "0", "-b:v", "400k", "-maxrate", "400k", "-bufsize", "400k",
    "-x264-params", "repeat-headers=1", "-output_ts_offset", "1", "-f", "flv", "-flvflags", "no_duration_filesize", videoFile,
    "-map", "1:a", "-t", "2", "-c:a", "aac", "-b:a", "96k", "-ar", "48000", "-ac", "2",
    "-output_ts_offset", "1", "-f", "flv", "-flvflags", "no_duration_filesize", soundFile,
  ]);
  const video = await readFlv(videoFile);
  const sound = await readFlv(soundFile);
  return {
    videoFile,
    soundFile,
    avcC: video.find((item) => item.kind === "video_config")!.data,
    audioSpecificConfig: sound.find((item) => item.kind === "audio_config")!.data,
    pictures: video.filter((item) => item.kind === "video"),
    sound: sound.filter((item) => item.kind === "audio").map((frame) => frame.data),
  };
}

/** Runs ffmpeg with errors only on stderr. Throws if it fails or says anything there. */
export async function runFfmpeg(args: readonly string[]): Promise<string> {
  return await run("ffmpeg", ["-nostdin", "-hide_banner", "-v", "error", "-y", ...args]);
}

export async function runFfprobe(args: readonly string[]): Promise<string> {
  return await run("ffprobe", ["-hide_banner", "-v", "error", ...args]);
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], signal: AbortSignal.timeout(60_000) }).output();
  const complaints = new TextDecoder().decode(stderr).trim();
  if (code !== 0 || complaints !== "") throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${complaints}`);
  return new TextDecoder().decode(stdout);
}

/** Pieces of 4096 bytes, so that many tags span two. */
async function readFlv(file: string): Promise<FlvItem[]> {
  const bytes = await Deno.readFile(file);
  const reader = createFlvReader();
  const items: FlvItem[] = [];
  for (let at = 0; at < bytes.length; at += 4096) items.push(...reader.push(bytes.slice(at, at + 4096)));
  reader.end();
  return items;
}
