import { type Context, Hono, type MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { parse } from "hono/utils/cookie";
import { SESSION_SECONDS, type Sessions } from "../../media/studio/sessions.ts";
import { readBody } from "../body.ts";
import { type Forwarded, originOf } from "../forwarded.ts";
import { NO_STORE } from "../headers.ts";
import { answerProblem, type Problem } from "../problems.ts";
import { createRateLimit } from "../rate_limit.ts";
import { refuseStranger } from "../streamer_key.ts";
import { NEW_SESSION } from "./session_schemas.ts";

export interface SessionDeps {
  readonly sessions: Sessions;
  readonly forwarded: Forwarded;
  /** The server's own: two servers of one machine share a browser's cookies. */
  readonly port: number;
  readonly streamerKey: string | null;
  /** A clock that nobody sets, in ms. */
  readonly monotonic: () => number;
}

/** A person mistypes; a program that guesses is slowed to a try in half a minute. For each address. */
const WRONG_TRIES = { burst: 10, perSecond: 1 / 30 };
const NAME = "tercet-studio-";
const PREFIXES = ["", "__Host-", "__Secure-"] as const;
const SAFE_METHODS = ["GET", "HEAD"];
const PROBLEMS = { wrong: "wrong_studio_code", old: "studio_code_old", used: "studio_code_used" } as const satisfies Record<
  string,
  Problem
>;

/**
 * Notes whether a request comes with the studio's cookie, for `isStreamer` and `refuseStranger`. SameSite keeps other sites away, but not what another port
 * of the same name serves: so whatever changes something, and every WebSocket, must come from a page of this very scheme, name and port.
 */
export function createStudioCookie({ sessions, forwarded, port }: SessionDeps): MiddlewareHandler {
  return async (c, next) => {
    const token = getCookie(c, cookieOf(c, forwarded, port).name);
    if (token !== undefined && sessions.has(token)) c.set("studio", isOurs(c, forwarded) ? "signed_in" : "other_origin");
    await next();
  };
}

/** Of a request that nothing else has looked at yet: it says who asks, not what the asker may do. */
export function isSignedIn(request: Request, sessions: Sessions, port: number): boolean {
  const cookies = parse(request.headers.get("cookie") ?? "");
  return PREFIXES.some((prefix) => {
    const token = cookies[`${prefix}${NAME}${port}`];
    return token !== undefined && sessions.has(token);
  });
}

/**
 * /api/studio/session: tells whether the asking browser is signed in, signs it in by a link's code or the streamer's key, and out. DELETE /api/studio/sessions
 * signs out everywhere. To be mounted before the studio's other doors, which want the streamer.
 */
export function createSessionRoutes({ sessions, forwarded, port, streamerKey, monotonic }: SessionDeps): Hono {
  const mayTry = createRateLimit(WRONG_TRIES);

  function forget(c: Context): void {
    const { name, ...options } = cookieOf(c, forwarded, port);
    deleteCookie(c, name, options);
  }

  return new Hono()
    .get("/api/studio/session", (c) => c.json({ signedIn: c.get("studio") !== undefined }, 200, NO_STORE))
    .post("/api/studio/session", async (c) => {
      if (c.req.header("origin") !== undefined && !isSameOrigin(c, forwarded)) return refuseOrigin(c, forwarded);
      const body = await readBody(c, NEW_SESSION);
      if (body.kind === "refused") return body.answer;
      const { address } = forwarded.origin(c);
      // Whoever has tried too often does not hear of the right one either.
      if (!mayTry(address, monotonic(), 0)) return answerProblem("too_many_wrong_keys", { headers: { "retry-after": "30" } });
      const { code, key = "" } = body.value;
      const outcome = code === undefined ? await sessions.beginByKey(key) : await sessions.beginByCode(code);
      if (outcome.kind !== "begun") {
        mayTry(address, monotonic());
        return answerProblem(code === undefined ? "wrong_streamer_key" : PROBLEMS[outcome.kind]);
      }
      const { name, ...options } = cookieOf(c, forwarded, port);
      setCookie(c, name, outcome.token, { ...options, maxAge: SESSION_SECONDS });
      return c.json({ signedIn: true }, 201, NO_STORE);
    })
    .delete("/api/studio/session", async (c) => {
      const refusal = refuseStranger(c, streamerKey);
      if (refusal !== null) return refusal;
      const token = getCookie(c, cookieOf(c, forwarded, port).name);
      if (token !== undefined) await sessions.end(token);
      forget(c);
      return c.body(null, 204, NO_STORE);
    })
    .delete("/api/studio/sessions", async (c) => {
      const refusal = refuseStranger(c, streamerKey);
      if (refusal !== null) return refusal;
      await sessions.endAll();
      forget(c);
      return c.body(null, 204, NO_STORE);
    });
}

/**
 * Named by the port. Over TLS bound to this very name (`__Host-`, RFC 6265bis 4.1.3.2), which takes the whole of it as its path: below a folder, where other
 * servers may stand beside, the folder is worth more.
 */
function cookieOf(c: Context, forwarded: Forwarded, port: number) {
  const { scheme, folder } = forwarded.front(c);
  const secure = scheme === "https";
  const prefix: (typeof PREFIXES)[number] = !secure ? "" : folder === "/" ? "__Host-" : "__Secure-";
  return { name: `${prefix}${NAME}${port}`, path: folder, httpOnly: true, sameSite: "Strict", secure } as const;
}

function isOurs(c: Context, forwarded: Forwarded): boolean {
  const isSafe = SAFE_METHODS.includes(c.req.method) && c.req.header("upgrade") === undefined;
  return isSafe || isSameOrigin(c, forwarded);
}

/** In scheme, name and port. */
function isSameOrigin(c: Context, forwarded: Forwarded): boolean {
  const ours = originOf({ ...forwarded.front(c), folder: "/" });
  return ours !== "" && c.req.header("origin") === ours;
}

function refuseOrigin(c: Context, forwarded: Forwarded): Response {
  const ours = originOf({ ...forwarded.front(c), folder: "/" });
  return answerProblem("foreign_origin", {
    detail: `asked by a page of ${c.req.header("origin")}, and this server was asked as ${ours || "nothing it knows"}. ` +
      "A proxy in front must tell X-Forwarded-Proto and X-Forwarded-Host",
  });
}
