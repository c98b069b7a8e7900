/** Whether one more from this address is allowed at `nowMs`. With a `count` of 0 it is only asked, and none is taken. */
export type RateLimit = (address: string, nowMs: number, count?: 0 | 1) => boolean;

const MOST_ADDRESSES = 10_000;

/**
 * Allows each address `burst` at once and `perSecond` in the long run (a token bucket). Addresses of one IPv6 network of 64 bits, which is what a household
 * has, count as one. What it keeps of the longest silent is let go first.
 */
export function createRateLimit(o: { burst: number; perSecond: number }): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return (address, nowMs, count = 1) => {
    const key = networkOf(address);
    const before = buckets.get(key) ?? { tokens: o.burst, atMs: nowMs };
    const tokens = Math.min(o.burst, before.tokens + Math.max(0, nowMs - before.atMs) / 1000 * o.perSecond);
    const isAllowed = tokens >= 1;
    buckets.delete(key);
    buckets.set(key, { tokens: isAllowed ? tokens - count : tokens, atMs: nowMs });
    if (buckets.size > MOST_ADDRESSES) buckets.delete(buckets.keys().next().value!);
    return isAllowed;
  };
}

/** What stands for an address: itself, or the network of 64 bits that an IPv6 address is in. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":");
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(":").length;
  return [...groups, ...Array.from({ length: Math.max(0, missing) }, () => "0"), ...tail?.split(":") ?? []].slice(0, 4).join(":");
}
