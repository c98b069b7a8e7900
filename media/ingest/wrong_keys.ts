/** Who has tried too many wrong keys. Networks are as `describeAddress` names them. */
export interface WrongKeys {
  /** Whether this network may not try again yet, not even with the right key: otherwise the answer would tell which one is right. */
  isBarred(network: string, nowMs: number): boolean;
  note(network: string, nowMs: number): void;
}

/** ingest.md, section 2 */
const MOST_TRIES = 5;
const WITHIN_MS = 60_000;
const MOST_NETWORKS = 10_000;

export function createWrongKeys(): WrongKeys {
  const tries = new Map<string, readonly number[]>();
  const recent = (network: string, nowMs: number) => (tries.get(network) ?? []).filter((atMs) => nowMs - atMs < WITHIN_MS);
  return {
    isBarred: (network, nowMs) => recent(network, nowMs).length >= MOST_TRIES,
    note(network, nowMs) {
      const all = [...recent(network, nowMs), nowMs].slice(-MOST_TRIES);
      tries.delete(network);
      tries.set(network, all);
      if (tries.size > MOST_NETWORKS) tries.delete(tries.keys().next().value!); // the one that has been quiet longest
    },
  };
}
