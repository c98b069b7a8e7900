/// <reference lib="dom" />
import type { HealthProblem } from "../../../routes/studio/health.ts";
import { nameOf } from "../air/describe_source.ts";
import { studioWords } from "../words/words.ts";

/** What is wrong and what to do, in a sentence. */
export function sayProblem(problem: HealthProblem): string {
  const { problems } = studioWords().health;
  switch (problem.kind) {
    case "stalled":
    case "starting":
    case "silent":
      return problems[problem.kind];
    case "overfull":
      return problems.overfull(problem.watching);
    case "away":
      return problems.away(nameOf({ kind: "address", name: problem.name }), problem.reason.replace(/\.$/, ""));
    case "slow":
      return problems.slow(problem.step);
    case "budget":
      return problems.budget(problem.count);
  }
}

/** What needs a hand now, and what only explains. */
export function isGrave({ kind }: HealthProblem): boolean {
  return kind !== "starting" && kind !== "budget";
}
