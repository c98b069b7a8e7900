import { startChild } from "../fixtures/child.ts";
import { pause } from "../fixtures/condition.ts";
import type { Playing } from "./playing.ts";

export interface MpvResult {
  readonly watchedMs: number;
  readonly firstPictureMs: number | null;
  /** Pictures decoded, and how many differed from the one before (by checksum). */
  readonly pictures: number;
  readonly differentPictures: number;
  /** The longest time between two decoded pictures. */
  readonly longestGapMs: number;
  /** Between the media times of decoded pictures that follow each other; null before the second. */
  readonly stepMs: { readonly shortest: number; readonly longest: number } | null;
  readonly lastPictureAgoMs: number | null;
  readonly sizes: readonly string[];
  readonly errors: readonly string[];
  /** Set where mpv ended by itself. */
  readonly exited: { readonly atMs: number; readonly code: number } | null;
}

/** Plays an address in mpv without a screen; a `showinfo` filter behind the decoder counts what it decodes. */
export function startMpv(url: string): Playing<MpvResult> {
  const startedAt = performance.now();
  const sinceStart = () => Math.round(performance.now() - startedAt);
  const errors = new Set<string>();
  const sizes: string[] = [];
  let pictures = 0, differentPictures = 0, longestGapMs = 0;
  let firstPictureMs: number | null = null, lastPictureMs: number | null = null, lastChecksum = "";
  let lastMediaMs: number | null = null;
  let stepMs: MpvResult["stepMs"] = null;
  const takeLine = (line: string) => {
    const picture = / pts_time:(\S+) .* s:(\d+x\d+) .*checksum:(\w+)/.exec(line);
    if (picture) {
      const nowMs = sinceStart();
      firstPictureMs ??= nowMs;
      if (lastPictureMs !== null) longestGapMs = Math.max(longestGapMs, nowMs - lastPictureMs);
      lastPictureMs = nowMs;
      pictures++;
      const mediaMs = Number(picture[1]) * 1000;
      if (lastMediaMs !== null) {
        const byMs = mediaMs - lastMediaMs;
        stepMs = { shortest: Math.min(byMs, stepMs?.shortest ?? byMs), longest: Math.max(byMs, stepMs?.longest ?? byMs) };
      }
      lastMediaMs = mediaMs;
      if (picture[3] !== lastChecksum) differentPictures++;
      lastChecksum = picture[3] ?? "";
      if (sizes.at(-1) !== picture[2]) sizes.push(picture[2] ?? "");
    } else if (/error|failed|invalid|corrupt|missing|conceal/i.test(line) && !line.includes("showinfo")) errors.add(line.trim());
  };
  const mpv = startChild("mpv", [...MPV_OPTIONS, url], { onLine: takeLine });
  let exited: { atMs: number; code: number } | null = null;
  let isStopping = false;
  mpv.ended.then(({ code }) => {
    if (!isStopping) exited = { atMs: sinceStart(), code };
  });
  async function end(): Promise<MpvResult> {
    const watchedMs = sinceStart();
    isStopping = true;
    await mpv.stop(1000);
    const lastPictureAgoMs = lastPictureMs === null ? null : watchedMs - lastPictureMs;
    return {
      watchedMs,
      firstPictureMs,
      pictures,
      differentPictures,
      longestGapMs,
      stepMs,
      lastPictureAgoMs,
      sizes,
      errors: [...errors].slice(0, 8),
      exited,
    };
  }
  let result: Promise<MpvResult> | null = null;
  const stop = () => result ??= end();
  return { stop, [Symbol.asyncDispose]: async () => void await stop() };
}

/** Plays for so long. */
export async function playInMpv(url: string, seconds: number): Promise<MpvResult> {
  await using mpv = startMpv(url);
  await pause(seconds * 1000);
  return await mpv.stop();
}

const MPV_OPTIONS = [
  "--no-config",
  "--vo=null",
  "--ao=null",
  "--no-audio-display",
  "--hwdec=no",
  "--input-terminal=no",
  "--term-status-msg=",
  "--msg-level=all=warn,ffmpeg=v",
  "--vf=lavfi=[showinfo]",
];
