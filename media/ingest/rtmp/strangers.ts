import type { Stage } from "./session.ts";

/** A connection that has not published. */
export interface Stranger {
  /** Null where its address tells nothing: this machine. */
  readonly network: string | null;
  readonly stage: Stage;
  readonly sinceMs: number;
}

/** ingest.md, section 2 */
const MOST_STRANGERS = 16;
const MOST_OF_A_NETWORK = 3;
const PROGRESS: readonly Stage[] = ["closed", "silent", "greeting", "greeted", "connected", "publishing"];

/**
 * Who must leave now that `newcomer` is among the strangers; null for nobody. Never the newcomer: a thousand silent connections do not keep a publisher out,
 * which has published after a few milliseconds. Who has come least far leaves first, of those the one that has waited longest.
 */
export function chooseWhoLeaves<T extends Stranger>(strangers: readonly T[], newcomer: T): T | null {
  const ofNetwork = newcomer.network === null ? [] : strangers.filter(({ network }) => network === newcomer.network);
  const crowd = ofNetwork.length > MOST_OF_A_NETWORK ? ofNetwork : strangers.length > MOST_STRANGERS ? strangers : [];
  const others = crowd.filter((stranger) => stranger !== newcomer);
  if (others.length === 0) return null;
  return others.reduce((first, other) => comesBefore(other, first) ? other : first);
}

function comesBefore(a: Stranger, b: Stranger): boolean {
  const progress = PROGRESS.indexOf(a.stage) - PROGRESS.indexOf(b.stage);
  return progress < 0 || progress === 0 && a.sinceMs < b.sinceMs;
}
