/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";
import { onLanguage, words } from "../../shared/words/words.ts";

/** One moment's figures. Null where a figure is not known. */
export interface StatsMoment {
  /** What is on screen and why, and its size. */
  readonly rendition: string | null;
  readonly latencySeconds: number | null;
  readonly bufferSeconds: number;
  readonly rate: number;
  readonly droppedFrames: number;
  readonly totalFrames: number;
  readonly throughputBitsPerSecond: number | null;
  readonly budget: { readonly spent: number; readonly spendable: number } | null;
  readonly motionScore: number | null;
}

export interface Stats {
  readonly isOpen: boolean;
  toggle(): void;
  /** To be called a few times a second; asks for the figures only while they are shown. */
  tick(): void;
}

const EVERY_MS = 500;
const REFRESH_EVERY_MS = 2000;
type Row = "rendition" | "latency" | "buffer" | "rate" | "dropped" | "throughput" | "budget" | "motion";
const ROWS: readonly Row[] = ["rendition", "latency", "buffer", "rate", "dropped", "throughput", "budget", "motion"];

interface Graph {
  readonly row: Row;
  readonly colour: string;
  readonly read: (moment: StatsMoment) => number | null;
}

const GRAPHS: readonly Graph[] = [
  { row: "latency", colour: "#7cc4ff", read: (moment) => moment.latencySeconds },
  { row: "buffer", colour: "#b3a4ff", read: (moment) => moment.bufferSeconds },
  { row: "throughput", colour: "#7fe0a8", read: ({ throughputBitsPerSecond: each }) => each === null ? null : each / 1e6 },
  { row: "motion", colour: "#ffc46b", read: (moment) => moment.motionScore },
];

/** Stats for nerds: the figures in words, and small graphs whose library is loaded when they are first opened. `refresh` asks the server for news. */
export function createStats(place: HTMLElement, deps: { read(): StatsMoment; refresh(): void }): Stats {
  const values = new Map<Row, HTMLElement>();
  const names = new Map<Row, HTMLElement>();
  const title = make("h2", { class: "panel-title" });
  const close = make("button", { class: "panel-close", type: "button" }, "✕");
  close.addEventListener("click", toggle);
  const head = make("div", { class: "panel-head" });
  head.append(title, close);
  const list = make("dl", { class: "figures" });
  for (const row of ROWS) {
    const line = make("div", { class: "figure" }), name = make("dt"), value = make("dd");
    line.append(name, value);
    list.append(line);
    names.set(row, name);
    values.set(row, value);
  }
  const graphs = make("div", { class: "graphs", "aria-hidden": "true" });
  const boxes = GRAPHS.map((graph) => {
    const box = make("div", { class: "graph" }), label = make("span", { class: "graph-name" });
    box.append(label);
    graphs.append(box);
    return { ...graph, box, label };
  });
  place.append(head, list, graphs);

  let drawnAtMs = 0;
  let refreshedAtMs = 0;
  let add: ((moment: StatsMoment, nowMs: number) => void) | null = null;
  let isAsked = false;

  function toggle(): void {
    place.hidden = !place.hidden;
    if (place.hidden) return;
    drawnAtMs = 0;
    tick();
    close.focus();
    if (!isAsked) void loadGraphs();
  }

  async function loadGraphs(): Promise<void> {
    isAsked = true;
    try {
      const { createGraph } = await import("./stats_graphs.ts");
      const drawn = boxes.map(({ box, colour, read }) => ({ read, add: createGraph(box, colour) }));
      add = (moment, nowMs) => drawn.forEach((graph) => graph.add(graph.read(moment), nowMs));
    } catch {
      // Without the graphs the figures say the same; the next opening asks again.
      isAsked = false;
    }
  }

  function tick(): void {
    const nowMs = Date.now();
    if (place.hidden || nowMs - drawnAtMs < EVERY_MS) return;
    drawnAtMs = nowMs;
    const moment = deps.read();
    if (nowMs - refreshedAtMs > REFRESH_EVERY_MS) {
      refreshedAtMs = nowMs;
      deps.refresh();
    }
    for (const [row, text] of Object.entries(sayStats(moment)) as [Row, string][]) {
      const value = values.get(row)!;
      if (value.textContent !== text) value.textContent = text;
    }
    add?.(moment, nowMs);
  }

  onLanguage(() => {
    const { stats, settings, player } = words();
    title.textContent = settings.stats;
    place.setAttribute("aria-label", settings.stats);
    close.setAttribute("aria-label", player.close);
    for (const row of ROWS) names.get(row)!.textContent = stats[row];
    for (const { label, row } of boxes) label.textContent = stats[row];
    drawnAtMs = 0;
    tick();
  });
  return {
    get isOpen() {
      return !place.hidden;
    },
    toggle,
    tick,
  };
}

/** A moment's figures in the viewer's language. */
export function sayStats(moment: StatsMoment): Readonly<Record<Row, string>> {
  const { stats, settings } = words();
  const megabits = (bitsPerSecond: number) => (bitsPerSecond / 1e6).toFixed(1);
  return {
    rendition: moment.rendition ?? stats.unknown,
    latency: moment.latencySeconds === null ? stats.unknown : stats.seconds(moment.latencySeconds.toFixed(2)),
    buffer: stats.seconds(moment.bufferSeconds.toFixed(2)),
    rate: settings.speedOf(moment.rate),
    dropped: stats.droppedOf(moment.droppedFrames, moment.totalFrames),
    throughput: moment.throughputBitsPerSecond === null ? stats.unknown : stats.megabits(megabits(moment.throughputBitsPerSecond)),
    budget: moment.budget === null ? stats.unknown : stats.spentOf(megabits(moment.budget.spent), megabits(moment.budget.spendable)),
    motion: moment.motionScore === null ? stats.unknown : moment.motionScore.toFixed(0),
  };
}
