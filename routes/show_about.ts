import type { ShowAbout } from "../media/life/show_desk.ts";
import { isOnAir } from "../media/life/show_life.ts";
import { answerProblem, type Problem, type ProblemDetails } from "./problems.ts";

/** Of the show as everybody may know it; what times there are, as ISO texts. */
export interface ShowWords {
  readonly title: string;
  readonly description: string;
  readonly startsAt: string | null;
  readonly startsByItself: boolean;
  readonly backAt: string | null;
}

export function describeAbout({ title, description, life }: ShowAbout): ShowWords {
  return {
    title,
    description,
    startsAt: life.kind === "waiting" ? toIso(life.startsAtMs) : null,
    startsByItself: life.kind === "waiting" && life.startsByItself,
    backAt: life.kind === "paused" ? toIso(life.backAtMs) : null,
  };
}

/** Why there is nothing to play, where no show is on; null while one is. */
export function findOffAir({ life }: ShowAbout): "show_waiting" | "show_ended" | null {
  if (isOnAir(life)) return null;
  return life.kind === "ended" ? "show_ended" : "show_waiting";
}

/** The answer to who asks for a show that is not on: when to ask again, and what is known of it. */
export function answerOffAir(problem: Problem, about: ShowAbout, nowMs: number, details: ProblemDetails = {}): Response {
  const { title, description, startsAt } = describeAbout(about);
  return answerProblem(problem, {
    ...details,
    show: { title, description, startsAt },
    headers: { ...details.headers, "retry-after": String(waitSeconds(about, nowMs)) },
  });
}

/** What is announced may begin early: nobody is sent away for longer than a minute. */
const SHORTEST_WAIT_SECONDS = 2;
const USUAL_WAIT_SECONDS = 10;
const LONGEST_WAIT_SECONDS = 60;

function waitSeconds({ life }: ShowAbout, nowMs: number): number {
  if (life.kind !== "waiting" || life.startsAtMs === null) return USUAL_WAIT_SECONDS;
  const seconds = Math.ceil((life.startsAtMs - nowMs) / 1000);
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(SHORTEST_WAIT_SECONDS, seconds));
}

function toIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
