import { pause } from "../fixtures/condition.ts";

/** Asks a server again and again how it is, and for the show. */
export interface AnswerWatch {
  /** What has not been told yet; a question that is not answered yet counts as well. */
  take(): { readonly slowestMs: number; readonly wrong: readonly string[] };
  stop(): Promise<void>;
}

const PATHS = ["/healthz", "/readyz", "/live.m3u8", "/api/stream"];
const EVERY_MS = 100;

export function watchAnswers(baseUrl: string): AnswerWatch {
  let isOver = false;
  let slowestMs = 0;
  let wrong: string[] = [];
  let asking: { readonly path: string; readonly sinceMs: number } | null = null;

  async function ask(): Promise<void> {
    for (let at = 0; !isOver; at++) {
      const path = PATHS[at % PATHS.length]!;
      asking = { path, sinceMs: performance.now() };
      try {
        const answer = await fetch(baseUrl + path, { signal: AbortSignal.timeout(120_000) });
        await answer.body?.cancel();
        if (!answer.ok) wrong.push(`${path} ${answer.status}`);
      } catch (problem) {
        wrong.push(`${path} ${problem instanceof Error ? problem.message : problem}`);
      }
      slowestMs = Math.max(slowestMs, performance.now() - asking.sinceMs);
      asking = null;
      await pause(EVERY_MS);
    }
  }
  const asked = ask();

  return {
    take() {
      const taken = { slowestMs: Math.max(slowestMs, asking ? performance.now() - asking.sinceMs : 0), wrong };
      slowestMs = 0;
      wrong = [];
      return taken;
    },
    async stop() {
      isOver = true;
      await asked;
    },
  };
}
