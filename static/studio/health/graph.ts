/// <reference lib="dom" />
import uPlot from "uplot";
import type { PastAnswer } from "../../../routes/studio/health.ts";
import { sayClock } from "../say_clock.ts";
import { type GraphName, SERIES, type SeriesName } from "./describe_past.ts";
import { fillDotted, fillHatched } from "./fills.ts";

const WINDOW_SECONDS = 600;
/** The same on both sides of all graphs, so that a moment stands below itself. */
const LEFT = 44;
const RIGHT = 36;
const TIMES_HEIGHT = 28;
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];

/** Colours of the page as it is now. */
interface Colours {
  readonly ink: string;
  readonly line: string;
  readonly of: Readonly<Record<SeriesName, string>>;
}

/** What one graph is made of; `y` is the scale on the left, `right` that on the right. */
interface Drawing {
  readonly scales: uPlot.Scales;
  readonly series: readonly uPlot.Series[];
  readonly bands?: uPlot.Band[];
  readonly left?: uPlot.Axis;
  readonly right?: uPlot.Axis;
}

/** The last ten minutes in these boxes, the times below the last of them. Returns what draws them. A file of its own: uPlot comes with it. */
export function createPastGraphs(
  boxes: readonly { readonly graph: GraphName; readonly box: HTMLElement }[],
): (past: PastAnswer) => void {
  const draws = boxes.map(({ graph, box }, at) => createGraph(graph, box, at === boxes.length - 1));
  return (past) => draws.forEach((draw) => draw(past));
}

function createGraph(graph: GraphName, box: HTMLElement, hasTimes: boolean): (past: PastAnswer) => void {
  let plot: uPlot | null = null;
  let drawnWith = "";

  return (past) => {
    const { clientWidth: width, clientHeight: height } = box;
    if (width === 0) return;
    const colours = readColours(graph, box);
    const with_ = JSON.stringify([colours, past.motionFrom]);
    const data: uPlot.AlignedData = [past.atMs.map((ms) => ms / 1000), ...COLUMNS[graph](past)];
    if (plot !== null && drawnWith === with_) {
      if (plot.width !== width || plot.height !== height) plot.setSize({ width, height });
      plot.setData(data);
      return;
    }
    plot?.destroy();
    plot = new uPlot({ ...compose(DRAWINGS[graph](colours.of, past), colours, hasTimes), width, height }, data, box);
    drawnWith = with_;
  };
}

function compose(
  { scales, series, bands = [], left, right }: Drawing,
  { ink, line }: Colours,
  hasTimes: boolean,
): Omit<uPlot.Options, "width" | "height"> {
  const stroke = { stroke: line, width: 1 };
  const axis: uPlot.Axis = { stroke: ink, grid: stroke, ticks: stroke, font: "12px system-ui" };
  const times: uPlot.Axis = hasTimes
    ? { ...axis, size: TIMES_HEIGHT, values: (_, seconds) => seconds.map((each) => sayClock(each * 1000)) }
    : { ...axis, size: 6, ticks: { show: false }, values: (_, seconds) => seconds.map(() => "") };
  return {
    padding: [8, right === undefined ? RIGHT : 0, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: true, range: (_, __, newest) => [(newest ?? 0) - WINDOW_SECONDS, newest ?? 0] }, ...scales },
    axes: [
      { ...times, space: 70 },
      { ...axis, size: LEFT, ...left },
      ...(right === undefined
        ? []
        : [{ ...axis, scale: "right", side: 1 as const, size: RIGHT, grid: { show: false }, incrs: WHOLE, ...right }]),
    ],
    series: [{}, ...series.map((each) => ({ ...each, points: { show: false } }))],
    bands,
  };
}

const fromZero =
  (least: number) => (_: uPlot, __: number | null, most: number | null): [number, number] => [0, Math.max(least, (most ?? 0) * 1.15)];
const within = (most: number) => (): [number, number] => [0, most];

/** Each series is told from the others of its graph without its colour, too: by its fill or its dashes, as the keys show. */
const DRAWINGS: Readonly<Record<GraphName, (of: Colours["of"], past: PastAnswer) => Drawing>> = {
  uplink: (of) => ({
    scales: { y: { range: fromZero(1) } },
    series: [
      { stroke: of.hq, width: 1.5, fill: `${of.hq}99` },
      { stroke: of.mq, width: 1.5, fill: ({ ctx }) => fillHatched(ctx, of.mq) },
      { stroke: of.lq, width: 1.5, fill: ({ ctx }) => fillDotted(ctx, of.lq) },
      { stroke: of.spendable, width: 1.5, dash: [6, 4] },
    ],
    bands: [{ series: [1, 2] }, { series: [2, 3] }],
  }),
  audience: (of, { motionFrom: { hq, mq } }) => ({
    scales: { y: { range: within(100) }, right: { range: fromZero(1) } },
    series: [
      { stroke: of.motion, width: 2 },
      { stroke: of.viewers, width: 2, dash: [2, 3], scale: "right", paths: uPlot.paths.stepped!({ align: 1 }) },
    ],
    left: {
      splits: () => [0, mq, hq, 100],
      grid: {
        stroke: of.thresholds,
        width: 1,
        dash: [6, 4],
        filter: (_, splits) => splits.map((score) => score === mq || score === hq ? score : null),
      },
    },
    right: {},
  }),
  encoder: (of) => ({
    scales: { y: { range: fromZero(10) }, right: { range: within(4) } },
    series: [
      { stroke: of.owed, width: 1.5, fill: `${of.owed}2e` },
      { stroke: of.leftOut, width: 0, fill: of.leftOut, paths: uPlot.paths.bars!({ size: [1, Infinity, 2] }) },
      { stroke: of.step, width: 2, dash: [6, 4], scale: "right", paths: uPlot.paths.stepped!({ align: 1 }) },
    ],
    left: { incrs: WHOLE },
    right: { incrs: [2, 4] },
  }),
};

/** What `DRAWINGS` has the series of, in the same order. */
const COLUMNS: Readonly<Record<GraphName, (past: PastAnswer) => (number | null)[][]>> = {
  uplink: ({ spent: { hq, mq, lq }, spendable }) =>
    [
      lq.map((bits, at) => bits + mq[at]! + hq[at]!),
      lq.map((bits, at) => bits + mq[at]!),
      lq,
      spendable,
    ].map((column) => column.map((bits) => bits / 1e6)),
  audience: ({ motion, viewers }) => [motion, viewers],
  encoder: ({ owed, leftOut, step }) => [owed, leftOut, step],
};

/** A canvas knows no variables; an element's own colour is told as rgb, whatever it was made of. */
function readColours(graph: GraphName, box: HTMLElement): Colours {
  const hex = (element: HTMLElement) => {
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(element).color.match(/\d+/g) ?? []).map(Number);
    return `#${[red, green, blue].map((each) => each.toString(16).padStart(2, "0")).join("")}`;
  };
  const of = SERIES[graph].map((series) => [series, hex(box.parentElement!.querySelector(`[data-colour="${series}"]`)!)] as const);
  const { color, borderTopColor } = getComputedStyle(box);
  return { ink: color, line: borderTopColor, of: Object.fromEntries(of) as Colours["of"] };
}
