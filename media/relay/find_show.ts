import { createTeller, sayDuration } from "../teller.ts";
import { compareTerms, FORMAT_VERSION } from "./entry.ts";
import { type Log, LogAway } from "./log.ts";
import { readShow, type ShowRecord } from "./show_record.ts";

const AGAIN_MS = 250;

/** The newest record of a show that any of the logs has and that can be used; otherwise why there is none. */
export async function askForShow(logs: readonly Log[]): Promise<ShowRecord | string> {
  const found = await Promise.all(logs.map(async (log) => {
    try {
      const text = await log.askShow();
      if (text === null) return `${log.name}: no such show has been there`;
      const read = readShow(text);
      if (read.kind === "show") return read.show;
      return read.kind === "damaged"
        ? `${log.name}: what it tells of the show is damaged`
        : `${log.name}: the show is in format ${read.version}, and this Tercet reads format ${FORMAT_VERSION}: bring both to one version`;
    } catch (problem) {
      if (!(problem instanceof LogAway)) throw problem;
      return `${log.name}: ${problem.message}`;
    }
  }));
  const shows = found.filter((each) => typeof each !== "string").sort((a, b) => compareTerms(b.term, a.term));
  return shows[0] ?? found.filter((each) => typeof each === "string").join("; ");
}

/** Waits for the show, for as long as it takes; null when `isStopped`. */
export async function waitForShow(o: {
  readonly logs: readonly Log[];
  readonly isStopped: () => boolean;
  readonly log: (line: string) => void;
}): Promise<ShowRecord | null> {
  const teller = createTeller({
    now: () => performance.now(),
    log: o.log,
    say: {
      begins: (reason) => `Waiting for the show. ${reason}.`,
      lasts: (reason, forMs) => `Still waiting for the show, for ${sayDuration(forMs)} now. ${reason}.`,
      isOver: () => "The show is found.",
    },
  });
  while (!o.isStopped()) {
    // Why it cannot be reached is known when that was tried.
    await Promise.allSettled(o.logs.map((log) => log.ready()));
    const found = await askForShow(o.logs);
    if (typeof found !== "string") {
      teller.over();
      return found;
    }
    teller.trouble(found);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
  return null;
}
