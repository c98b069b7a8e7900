/// <reference lib="dom" />
import type { OutcastAnswer, StudioViewer, StudioViewersAnswer } from "../../../routes/studio/viewers_schemas.ts";
import { make } from "../../shared/controls/make.ts";
import { showText, writeText } from "../../shared/controls/show.ts";
import { words } from "../../shared/words/words.ts";
import type { Api } from "../api.ts";
import { explain } from "../explain.ts";
import { createRows, type Row } from "../rows.ts";
import { sayClock } from "../say_clock.ts";
import { studioWords } from "../words/words.ts";

export interface ViewersElements {
  readonly heading: HTMLElement;
  readonly head: HTMLElement;
  readonly body: HTMLElement;
  readonly table: HTMLElement;
  readonly note: HTMLElement;
  readonly outcasts: HTMLElement;
  readonly outcastsHeading: HTMLElement;
}

/** The table of who watches, with a hand on each; beneath it who was put out. `ownId`: the public id of this studio as a viewer. */
export function createViewersTable(o: {
  readonly elements: ViewersElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
  readonly ownId: () => string | null;
}): { look(): Promise<void>; say(): void } {
  const { elements, api } = o;
  const showRows = createRows<StudioViewer>(elements.body, { keyOf: ({ publicId }) => publicId, makeRow });
  const showOutcasts = createRows<OutcastAnswer>(elements.outcasts, { keyOf: ({ publicId }) => publicId, makeRow: makeOutcast });
  let answer: StudioViewersAnswer = { viewers: [], total: 0, putOut: [] };

  async function look(): Promise<void> {
    const outcome = await api.get<StudioViewersAnswer>("api/studio/viewers");
    if (outcome.kind !== "answer") return;
    answer = outcome.value;
    render();
  }

  async function act(method: "PATCH" | "DELETE", path: string, body?: object): Promise<void> {
    o.say(explain(await api.send(method, `api/studio/${path}`, body)));
    await look();
  }

  function makeRow(first: StudioViewer): Row<StudioViewer> {
    let viewer = first;
    const element = make("tr");
    const cell = (name: string) => make("td", { class: `of-${name}` });
    const [player, mode, gets, buffer, since, acts] = [
      cell("player"),
      cell("mode"),
      cell("gets"),
      cell("buffer"),
      cell("since"),
      cell("act"),
    ];
    const name = make("span", { class: "player-name" });
    const mark = make("span", { class: "player-mark" });
    player.append(name, mark);
    const select = make("select", { class: "field" });
    const out = make("button", { class: "quiet danger", type: "button" });
    acts.append(select, out);
    element.append(player, mode, gets, buffer, since, acts);
    select.addEventListener("change", () => {
      const wish = select.value === "gaming" ? { mode: "gaming" } : { mode: "home", quality: select.value };
      void act("PATCH", `viewers/${encodeURIComponent(viewer.publicId)}`, wish);
    });
    out.addEventListener("click", () => void act("DELETE", `viewers/${encodeURIComponent(viewer.publicId)}`));

    function update(next: StudioViewer): void {
      viewer = next;
      const { health } = studioWords();
      const { choice } = words();
      const isOwn = viewer.publicId === o.ownId();
      const text = playerName(viewer);
      writeText(name, text);
      writeText(mark, isOwn ? health.thisStudio : viewer.isBoosted ? health.donor : "");
      writeText(mode, choice.modes[viewer.mode]);
      const { rendition, reason } = viewer;
      writeText(gets, rendition === null || reason === null ? "…" : `${choice.qualities[rendition]} · ${health.reasons[reason]}`);
      const stood = viewer.starvations === 0 ? [] : [health.starved(viewer.starvations)];
      const told = viewer.bufferSeconds === null ? health.notTold : health.buffer(viewer.bufferSeconds.toFixed(1));
      writeText(buffer, [told, ...stood].join(", "));
      writeText(since, sayClock(viewer.since));
      for (const [at, label] of Object.values(health.columns).entries()) element.children[at]!.setAttribute("data-label", label);
      const options = [...Object.entries(choice.qualities), ["gaming", choice.modes.gaming]] as [string, string][];
      const key = options.join();
      if (select.dataset["options"] !== key) {
        select.dataset["options"] = key;
        select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
      }
      const wished = viewer.mode === "gaming" ? "gaming" : viewer.quality;
      if (document.activeElement !== select) select.value = wished;
      select.setAttribute("aria-label", health.pin(text));
      writeText(out, health.putOut);
      out.setAttribute("aria-label", health.putOutName(text));
      out.hidden = isOwn;
    }

    return { element, update };
  }

  function makeOutcast(first: OutcastAnswer): Row<OutcastAnswer> {
    let outcast = first;
    const element = make("li", { class: "line-item" });
    const text = make("span", { class: "grow" });
    const button = make("button", { class: "quiet", type: "button" });
    element.append(text, button);
    button.addEventListener("click", () => void act("DELETE", `put-out/${encodeURIComponent(outcast.publicId)}`));
    return {
      element,
      update(next) {
        outcast = next;
        const { health } = studioWords();
        writeText(text, `${playerName(outcast)}, ${health.until(sayClock(outcast.until), outcast.withAddress)}`);
        writeText(button, health.letIn);
      },
    };
  }

  function render(): void {
    const { health } = studioWords();
    elements.heading.textContent = health.table;
    const heads = Object.values(health.columns).map((text) => make("th", { scope: "col" }, text));
    if (elements.head.textContent !== heads.map(({ textContent }) => textContent).join("")) elements.head.replaceChildren(...heads);
    showRows(answer.viewers);
    elements.table.hidden = answer.viewers.length === 0;
    const rest = answer.total - answer.viewers.length;
    showText(elements.note, answer.total === 0 ? health.nobody : rest > 0 ? health.more(rest) : null);
    showText(elements.outcastsHeading, answer.putOut.length === 0 ? null : health.isOut);
    showOutcasts(answer.putOut);
  }

  return { look, say: render };
}

/** With the last of its public id, by which two of a kind are told apart. */
function playerName({ client, publicId }: Pick<StudioViewer, "client" | "publicId">): string {
  return `${studioWords().health.clients[client]} ${publicId.slice(-4)}`;
}
