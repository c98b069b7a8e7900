import type { PastAnswer } from "../../../routes/studio/health.ts";
import { studioWords } from "../words/words.ts";

export const GRAPHS = ["uplink", "audience", "encoder"] as const;
export type GraphName = (typeof GRAPHS)[number];

/** What the graphs are made of, in the order of their keys; those of the uplink from the top of the stack down. */
export const SERIES = {
  uplink: ["hq", "mq", "lq", "spendable"],
  audience: ["motion", "thresholds", "viewers"],
  encoder: ["owed", "leftOut", "step"],
} as const;
export type SeriesName = (typeof SERIES)[GraphName][number];

/** A graph in words: each key with its newest value, and all of them as one text for who cannot see it. */
export interface DescribedGraph {
  readonly heading: string;
  readonly keys: readonly { readonly series: SeriesName; readonly text: string }[];
  readonly label: string;
}

/** Null for `past`, or one without a moment: nothing is known yet. */
export function describeGraph(graph: GraphName, past: PastAnswer | null): DescribedGraph {
  const words = studioWords().health.past;
  const heading = words.headings[graph];
  const keys = SERIES[graph].map((series) => ({ series, text: saySeries(series, past) }));
  return { heading, keys, label: words.label(heading, keys.map(({ text }) => text)) };
}

function saySeries(series: SeriesName, past: PastAnswer | null): string {
  const words = studioWords().health.past;
  switch (series) {
    case "hq":
    case "mq":
    case "lq":
      return words[series](megabits(newest(past?.spent[series])));
    case "spendable":
      return words.spendable(megabits(newest(past?.spendable)));
    case "thresholds":
      return words.thresholds(past?.motionFrom.hq ?? UNKNOWN, past?.motionFrom.mq ?? UNKNOWN);
    case "leftOut":
      return words.leftOut(past?.leftOut.reduce((sum, count) => sum + count, 0) ?? UNKNOWN);
    case "step":
      return words.step(newest(past?.step) ?? 0);
    default:
      return words[series](newest(past?.[series]) ?? UNKNOWN);
  }
}

const UNKNOWN = "–";

function newest<Value>(column: readonly Value[] | undefined): Value | null {
  return column?.[column.length - 1] ?? null;
}

function megabits(bits: number | null): string {
  return bits === null ? UNKNOWN : (bits / 1e6).toFixed(1);
}
