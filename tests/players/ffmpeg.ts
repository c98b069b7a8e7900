import { startChild } from "../fixtures/child.ts";
import { pause } from "../fixtures/condition.ts";
import type { Playing } from "./playing.ts";

export interface FfmpegResult {
  readonly watchedMs: number;
  readonly firstPictureMs: number | null;
  readonly pictures: number;
  readonly differentPictures: number;
  readonly soundFrames: number;
  /** The longest time between two decoded pictures: ffmpeg decodes a segment at once and waits for the next. */
  readonly longestGapMs: number;
  /** Steps between the times of decoded pictures, or of decoded sound, that were not exactly one picture or one AAC frame. */
  readonly unevenSteps: readonly string[];
  /** What it complained of at warning level and above, each line once; the harmless "duplicated MOOV" is left out. */
  readonly errors: readonly string[];
  readonly exited: { readonly atMs: number; readonly code: number } | null;
}

/** Plays an address with ffmpeg: decodes picture and sound of the first variant and hashes every frame. `seconds` is how much media it takes. */
export function startFfmpeg(url: string, seconds?: number): Playing<FfmpegResult> {
  const startedAt = performance.now();
  const sinceStart = () => Math.round(performance.now() - startedAt);
  const errors = new Set<string>();
  const unevenSteps: string[] = [];
  const counts = { pictures: 0, differentPictures: 0, soundFrames: 0, longestGapMs: 0 };
  const tracks = new Map<string, { kind: string; nextTime: number | null; hash: string }>();
  let firstPictureMs: number | null = null, lastPictureMs: number | null = null;
  const takeLine = (line: string) => {
    const media = /^#media_type (\d+): (\w+)/.exec(line);
    if (media?.[1]) tracks.set(media[1], { kind: media[2] ?? "", nextTime: null, hash: "" });
    const [stream, , pts, duration, , hash] = line.split(/,\s*/);
    const track = tracks.get(stream ?? "");
    if (!track || hash === undefined) return;
    if (track.kind === "video") {
      const nowMs = sinceStart();
      firstPictureMs ??= nowMs;
      counts.longestGapMs = Math.max(counts.longestGapMs, nowMs - (lastPictureMs ?? nowMs));
      lastPictureMs = nowMs;
      counts.pictures++;
      if (hash !== track.hash) counts.differentPictures++;
    } else counts.soundFrames++;
    const off = track.nextTime === null ? 0 : Number(pts) - track.nextTime;
    if (off !== 0 && unevenSteps.length < 20) unevenSteps.push(`${track.kind} at ${pts}: ${off > 0 ? "+" : ""}${off}`);
    track.nextTime = Number(pts) + Number(duration);
    track.hash = hash;
  };
  const takeError = (line: string) => {
    if (/^\[[^\]]*\] ?\[(warning|error|fatal|panic)\]|^\[(warning|error|fatal|panic)\]/.test(line) && !line.includes("duplicated MOOV")) {
      errors.add(line.replace(/ @ 0x[0-9a-f]+/g, ""));
    }
  };
  const decoder = new TextDecoder();
  let rest = "";
  const limit = seconds === undefined ? [] : ["-t", String(seconds)];
  const ffmpeg = startChild("ffmpeg", [
    ...FFMPEG_OPTIONS,
    "-i",
    url,
    "-map",
    "0:v:0",
    "-map",
    "0:a:0?",
    ...limit,
    "-f",
    "framemd5",
    "-flush_packets",
    "1",
    "-",
  ], {
    onStdout: (bytes) => {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) takeLine(line.trim());
    },
    onLine: takeError,
  });
  let exited: { atMs: number; code: number } | null = null;
  let isStopping = false;
  ffmpeg.ended.then(({ code }) => {
    if (!isStopping) exited = { atMs: sinceStart(), code };
  });
  async function end(): Promise<FfmpegResult> {
    const watchedMs = sinceStart();
    isStopping = true;
    await ffmpeg.stop(1000);
    return { watchedMs, firstPictureMs, ...counts, unevenSteps, errors: [...errors].slice(0, 8), exited };
  }
  let result: Promise<FfmpegResult> | null = null;
  const stop = () => result ??= end();
  return { stop, [Symbol.asyncDispose]: async () => void await stop() };
}

/** Plays for so long. */
export async function playInFfmpeg(url: string, seconds: number): Promise<FfmpegResult> {
  await using ffmpeg = startFfmpeg(url);
  await pause(seconds * 1000);
  return await ffmpeg.stop();
}

const FFMPEG_OPTIONS = ["-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+warning"];
