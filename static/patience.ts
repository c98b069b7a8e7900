/** A signal after so many ms, or as soon as `giveUp` is one; in a browser from before 2024 after the time alone. */
export function patience(ms: number, giveUp?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(ms);
  return giveUp === undefined ? timeout : AbortSignal.any?.([timeout, giveUp]) ?? timeout;
}
