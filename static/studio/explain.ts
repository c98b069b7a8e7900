import type { Outcome } from "./api.ts";
import { studioWords } from "./words/words.ts";

/** Why something was not done, in a sentence; null where it was. `known` has words for some of the server's names. */
export function explain(outcome: Outcome<unknown>, known: Readonly<Record<string, string>> = {}): string | null {
  const { cannotReach, failed } = studioWords();
  switch (outcome.kind) {
    case "answer":
      return null;
    case "unreachable":
      return cannotReach;
    case "problem":
      return known[outcome.problem] ?? failed(outcome.detail);
  }
}
