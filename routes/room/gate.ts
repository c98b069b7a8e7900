import type { Context, MiddlewareHandler } from "hono";
import { setCookie } from "hono/cookie";
import type { Metrics, RequestKind } from "../metrics.ts";
import type { PageFile } from "../pages.ts";
import { answerProblem, statusOf } from "../problems.ts";
import { createAskingPage } from "./asking.ts";
import { type Admission, cookieName, createJudge, isSecure, type JudgeDeps, type RoomProblem } from "./judge.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** The id of the invite by which somebody asks; null or nothing for who needs none. */
    invite: string | null;
  }
}

export interface GateDeps extends JudgeDeps {
  /** The pages that ask for the key. */
  readonly asking: readonly PageFile[];
  readonly metrics: Pick<Metrics, "countRequest">;
}

/** What stands before the doors of a room. Playlists of a viewer and media need none: their addresses prove enough, and are asked for too often. */
export interface Gate {
  /** A page: who may not see it is asked for the key. */
  readonly page: MiddlewareHandler;
  /** The picture alone, in a frame of another site, where no cookie would be kept. */
  readonly embed: MiddlewareHandler;
  /** An address for players, which ask their user for name and password. */
  readonly player: MiddlewareHandler;
  readonly api: MiddlewareHandler;
  /** What the form sends. */
  enter(c: Context, key: string): Response;
}

const MONTH_SECONDS = 30 * 24 * 3600;
/** Browsers know no such scheme and ask nobody; only the form does. */
const COOKIE_CHALLENGE = { "www-authenticate": 'Cookie realm="room"' };
const BASIC_CHALLENGE = { "www-authenticate": 'Basic realm="room", charset="UTF-8"' };
/** They prove who they are by themselves. */
const OWN_PROOF = /^\/api\/(?:studio|overlay|webhooks)\//;

export function createGate(deps: GateDeps): Gate {
  const { room, forwarded, metrics, port } = deps;
  const judge = createJudge(deps);
  const ask = createAskingPage(deps.asking);

  function refusePage(c: Context, problem: RoomProblem, isFramed = false): Response {
    metrics.countRequest("page", statusOf(problem));
    return ask(c, { problem, isFramed, headers: { ...COOKIE_CHALLENGE, ...retryAfter(problem) } });
  }

  function refusePlayer(kind: RequestKind, problem: RoomProblem): Response {
    metrics.countRequest(kind, statusOf(problem));
    return answerProblem(problem, { isPublic: true, headers: { ...BASIC_CHALLENGE, ...retryAfter(problem) } });
  }

  function refuseApi(problem: RoomProblem): Response {
    return answerProblem(problem, { headers: { ...COOKIE_CHALLENGE, ...retryAfter(problem) } });
  }

  /** Longer than an invite lasts: so it can be told that it has ended. */
  function remember(c: Context, pass: string): void {
    const secure = isSecure(c, forwarded);
    setCookie(c, cookieName(secure, port), pass, { path: "/", httpOnly: true, sameSite: "Lax", secure, maxAge: MONTH_SECONDS });
  }

  /** To the page itself: key or invite do not stay in its address. */
  function goIn(c: Context): Response {
    metrics.countRequest("page", 303);
    c.header("cache-control", "no-store");
    return c.redirect("./", 303);
  }

  function before(
    refuse: (c: Context, problem: RoomProblem) => Response,
    answerAdmitted?: (c: Context, admission: Admission & { kind: "admitted" }) => Response | null,
  ): MiddlewareHandler {
    return async (c, next) => {
      // A browser asks without anything whether it may ask.
      if (c.req.method === "OPTIONS") return await next();
      const admission = judge.admit(c);
      if (admission.kind === "refused") return refuse(c, admission.problem);
      const answer = answerAdmitted?.(c, admission) ?? null;
      if (answer !== null) return answer;
      c.set("invite", admission.invite);
      await next();
    };
  }

  const page = before(
    (c, problem) => wantsPage(c) ? refusePage(c, problem) : refusePlayer("page", problem),
    (c, { by, invite }) => {
      if (!wantsPage(c) || !hasSecretInAddress(c)) return null;
      if (by === "query") remember(c, invite === null ? room.pass : c.req.query("invite")!);
      return goIn(c);
    },
  );
  const api = before((_, problem) => refuseApi(problem));

  return {
    page,
    embed: before((c, problem) => refusePage(c, problem, true)),
    player: before((_, problem) => refusePlayer("multivariant", problem)),
    api: (c, next) => OWN_PROOF.test(c.req.path) ? next() : api(c, next),
    enter(c, key) {
      const admission = judge.tryKey(c, key);
      if (admission.kind === "refused") return refusePage(c, admission.problem);
      remember(c, room.pass);
      return goIn(c);
    },
  };
}

/** Players say that they take anything, browsers what they show. */
export function wantsPage(c: Context): boolean {
  return c.req.header("accept")?.includes("text/html") ?? false;
}

function hasSecretInAddress(c: Context): boolean {
  return c.req.query("invite") !== undefined || c.req.query("key") !== undefined;
}

function retryAfter(problem: RoomProblem): Record<string, string> {
  return problem === "too_many_tries" ? { "retry-after": "30" } : {};
}
