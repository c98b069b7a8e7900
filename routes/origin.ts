import type { Context } from "hono";
import { isFromThisMachine } from "./identify.ts";

/**
 * Whether a page of another site asks. Browsers let any page open a WebSocket anywhere and say only in `Origin` whose it is; programs say nothing and pass.
 * A proxy on this machine is believed about the name it was asked under; one that drops the port from it is forgiven.
 */
export function isForeignOrigin(c: Context): boolean {
  const origin = c.req.header("origin");
  if (origin === undefined) return false;
  const names = [c.req.header("host"), isFromThisMachine(c) ? c.req.header("x-forwarded-host") : undefined];
  const from = URL.canParse(origin) ? new URL(origin) : null;
  return from === null || !names.some((name) => name !== undefined && (name === from.host || name === from.hostname));
}
