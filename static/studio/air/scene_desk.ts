import type { Outcome } from "../api.ts";
import { isSameScene, type Scene } from "./scene.ts";

/** What is shown, and what was pressed last: that is marked at once, and taken back where the server refuses. */
export interface SceneDesk {
  /** Null before the server was asked. */
  readonly shown: Scene | null;
  /** What is being made ready. */
  readonly coming: Scene | null;
  /** What is built upon: a press before the last one was answered adds to that. */
  readonly wished: Scene | null;
  /** `askedAtMs`: when the server was asked for it. */
  learn(scene: Scene, askedAtMs: number): void;
  wish(scene: Scene): Promise<void>;
}

type Refusal = Exclude<Outcome<unknown>, { kind: "answer" }>;

/** `onChange`: something is to be marked otherwise. `onSettled`: a wish was answered; null where it was granted. `now` in ms. */
export function createSceneDesk(o: {
  readonly send: (scene: Scene) => Promise<Outcome<unknown>>;
  readonly onChange: () => void;
  readonly onSettled: (wish: Scene, refusal: Refusal | null) => Promise<void>;
  readonly now: () => number;
}): SceneDesk {
  let shown: Scene | null = null;
  let coming: Scene | null = null;
  /** What was asked before the last wish was answered may be out of date. */
  let settledAtMs = -Infinity;

  return {
    get shown() {
      return shown;
    },
    get coming() {
      return coming;
    },
    get wished() {
      return coming ?? shown;
    },
    learn(scene, askedAtMs) {
      if (coming === null && askedAtMs > settledAtMs) shown = scene;
    },
    async wish(scene) {
      if (coming === null && shown !== null && isSameScene(scene, shown)) return;
      coming = scene;
      o.onChange();
      const outcome = await o.send(scene);
      // Another one was pressed meanwhile, here or elsewhere: nothing that the streamer need be told.
      const isReplaced = outcome.kind === "problem" && outcome.problem === "scene_replaced";
      if (isReplaced && coming !== scene) return;
      if (coming === scene) coming = null;
      settledAtMs = o.now();
      if (outcome.kind === "answer") shown = scene;
      o.onChange();
      await o.onSettled(scene, outcome.kind === "answer" || isReplaced ? null : outcome);
    },
  };
}
