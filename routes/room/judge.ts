import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { auth } from "hono/utils/basic-auth";
import type { Room } from "../../media/room/room.ts";
import type { Forwarded } from "../forwarded.ts";
import { createRateLimit } from "../rate_limit.ts";
import { isModerator, isStreamer } from "../streamer_key.ts";

export interface JudgeDeps {
  readonly room: Room;
  readonly forwarded: Forwarded;
  /** The server's own: two servers of one machine share a browser's cookies. */
  readonly port: number;
  /** Null where there is no streamer. */
  readonly streamerKey: string | null;
  /** A clock that nobody sets, in ms. */
  readonly monotonic: () => number;
}

/** `invite`: the id of the invite that lets them in; null for who needs none. `by`: what they have shown. */
export type Admission =
  | { readonly kind: "admitted"; readonly invite: string | null; readonly by: "streamer" | "cookie" | "query" | "basic" }
  | { readonly kind: "refused"; readonly problem: RoomProblem };

export type RoomProblem = "room_key_missing" | "wrong_room_key" | "invite_ended" | "too_many_tries";

export interface Judge {
  /** Who asks, by what the request carries: cookie, query, user and password, or the streamer's key. */
  admit(c: Context): Admission;
  /** Whether a text is the room key, for that request's address. */
  tryKey(c: Context, text: string): Admission;
}

/** A person mistypes; a program that guesses is slowed to a try in half a minute. For each address. */
const WRONG_KEYS = { burst: 10, perSecond: 1 / 30 };

export function createJudge({ room, forwarded, port, streamerKey, monotonic }: JudgeDeps): Judge {
  const mayTry = createRateLimit(WRONG_KEYS);

  /** Whoever has tried too many wrong keys does not hear of the right one either: the answer would tell which one it is. */
  function tryKey(c: Context, text: string): Admission {
    const { address } = forwarded.origin(c);
    const nowMs = monotonic();
    if (!mayTry(address, nowMs, 0)) return { kind: "refused", problem: "too_many_tries" };
    if (room.isKey(text)) return { kind: "admitted", invite: null, by: "query" };
    mayTry(address, nowMs);
    return { kind: "refused", problem: "wrong_room_key" };
  }

  /** Null where it is no invite of ours. */
  function tryInvite(token: string): Admission | null {
    const found = room.invites.find(token);
    if (found === null) return null;
    return found === "ended" ? { kind: "refused", problem: "invite_ended" } : { kind: "admitted", invite: found.id, by: "query" };
  }

  function tryQuery(c: Context): Admission | null {
    const { invite, key } = c.req.query();
    if (invite !== undefined) return tryInvite(invite) ?? { kind: "refused", problem: "invite_ended" };
    return key === undefined ? null : tryKey(c, key);
  }

  function tryBasic(c: Context): Admission | null {
    const password = auth(c.req.raw)?.password;
    return password === undefined ? null : tryInvite(password) ?? tryKey(c, password);
  }

  return {
    tryKey,
    admit(c) {
      if (isStreamer(c, streamerKey) || isModerator(c)) return { kind: "admitted", invite: null, by: "streamer" };
      const cookie = getCookie(c, cookieName(isSecure(c, forwarded), port)) ?? "";
      // First: who has the key stays without an end, whatever link brought it here.
      if (room.isPass(cookie)) return { kind: "admitted", invite: null, by: "cookie" };
      const ways = [() => tryQuery(c), () => asBy("basic", tryBasic(c)), () => asBy("cookie", tryInvite(cookie))];
      let refusal: Admission | null = null;
      for (const way of ways) {
        const outcome = way();
        if (outcome?.kind === "admitted") return outcome;
        refusal ??= outcome;
      }
      return refusal ?? { kind: "refused", problem: "room_key_missing" };
    },
  };
}

export function isSecure(c: Context, forwarded: Forwarded): boolean {
  return forwarded.front(c).scheme === "https";
}

/** Over TLS it is bound to this very name (`__Host-`, RFC 6265bis 4.1.3.2). */
export function cookieName(isSecure: boolean, port: number): string {
  return `${isSecure ? "__Host-" : ""}tercet-room-${port}`;
}

function asBy(by: "basic" | "cookie", admission: Admission | null): Admission | null {
  return admission?.kind === "admitted" ? { ...admission, by } : admission;
}
