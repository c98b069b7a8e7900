/// <reference lib="dom" />
import uPlot from "uplot";

const KEPT_SECONDS = 60;
const HEIGHT = 46;

/** A minute of one figure as a small graph in `box`. Returns the function that adds a value. A file of its own, loaded when stats are first opened: uPlot comes with it. */
export function createGraph(box: HTMLElement, colour: string): (value: number | null, nowMs: number) => void {
  const times: number[] = [];
  const values: (number | null)[] = [];
  const plot = new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT,
      cursor: { show: false },
      legend: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(1, most ?? 1) * 1.1] } },
      series: [{}, { stroke: colour, width: 1.5, fill: `${colour}33`, points: { show: false } }],
    },
    [times, values],
    box,
  );
  return (value, nowMs) => {
    times.push(nowMs / 1000);
    values.push(value);
    while (times[0]! < nowMs / 1000 - KEPT_SECONDS) {
      times.shift();
      values.shift();
    }
    if (box.clientWidth > 0 && plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height: HEIGHT });
    plot.setData([times, values]);
  };
}
