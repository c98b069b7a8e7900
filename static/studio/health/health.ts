/// <reference lib="dom" />
import type { HealthAnswer, HealthProblem } from "../../../routes/studio/health.ts";
import { make } from "../../shared/controls/make.ts";
import { showText, writeText } from "../../shared/controls/show.ts";
import type { Api } from "../api.ts";
import { studioWords } from "../words/words.ts";
import { createPastPart, type PastElements } from "./past.ts";
import { isGrave, sayProblem } from "./problems.ts";
import { createViewersTable, type ViewersElements } from "./viewers.ts";

export interface HealthElements {
  /** On top of every part of the studio. */
  readonly problems: HTMLElement;
  readonly well: HTMLElement;
  readonly past: PastElements;
  readonly viewers: ViewersElements;
  readonly saidHeading: HTMLElement;
  readonly said: HTMLElement;
}

export interface Health {
  /** What is wrong; with `isSeen` also all that the part shows. */
  look(isSeen: boolean): Promise<void>;
  /** Who watches and nothing else: a moderator sees no more. */
  lookAtViewers(): Promise<void>;
  say(): void;
}

const PAST_EVERY_LOOKS = 2;

/** How the show is: what is wrong stands on top, whatever part is open. */
export function createHealth(o: {
  readonly elements: HealthElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
  readonly ownId: () => string | null;
}): Health {
  const { elements, api } = o;
  const viewers = createViewersTable({ ...o, elements: elements.viewers });
  const past = createPastPart({ elements: elements.past, api });
  let health: HealthAnswer = { problems: [], said: [] };
  let looks = 0;

  async function look(isSeen: boolean): Promise<void> {
    const outcome = await api.get<HealthAnswer>("api/studio/health");
    if (outcome.kind === "answer") health = outcome.value;
    say();
    if (!isSeen) return;
    await viewers.look();
    if (looks++ % PAST_EVERY_LOOKS === 0) await past.look();
  }

  function say(): void {
    const words = studioWords().health;
    showProblems(elements.problems, health.problems);
    showText(elements.well, health.problems.length === 0 ? words.allWell : null);
    past.say();
    elements.saidHeading.textContent = words.said;
    const lines = health.said.map(({ at, text }) => `${new Date(at).toTimeString().slice(0, 8)}  ${text}`).reverse().join("\n");
    const shown = lines === "" ? words.nothingSaid : lines;
    writeText(elements.said, shown);
    viewers.say();
  }

  return { look, lookAtViewers: viewers.look, say };
}

/** Written only where it changes: it is spoken. */
function showProblems(list: HTMLElement, problems: readonly HealthProblem[]): void {
  const sentences = problems.map((problem) => ({ text: sayProblem(problem), grave: String(isGrave(problem)) }));
  list.hidden = sentences.length === 0;
  if ([...list.children].map(({ textContent }) => textContent).join("\n") === sentences.map(({ text }) => text).join("\n")) return;
  list.replaceChildren(...sentences.map(({ text, grave }) => make("li", { class: "problem", "data-grave": grave }, text)));
}
