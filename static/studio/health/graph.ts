/// <reference lib="dom" />
import uPlot from "uplot";
import type { PastAnswer } from "../../../routes/studio/health.ts";
import { sayClock } from "../say_clock.ts";

const HEIGHT = 190;
const WINDOW_SECONDS = 600;

/** Colours of the page as it is now. */
interface Colours {
  readonly ink: string;
  readonly line: string;
  readonly spent: string;
  readonly spendable: string;
  readonly viewers: string;
}

/** The last ten minutes: uplink spent and spendable on the left, viewers on the right. Returns what draws them. A file of its own: uPlot comes with it. */
export function createPastGraph(box: HTMLElement): (moments: PastAnswer["moments"]) => void {
  let plot: uPlot | null = null;
  let drawnWith = "";

  function make(colours: Colours): uPlot {
    const axis = {
      stroke: colours.ink,
      grid: { stroke: colours.line, width: 1 },
      ticks: { stroke: colours.line, width: 1 },
      font: "12px system-ui",
    };
    const fromZero = (_: uPlot, __: number | null, most: number | null): [number, number] => [0, Math.max(1, most ?? 1) * 1.15];
    return new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { time: true, range: (_, __, newest) => [(newest ?? 0) - WINDOW_SECONDS, newest ?? 0] },
          y: { range: fromZero },
          viewers: { range: fromZero },
        },
        axes: [
          { ...axis, space: 70, values: (_, times) => times.map((seconds) => sayClock(seconds * 1000)) },
          { ...axis, size: 44 },
          {
            ...axis,
            scale: "viewers",
            side: 1,
            size: 36,
            grid: { show: false },
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
          },
        ],
        series: [
          {},
          { stroke: colours.spent, width: 2, fill: `${colours.spent}2e`, points: { show: false } },
          { stroke: colours.spendable, width: 1.5, dash: [5, 4], points: { show: false } },
          { stroke: colours.viewers, width: 2, scale: "viewers", points: { show: false } },
        ],
      },
      [[], [], [], []],
      box,
    );
  }

  return (moments) => {
    if (box.clientWidth === 0) return;
    const colours = readColours(box);
    const with_ = JSON.stringify(colours);
    if (plot === null || drawnWith !== with_) {
      plot?.destroy();
      plot = make(colours);
      drawnWith = with_;
    }
    if (plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height: HEIGHT });
    const column = (read: (moment: PastAnswer["moments"][number]) => number) => moments.map(read);
    plot.setData([
      column(([atMs]) => atMs / 1000),
      column(([, , spent]) => spent / 1e6),
      column(([, , , spendable]) => spendable / 1e6),
      column(([, viewers]) => viewers),
    ]);
  };
}

/** A canvas knows no variables; an element's own colour is told as rgb, whatever it was made of. */
function readColours(box: HTMLElement): Colours {
  const read = (name: string) => {
    const key = box.parentElement!.querySelector<HTMLElement>(`[data-colour="${name}"]`)!;
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(key).backgroundColor.match(/\d+/g) ?? []).map(Number);
    return `#${[red, green, blue].map((each) => each.toString(16).padStart(2, "0")).join("")}`;
  };
  const style = getComputedStyle(box);
  return { ink: style.color, line: style.borderTopColor, spent: read("spent"), spendable: read("spendable"), viewers: read("viewers") };
}
