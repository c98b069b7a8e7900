/** Asks the server; null where nobody answers in time, or where `giveUp` says that nobody waits any more. */
export type Ask = (path: string, init?: RequestInit, giveUp?: AbortSignal) => Promise<Response | null>;

/** `base` is the page's own address: a proxy may have put a prefix in front. */
export function createAsk(deps: {
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  readonly base: string;
  readonly patienceMs: number;
}): Ask {
  return async (path, init = {}, giveUp) => {
    try {
      const signal = patience(deps.patienceMs, giveUp);
      return await deps.fetch(new URL(path, deps.base).href, { ...init, cache: "no-store", signal });
    } catch {
      return null;
    }
  };
}

/** A signal after so many ms, or as soon as `giveUp` is one; in a browser from before 2024 after the time alone. */
function patience(ms: number, giveUp?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(ms);
  return giveUp === undefined ? timeout : AbortSignal.any?.([timeout, giveUp]) ?? timeout;
}
