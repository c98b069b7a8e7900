import type { RenditionName } from "../../media/hls/rendition.ts";
import type { Clip, Stretch } from "../media/audience/motion_clips.ts";

/** When a segment opens, in the clip's time, and what it shows. */
export interface Opening {
  readonly atSeconds: number;
  readonly rendition: RenditionName;
}

/** How often something had to be so, and where it was not. */
export interface Judged {
  readonly cases: number;
  readonly misses: readonly string[];
}

export interface BarOutcome {
  readonly hqWhereItMoves: Judged;
  readonly notHqAfterIt: Judged;
  readonly lqAfterIt: Judged;
  readonly noHqWhereStill: Judged;
}

/**
 * The four bars of gaming mode. `moving` and `still` are in the openings' own time (see `unroll`). Where motion starts or stops, the first
 * segment that opens so long after it counts, provided that the stretch is as long; in a still stretch each one after its third second.
 */
export function judgeOpenings(openings: readonly Opening[], { moving, still }: Pick<Clip, "moving" | "still">): BarOutcome {
  const firstAt = (fromSeconds: number) => openings.find(({ atSeconds }) => atSeconds >= fromSeconds - TINY_SECONDS);
  const judge = (wanted: readonly (Opening | undefined)[], isGood: (rendition: RenditionName) => boolean): Judged => {
    const cases = wanted.filter((opening) => opening !== undefined);
    const misses = cases.filter(({ rendition }) => !isGood(rendition)).map(({ atSeconds, rendition }) =>
      `${rendition} at ${tidy(atSeconds)}`
    );
    return { cases: cases.length, misses };
  };
  const lasting = moving.filter(([from, to]) => to - from >= 1.5);
  const calms = moving.flatMap(([, stop]) => {
    const rest = still.find(([from]) => from >= stop - TINY_SECONDS && from - stop < LONGEST_TRANSITION_SECONDS);
    return rest === undefined ? [] : [{ stop, until: rest[1] }];
  });
  const after = (seconds: number) =>
    calms.flatMap(({ stop, until }) => {
      const opening = firstAt(stop + seconds);
      return opening !== undefined && opening.atSeconds <= until ? [opening] : [];
    });
  const inStill = still.flatMap(([from, to]) =>
    openings.filter(({ atSeconds }) => atSeconds >= from + 3 - TINY_SECONDS && atSeconds <= to + TINY_SECONDS)
  );
  return {
    hqWhereItMoves: judge(lasting.map(([from]) => firstAt(from + 1.5)), (rendition) => rendition === "hq"),
    notHqAfterIt: judge(after(2.5), (rendition) => rendition !== "hq"),
    lqAfterIt: judge(after(3.5), (rendition) => rendition === "lq"),
    noHqWhereStill: judge(inStill, (rendition) => rendition !== "hq"),
  };
}

/** The labels of a clip that is shown again and again, up to `untilSeconds`; stretches that meet where it begins anew are one. */
export function unroll(
  { moving, still }: Pick<Clip, "moving" | "still">,
  roundSeconds: number,
  untilSeconds: number,
): Pick<Clip, "moving" | "still"> {
  const rounds = Array.from({ length: Math.ceil(untilSeconds / roundSeconds) }, (_, round) => round * roundSeconds);
  const repeat = (stretches: readonly Stretch[]) =>
    rounds.flatMap((shift) => stretches.map(([from, to]): Stretch => [from + shift, to + shift])).reduce<Stretch[]>((all, [from, to]) => {
      const last = all.at(-1);
      if (last === undefined || from - last[1] > SAME_STRETCH_SECONDS) return [...all, [from, to]];
      return [...all.slice(0, -1), [last[0], to]];
    }, []).filter(([from]) => from < untilSeconds);
  return { moving: repeat(moving), still: repeat(still) };
}

export function isWithin(atSeconds: number, stretches: readonly Stretch[]): boolean {
  return stretches.some(([from, to]) => atSeconds >= from && atSeconds < to);
}

/** A calm follows a motion when its label begins so soon after: in between somebody slows down. */
const LONGEST_TRANSITION_SECONDS = 1.5;
const SAME_STRETCH_SECONDS = 0.15;
const TINY_SECONDS = 1e-3;

function tidy(seconds: number): string {
  return `${Math.round(seconds * 100) / 100} s`;
}
