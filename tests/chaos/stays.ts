import { findBeeps } from "../bench/flash_and_beep.ts";
import { SWITCH_SOURCES, type SwitchSight } from "../fixtures/switch_sources.ts";
import type { Take } from "./take.ts";

/** A stretch of one source. */
export interface Stay {
  readonly source: number;
  readonly startSeconds: number;
  /** Of the wall clock, by PROGRAM-DATE-TIME; null where it is not told. */
  readonly atWallMs: number | null;
  /** How much later than its flash each beep came. */
  readonly offsetsMs: readonly number[];
  /** How much longer than its interval a picture stood; null where nothing moves. */
  readonly longestStandMs: number | null;
}

/** Stretches of one source, their flashes and beeps without the beginnings and ends that are cut by switches. */
export function listStays({ pictures, sound, recording }: Take<SwitchSight>): Stay[] {
  const beeps = findBeeps(sound.samples).map((sample) => sound.startSeconds + sample / 48_000);
  const stays: { from: number; to: number; source: number }[] = [];
  for (const [at, { seen }] of pictures.entries()) {
    const last = stays.at(-1);
    if (seen.source === null) continue;
    if (last && last.source === seen.source) last.to = at;
    else stays.push({ from: at, to: at, source: seen.source });
  }
  return stays.map(({ from, to, source }) => {
    const own = pictures.slice(from, to + 1);
    const kind = SWITCH_SOURCES[source]!;
    const [startSeconds, endSeconds] = [own[0]!.startSeconds, own.at(-1)!.endSeconds];
    const flashes = own.flatMap(({ seen, startSeconds }, at) => at > 0 && seen.isFlash && !own[at - 1]!.seen.isFlash ? [startSeconds] : []);
    const within = beeps.filter((beep) => beep > startSeconds + 0.1 && beep < endSeconds);
    const offsetsMs = kind.hasSound
      ? flashes.filter((flash) => flash < endSeconds - 0.3).flatMap((flash) => {
        const nearest = within.map((beep) => (beep - flash) * 1000).toSorted((a, b) => Math.abs(a) - Math.abs(b))[0];
        return nearest === undefined || Math.abs(nearest) > 450 ? [] : [nearest];
      })
      : [];
    let longest = 0, since = startSeconds;
    for (const [at, picture] of own.entries()) {
      if (at > 0 && picture.seen.number !== own[at - 1]!.seen.number) since = picture.startSeconds;
      longest = Math.max(longest, picture.endSeconds - since);
    }
    return {
      source,
      startSeconds,
      atWallMs: wallMsOf(recording, startSeconds),
      offsetsMs,
      longestStandMs: kind.rate === 0 ? null : Math.max(0, (longest - 1 / kind.rate) * 1000),
    };
  });
}

/** What PROGRAM-DATE-TIME tells of a media time. */
function wallMsOf({ parts }: Take<SwitchSight>["recording"], seconds: number): number | null {
  const part = parts.findLast(({ video, part }) => part === 0 && video !== null && video.startTicks / video.timescale <= seconds + 1e-6);
  if (!part?.video || part.segmentDateMs === null) return null;
  return part.segmentDateMs + (seconds - part.video.startTicks / part.video.timescale) * 1000;
}
