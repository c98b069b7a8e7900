/// <reference lib="dom" />
import type { EdgeAnswer, EdgesAnswer } from "../../../routes/studio/edges.ts";
import { make } from "../../shared/controls/make.ts";
import { showText, writeText } from "../../shared/controls/show.ts";
import type { Api } from "../api.ts";
import { createRows, type Row } from "../rows.ts";
import { studioWords } from "../words/words.ts";

export interface EdgesElements {
  readonly part: HTMLElement;
  readonly heading: HTMLElement;
  readonly list: HTMLElement;
  readonly note: HTMLElement;
}

/** The boxes that serve the show beside this one: who watches there, how late they are, what they have left. */
export function createEdges(
  o: { readonly elements: EdgesElements; readonly api: Api },
): { look(): Promise<void>; say(): void } {
  const { elements } = o;
  const showRows = createRows<EdgeAnswer>(elements.list, { keyOf: ({ id }) => id, makeRow });
  let answer: EdgesAnswer = { edges: [], viewers: { here: 0, onEdges: 0 } };

  async function look(): Promise<void> {
    const outcome = await o.api.get<EdgesAnswer>("api/studio/edges");
    if (outcome.kind !== "answer") return;
    answer = outcome.value;
    say();
  }

  function say(): void {
    const words = studioWords().health.edges;
    elements.heading.textContent = words.heading;
    showRows(answer.edges);
    showText(elements.note, answer.edges.length === 0 ? words.none : words.watching(answer.viewers.here, answer.viewers.onEdges));
  }

  return { look, say };
}

function makeRow(): Row<EdgeAnswer> {
  const element = make("li", { class: "line-item edge" });
  const name = make("span", { class: "edge-name" });
  const state = make("span", { class: "player-mark" });
  const figures = make("span", { class: "grow" });
  element.append(name, state, figures);
  return {
    element,
    update(edge) {
      const { edges } = studioWords().health;
      element.dataset["ready"] = String(edge.ready && !edge.draining);
      writeText(name, edge.name);
      writeText(state, edge.draining ? edges.draining : edge.ready ? edges.ready : edges.notReady);
      writeText(
        figures,
        edges.figures({
          viewers: edge.viewers,
          late: (edge.silentSeconds ?? 0) > 1 ? edge.silentSeconds!.toFixed(0) : edge.lateSeconds.toFixed(2),
          load: Math.round(edge.load * 100),
          spent: (edge.spent / 1e6).toFixed(1),
          spendable: (edge.spendable / 1e6).toFixed(0),
        }),
      );
    },
  };
}
