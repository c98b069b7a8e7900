import { type Context, Hono, type MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { parse } from "hono/utils/cookie";
import type { Invite } from "../../media/room/invites.ts";
import type { Moderators } from "../../media/studio/moderators.ts";
import { SESSION_SECONDS, type Sessions } from "../../media/studio/sessions.ts";
import { readBody } from "../body.ts";
import { type Forwarded, originOf } from "../forwarded.ts";
import { NO_STORE } from "../headers.ts";
import { answerProblem, type Problem } from "../problems.ts";
import { createRateLimit } from "../rate_limit.ts";
import { refuseOutsider, refuseStranger } from "../streamer_key.ts";
import { NEW_SESSION } from "./session_schemas.ts";

export interface SessionDeps {
  readonly sessions: Sessions;
  /** Null: there are none. */
  readonly moderators: Moderators | null;
  readonly forwarded: Forwarded;
  /** The server's own: two servers of one machine share a browser's cookies. */
  readonly port: number;
  readonly streamerKey: string | null;
  /** A clock that nobody sets, in ms. */
  readonly monotonic: () => number;
  /** The wall clock, in ms. */
  readonly now: () => number;
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
export function createStudioCookie({ sessions, moderators, forwarded, port }: SessionDeps): MiddlewareHandler {
  return async (c, next) => {
    const token = getCookie(c, cookieOf(c, forwarded, port).name);
    const isStreamers = token !== undefined && sessions.has(token);
    const moderator = token === undefined || isStreamers ? null : findModerator(moderators, token);
    if (isStreamers || moderator !== null) c.set("studio", isOurs(c, forwarded) ? isStreamers ? "signed_in" : "moderator" : "other_origin");
    if (moderator !== null) c.set("moderator", moderator.name);
    await next();
  };
}

/** A moderator's cookie is what the link carries: so it ends with it, and when it is withdrawn. */
function findModerator(moderators: Moderators | null, token: string): Invite | null {
  const found = moderators?.find(token) ?? null;
  return found === "ended" ? null : found;
}

/** Of a request that nothing else has looked at yet: it says who asks, not what the asker may do. */
export function isSignedIn(
  request: Request,
  { sessions, moderators, port }: Pick<SessionDeps, "sessions" | "moderators" | "port">,
): boolean {
  const cookies = parse(request.headers.get("cookie") ?? "");
  return PREFIXES.some((prefix) => {
    const token = cookies[`${prefix}${NAME}${port}`];
    return token !== undefined && (sessions.has(token) || findModerator(moderators, token) !== null);
  });
}

/**
 * /api/studio/session: tells whether the asking browser is signed in, signs it in by a link's code, the streamer's key or a moderator's invite, and out. DELETE /api/studio/sessions
 * signs out everywhere. To be mounted before the studio's other doors, which want the streamer.
 */
export function createSessionRoutes({ sessions, moderators, forwarded, port, streamerKey, monotonic, now }: SessionDeps): Hono {
  const mayTry = createRateLimit(WRONG_TRIES);

  function forget(c: Context): void {
    const { name, ...options } = cookieOf(c, forwarded, port);
    deleteCookie(c, name, options);
  }

  function signIn(c: Context, token: string, maxAge: number): void {
    const { name, ...options } = cookieOf(c, forwarded, port);
    setCookie(c, name, token, { ...options, maxAge });
  }

  /** The streamer's own browser stays the streamer's. */
  function enterAsModerator(c: Context, token: string, refuseTries: () => Response | null): Response {
    const found = moderators?.find(token) ?? null;
    const tooOften = found === null ? refuseTries() : null;
    if (tooOften !== null) return tooOften;
    if (found === null || found === "ended") return answerProblem(found === null ? "wrong_moderator_invite" : "moderator_invite_ended");
    if (c.get("studio") === "signed_in") return c.json({ signedIn: true }, 201, NO_STORE);
    signIn(c, token, Math.max(1, Math.ceil((found.endsAtMs - now()) / 1000)));
    return c.json({ signedIn: true, moderator: found.name }, 201, NO_STORE);
  }

  return new Hono()
    .get("/api/studio/session", (c) => {
      const moderator = c.get("moderator");
      return c.json({ signedIn: c.get("studio") !== undefined, ...(moderator === undefined ? {} : { moderator }) }, 200, NO_STORE);
    })
    .post("/api/studio/session", async (c) => {
      if (c.req.header("origin") !== undefined && !isSameOrigin(c, forwarded)) return refuseOrigin(c, forwarded);
      const body = await readBody(c, NEW_SESSION);
      if (body.kind === "refused") return body.answer;
      const { address } = forwarded.origin(c);
      const { code, key = "", invite } = body.value;
      const hasTriedTooOften = !mayTry(address, monotonic(), 0);
      /** Counts a wrong one. */
      const refuseTries = () => {
        if (mayTry(address, monotonic())) return null;
        return answerProblem("too_many_wrong_keys", { headers: { "retry-after": "30" } });
      };
      // What a link carries cannot be guessed, so it is good also where others have tried, behind a proxy that hides who asks.
      if (invite !== undefined) return enterAsModerator(c, invite, refuseTries);
      // Whoever has tried too often does not hear of the right key either.
      const outcome = code !== undefined
        ? await sessions.beginByCode(code)
        : hasTriedTooOften
        ? { kind: "wrong" as const }
        : await sessions.beginByKey(key);
      if (outcome.kind !== "begun") {
        const tooOften = refuseTries();
        if (tooOften !== null) return tooOften;
        return answerProblem(code === undefined ? "wrong_streamer_key" : PROBLEMS[outcome.kind]);
      }
      signIn(c, outcome.token, SESSION_SECONDS);
      return c.json({ signedIn: true }, 201, NO_STORE);
    })
    .delete("/api/studio/session", async (c) => {
      const refusal = refuseOutsider(c, streamerKey);
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
  return { name: `${prefix}${studioCookieName(port)}`, path: folder, httpOnly: true, sameSite: "Strict", secure } as const;
}

/** Without TLS. */
export function studioCookieName(port: number): string {
  return `${NAME}${port}`;
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
