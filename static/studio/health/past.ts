/// <reference lib="dom" />
import type { PastAnswer } from "../../../routes/studio/health.ts";
import { attempt } from "../../shared/attempt.ts";
import { make } from "../../shared/controls/make.ts";
import { writeText } from "../../shared/controls/show.ts";
import type { Api } from "../api.ts";
import { studioWords } from "../words/words.ts";
import { describeGraph, type GraphName, GRAPHS, SERIES } from "./describe_past.ts";

export interface PastElements {
  readonly heading: HTMLElement;
  readonly graphs: HTMLElement;
}

/** The last ten minutes: small graphs, one below the other, over the same time. */
export interface PastPart {
  look(): Promise<void>;
  say(): void;
}

export function createPastPart({ elements, api }: { readonly elements: PastElements; readonly api: Api }): PastPart {
  const rows = GRAPHS.map((graph) => ({ graph, ...makeRow(graph) }));
  elements.graphs.append(...rows.map(({ element }) => element));
  let past: PastAnswer | null = null;
  let draw: ((past: PastAnswer) => void) | null = null;

  function say(): void {
    writeText(elements.heading, studioWords().health.graph);
    for (const { graph, heading, box, texts } of rows) {
      const described = describeGraph(graph, past);
      writeText(heading, described.heading);
      box.setAttribute("aria-label", described.label);
      described.keys.forEach(({ text }, at) => writeText(texts[at]!, text));
    }
    if (past !== null && draw !== null) attempt(() => draw!(past!), undefined);
  }

  return {
    async look() {
      const [outcome, { createPastGraphs }] = await Promise.all([api.get<PastAnswer>("api/studio/past"), import("./graph.ts")]);
      if (outcome.kind === "answer") past = outcome.value;
      draw ??= createPastGraphs(rows);
      say();
    },
    say,
  };
}

function makeRow(graph: GraphName) {
  const element = make("div", { class: "graph-part" });
  const heading = make("h3");
  const keys = make("ul", { class: "graph-keys" });
  const box = make("div", { class: "graph", role: "img", "data-graph": graph });
  const texts = SERIES[graph].map((series) => {
    const item = make("li"), text = make("span");
    item.append(make("span", { class: "swatch", "data-colour": series }), text);
    keys.append(item);
    return text;
  });
  element.append(heading, keys, box);
  return { element, heading, box, texts };
}
