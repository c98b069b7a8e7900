/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";
import { writeText } from "../../shared/controls/show.ts";
import type { LevelsAnswer, SourceAnswer } from "../../../routes/studio/schemas.ts";
import type { Api, Outcome } from "../api.ts";
import { createRows, type Row } from "../rows.ts";
import { studioWords } from "../words/words.ts";
import { describeState, nameOf } from "./describe_source.ts";
import { createSceneManner, type MannerElements } from "./inset.ts";
import { createPreviewTile, type PreviewTile } from "./preview.ts";
import { roleOf, type Scene, withInset, withSource } from "./scene.ts";
import { createSceneDesk } from "./scene_desk.ts";
import { createSoundPart, type SoundPart } from "./sound.ts";

/** The list of what can be shown: a press shows it, or makes an inset of it. */
export interface SourceList {
  /** `askedAtMs`: when the server was asked for that, of `performance.now`. */
  show(sources: readonly SourceAnswer[], scene: Scene, askedAtMs: number): void;
  /** Null where nothing is known. */
  showLevels(levels: LevelsAnswer | null): void;
  /** Asks for newer pictures of what is open: twice a second, while somebody looks. */
  lookAtPreviews(): void;
  /** Writes all anew: the language may be another. */
  say(): void;
}

/** `say` takes a sentence for the streamer, null for none; `onChange` asks for the state anew. */
export function createSourceList(o: {
  readonly list: HTMLElement;
  readonly manner: MannerElements;
  readonly api: Api;
  readonly say: (sentence: string | null) => void;
  readonly onChange: () => Promise<void>;
  /** Then nothing is shown yet. */
  readonly isOffAir: () => boolean;
}): SourceList {
  const { api } = o;
  let sources: readonly SourceAnswer[] = [];
  let askedAtMs = -Infinity;
  const sounds = new Map<string, SoundPart>();
  const tiles = new Map<string, PreviewTile>();
  const desk = createSceneDesk({
    send: ({ source, inset }) => api.send("PUT", "api/studio/scene", { source, inset, fadeSeconds: manner.fadeSeconds }),
    onChange: render,
    async onSettled({ source }, refusal) {
      if (refusal !== null) o.say(explain(sources.find(({ id }) => id === source) ?? null, refusal));
      await o.onChange();
    },
    now: () => performance.now(),
  });
  const manner = createSceneManner({
    elements: o.manner,
    onPlace: (place) => wish((scene) => scene.inset === null ? scene : { ...scene, inset: { ...scene.inset, ...place } }),
  });
  const showRows = createRows<SourceAnswer>(o.list, { keyOf: ({ id }) => id, makeRow });

  function wish(change: (scene: Scene) => Scene): void {
    if (desk.wished === null) return;
    o.say(null);
    void desk.wish(change(desk.wished));
  }

  async function remove(source: SourceAnswer): Promise<void> {
    // Nobody asks for a picture of what is gone.
    tiles.get(source.id)?.update({ ...source, state: "closed" });
    const outcome = await api.send("DELETE", `api/studio/sources/${encodeURIComponent(source.id)}`);
    o.say(outcome.kind === "answer" ? null : explain(source, outcome));
    await o.onChange();
  }

  function explain(source: SourceAnswer | null, outcome: Exclude<Outcome<unknown>, { kind: "answer" }>): string {
    const { air, cannotReach, failed } = studioWords();
    if (outcome.kind === "unreachable") return cannotReach;
    if (source === null) return air.gone;
    switch (outcome.problem) {
      case "source_not_ready":
        return air.notReady(nameOf(source), outcome.detail);
      case "source_in_use":
        return air.inUse(nameOf(source));
      case "unknown_source":
        return air.gone;
      default:
        return failed(outcome.detail);
    }
  }

  function makeRow(first: SourceAnswer): Row<SourceAnswer> {
    let source = first;
    const element = make("li", { class: "source" });
    const button = make("button", { class: "source-show", type: "button" });
    const name = make("span", { class: "source-name" });
    const mark = make("span", { class: "source-mark" });
    const state = make("span", { class: "source-state" });
    const away = make("button", { class: "source-remove", type: "button" }, "✕");
    const inset = make("button", { class: "source-inset", type: "button" });
    const line = make("span", { class: "source-line" });
    line.append(name, mark);
    const tile = createPreviewTile({ id: first.id, api, now: () => performance.now() });
    tiles.set(first.id, tile);
    button.append(tile.element, line, state);
    const sound = createSoundPart({
      id: first.id,
      api,
      onAnswer: (outcome) => o.say(outcome.kind === "answer" ? null : explain(source, outcome)),
    });
    sounds.set(first.id, sound);
    element.append(button, inset, away, sound.element);
    button.addEventListener("click", () => wish((scene) => withSource(scene, source.id)));
    inset.addEventListener("click", () => wish((scene) => withInset(scene, source.id, manner.place)));
    away.addEventListener("click", () => void remove(source));

    function update(next: SourceAnswer): void {
      source = next;
      const { air } = studioWords();
      const role = roleOf(source.id, desk.shown, desk.coming);
      const called = nameOf(source);
      const isFirst = role === "on_air" && o.isOffAir();
      element.dataset["state"] = isFirst ? source.state : role ?? source.state;
      writeText(name, called);
      writeText(mark, isFirst ? air.first : role === "coming" ? air.switching : role === "on_air" ? air.onAir : "");
      writeText(state, describeState(source));
      tile.update(source);
      writeText(inset, air.inset);
      button.setAttribute("aria-pressed", String(role === "on_air"));
      inset.setAttribute("aria-pressed", String(source.id === desk.wished?.inset?.source));
      inset.hidden = source.id === desk.wished?.source;
      away.hidden = role === "on_air" || role === "inset" || (source.kind === "publisher" && source.state !== "away");
      entitle(inset, air.insetName(called));
      entitle(away, air.remove(called));
      sound.update(source, askedAtMs);
    }

    return { element, update };
  }

  function render(): void {
    manner.show(desk.wished?.inset ?? null);
    showRows(sources);
  }

  return {
    show(next, scene, atMs) {
      sources = next;
      askedAtMs = atMs;
      for (const parts of [sounds, tiles]) {
        for (const id of parts.keys()) if (!next.some((source) => source.id === id)) parts.delete(id);
      }
      desk.learn(scene, atMs);
      render();
    },
    showLevels(levels) {
      for (const [id, sound] of sounds) sound.showPeak(levels?.sources.find(({ source }) => source === id)?.peak ?? 0);
    },
    lookAtPreviews() {
      for (const tile of tiles.values()) void tile.look();
    },
    say() {
      manner.say();
      render();
    },
  };
}

function entitle(button: HTMLButtonElement, name: string): void {
  if (button.getAttribute("aria-label") !== name) button.setAttribute("aria-label", button.title = name);
}
