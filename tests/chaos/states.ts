import { pause } from "../fixtures/condition.ts";

/** What /api/stream tells of the show; `gone` while nobody answers. */
export interface SeenState {
  readonly state: string;
  /** performance.now() when it was seen first. */
  readonly atMs: number;
}

export interface StateWatch {
  readonly states: readonly SeenState[];
  readonly now: string;
  stop(): Promise<void>;
}

const EVERY_MS = 50;

export function watchStates(baseUrl: string): StateWatch {
  const states: SeenState[] = [];
  let isOver = false;
  async function watch(): Promise<void> {
    while (!isOver) {
      const state = await fetch(`${baseUrl}/api/stream`, { signal: AbortSignal.timeout(5000) })
        .then(async (answer) => String((await answer.json()).state), () => "gone");
      if (states.at(-1)?.state !== state) states.push({ state, atMs: performance.now() });
      await pause(EVERY_MS);
    }
  }
  const watching = watch();
  return {
    states,
    get now() {
      return states.at(-1)?.state ?? "gone";
    },
    async stop() {
      isOver = true;
      await watching;
    },
  };
}
