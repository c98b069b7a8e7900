import type { Context } from "hono";
import type { Origin } from "../media/audience/arrivals.ts";

/** What `Deno.serve` hands over beside a request; empty in tests that ask the app directly. */
export interface Connection {
  readonly remoteAddr?: Deno.Addr;
}

/**
 * From where and with which program a request comes. A proxy on this machine is believed about whom it asks for: the last address in X-Forwarded-For is
 * the one the proxy itself saw.
 */
export function identifyOrigin(c: Context): Origin {
  const peer = peerOf(c);
  const forwarded = isLoopback(peer) ? c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined;
  return { address: forwarded || peer, userAgent: (c.req.header("user-agent") ?? "").slice(0, 256) };
}

/** Whether a program on this machine asks, which may be a proxy. */
export function isFromThisMachine(c: Context): boolean {
  return isLoopback(peerOf(c));
}

function peerOf(c: Context): string {
  const connection = c.env as Connection | undefined;
  return connection?.remoteAddr !== undefined && "hostname" in connection.remoteAddr ? connection.remoteAddr.hostname : "";
}

/** An address of this machine itself. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127.");
}
