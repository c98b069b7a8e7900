import { startTercet } from "../fixtures/server.ts";
import { type Clip, GESTURES, ROOM } from "../media/audience/motion_clips.ts";
import { isWithin, type Judged, judgeOpenings, type Opening, unroll } from "./clips_bars.ts";
import { findOffset, measureSsim, probeClip } from "./clips_pictures.ts";
import { type WatchedSegment, watchGaming } from "./clips_watch.ts";
import type { BenchOptions } from "./options.ts";
import { holds, note, type Row } from "./table.ts";

/** Where the clips are: real footage, not ours to keep here. */
const FOLDER = Deno.env.get("CLIPS") ?? decodeURIComponent(new URL("../../../shared/clips/", import.meta.url).pathname);
const GESTURE_SECONDS = 10;
/** Pictures tell no more: the room's come ten a second. */
const OFFSET_PRECISION_SECONDS = 0.06;
/** Three people have walked through by then. */
const QUICK_SECONDS = 30;

/** Real footage as the source of the real server, and one viewer in gaming mode: what it gets while the picture moves, and while it does not. */
export async function runClips({ quick }: BenchOptions): Promise<Row[]> {
  const clips: { clip: Clip; file: string; seconds: number | null }[] = [
    { clip: ROOM, file: `${ROOM.name}.mp4`, seconds: quick ? QUICK_SECONDS : null },
    ...(quick ? [] : GESTURES.map((clip) => ({ clip, file: `${clip.name}.mkv`, seconds: GESTURE_SECONDS }))),
  ];
  const rows: Row[] = [];
  for (const { clip, file, seconds } of clips) {
    const path = `${FOLDER.replace(/\/$/, "")}/${file}`;
    const isThere = await Deno.stat(path).then(() => true, () => false);
    rows.push(
      ...isThere ? await measureClip(clip, path, seconds) : [note(`${clip.name}: skipped, CLIPS names no folder with ${file} in it`, null)],
    );
  }
  return rows;
}

async function measureClip(clip: Clip, path: string, seconds: number | null): Promise<Row[]> {
  const { size, rate, seconds: roundSeconds } = await probeClip(path);
  const segments = await watchFile(path, seconds ?? roundSeconds);
  const untilSeconds = segments.at(-1)!.startSeconds;
  const counted = unroll(clip, roundSeconds, untilSeconds);
  const lively = segments.find(({ startSeconds }) => isWithin(startSeconds + 0.1, counted.moving)) ?? segments[0]!;
  const found = await findOffset(path, lively, { rate, wrapSeconds: roundSeconds });
  const offset = Math.abs(found) < OFFSET_PRECISION_SECONDS ? 0 : found;
  const openings = segments.map(({ startSeconds, rendition }): Opening => ({ atSeconds: startSeconds + offset, rendition }));
  const bars = judgeOpenings(openings, counted);

  const moving = segments.filter(({ startSeconds }) => isWithin(startSeconds + offset, counted.moving));
  const given = await meanSsim(moving, size, ({ rendition }) => rendition);
  const low = await meanSsim(moving, size, () => "lq");
  const bytes = sum(segments, (segment) => segment.segmentBytes[segment.rendition]);
  const hqBytes = sum(segments, ({ segmentBytes }) => segmentBytes.hq);
  const shares = (["hq", "mq", "lq"] as const).map((name) => `${name} ${segments.filter(({ rendition }) => rendition === name).length}`);
  return [
    note(`${clip.name}: segments watched`, `${segments.length}: ${shares.join(", ")}`),
    note("  the clip's time less the time counted, by its pictures", found, "s"),
    told("  1.5 s after motion starts: HQ", bars.hqWhereItMoves),
    told("  2.5 s after it stops: not HQ", bars.notHqAfterIt),
    told("  3.5 s after it stops: LQ", bars.lqAfterIt),
    told("  in a still stretch after its third second: no HQ", bars.noHqWhereStill),
    note("  bits saved against always HQ", 100 * (1 - bytes / hqBytes), "%"),
    note("  SSIM where it moves, against always HQ", given, `of ${moving.length} segments`),
    note("  the same of always LQ", low),
  ];
}

async function watchFile(path: string, seconds: number): Promise<WatchedSegment[]> {
  await using server = await startTercet({ args: ["--source", `file:${path}`] });
  return await watchGaming(server.baseUrl, seconds);
}

/** A bar that no stretch of the clip is long enough for is no bar. */
function told(name: string, { cases, misses }: Judged): Row {
  if (cases === 0) return note(name, "no such stretch");
  return holds(
    name,
    misses.length === 0,
    `${cases - misses.length} of ${cases}${misses.length > 0 ? `; ${misses.slice(0, 4).join(", ")}` : ""}`,
  );
}

async function meanSsim(
  segments: readonly WatchedSegment[],
  size: string,
  pick: (segment: WatchedSegment) => "hq" | "mq" | "lq",
): Promise<number | null> {
  let total = 0;
  for (const segment of segments) total += await measureSsim(segment, pick(segment), size);
  return segments.length === 0 ? null : total / segments.length;
}

function sum(segments: readonly WatchedSegment[], read: (segment: WatchedSegment) => number): number {
  return segments.reduce((total, segment) => total + read(segment), 0);
}
