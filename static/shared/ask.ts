/** Asks the server; null where nobody answers in time, or where `giveUp` says that nobody waits any more. */
export type Ask = (path: string, init?: RequestInit, giveUp?: AbortSignal) => Promise<Response | null>;

/** `base` is the page's own address: a proxy may have put a prefix in front. */
export function createAsk(deps: {
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  readonly base: string;
  readonly patienceMs: number;
}): Ask {
  return async (path, init = {}, giveUp) => {
    // Not AbortSignal.timeout and .any, which came in 2022 and 2024.
    const giving = new AbortController();
    const stop = () => giving.abort();
    // It is not cleared: an answer may break off after its head.
    setTimeout(stop, deps.patienceMs);
    if (giveUp?.aborted) stop();
    giveUp?.addEventListener("abort", stop);
    try {
      return await deps.fetch(new URL(path, deps.base).href, { ...init, cache: "no-store", signal: giving.signal });
    } catch {
      return null;
    }
  };
}
