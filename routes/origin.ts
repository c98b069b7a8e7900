import type { Context } from "hono";
import type { Forwarded } from "./forwarded.ts";
import { answerProblem } from "./problems.ts";

/** Null where a request may become a WebSocket, otherwise the answer that says why not. */
export function refuseNoSocket(c: Context, forwarded: Pick<Forwarded, "hosts">): Response | null {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
    return answerProblem("upgrade_required", { headers: { "upgrade": "websocket", "connection": "upgrade" } });
  }
  return isForeignOrigin(c, forwarded) ? answerProblem("foreign_origin") : null;
}

/**
 * Whether a page of another site asks. Browsers let any page open a WebSocket anywhere and say only in `Origin` whose it is; programs say nothing and pass.
 * A trusted proxy is believed about the name it was asked under; one that drops the port from it is forgiven.
 */
export function isForeignOrigin(c: Context, { hosts }: Pick<Forwarded, "hosts">): boolean {
  const origin = c.req.header("origin");
  if (origin === undefined) return false;
  const from = URL.canParse(origin) ? new URL(origin) : null;
  return from === null || !hosts(c).some((name) => name === from.host || name === from.hostname);
}
