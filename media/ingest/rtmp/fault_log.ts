const QUIET_MS = 60_000;

/** Says what strangers do wrong, at most once a minute; what came in between is counted. */
export function createFaultLog(o: { log: (line: string) => void; now: () => number }): (line: string) => void {
  let saidAtMs = -Infinity;
  let unsaid = 0;
  return (line) => {
    if (o.now() - saidAtMs < QUIET_MS) {
      unsaid++;
      return;
    }
    o.log(unsaid === 0 ? line : `${line} (and ${unsaid} other connections since the last such line)`);
    saidAtMs = o.now();
    unsaid = 0;
  };
}
