import { gzipSync } from "node:zlib";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Viewers } from "../../media/audience/viewers.ts";
import { readBody } from "../body.ts";
import { acceptsGzip, NO_STORE } from "../headers.ts";
import type { Forwarded } from "../forwarded.ts";
import type { Limits } from "../limits.ts";
import { answerProblem, type FieldError } from "../problems.ts";
import { bearerOf, isModerator, isStreamer, refuseOutsider, refuseStranger } from "../streamer_key.ts";
import type { ChatRoom, SayOutcome } from "./room.ts";
import { CHANGED_RULES, CHANGED_WORDS, type HeldListAnswer, NEW_BAN, NEW_MESSAGE, NEW_PIN } from "./schemas.ts";
import { LONGEST_MESSAGE, LONGEST_NAME, type TextProblem } from "./text.ts";

export interface ChatDeps {
  readonly viewers: Pick<Viewers, "find">;
  readonly chat: ChatRoom;
  readonly forwarded: Forwarded;
  readonly limits: Pick<Limits, "late">;
  /** Null where there is no streamer: then nobody may moderate. */
  readonly streamerKey: string | null;
  /** Rules that the command line sets. */
  readonly fixed: HeldListAnswer["fixed"];
}

/**
 * GET and POST /api/chat for everybody. For the streamer, with the key as a bearer token: DELETE /api/chat clears, PUT /api/chat/words says for which words
 * lines are held. For moderators as well: PATCH changes the rules, DELETE /api/chat/messages/{number} deletes, /api/chat/bans lists, bans (for good or for a
 * time) and unbans, /api/chat/held lists, says and refuses what waits, and /api/chat/pinned lets one message stand above all others.
 */
export function createChatRoutes({ viewers, chat, forwarded, limits, streamerKey, fixed }: ChatDeps): Hono {
  const answerEntry = keepEntry(chat);

  return new Hono()
    .get("/api/chat", (c) => {
      const after = AFTER.safeParse(c.req.query("after"));
      if (!after.success) return answerProblem("bad_query", { detail: "after is a message's number" });
      return after.data === undefined ? answerEntry(c) : c.json(chat.read(after.data), 200, NO_STORE);
    })
    .post("/api/chat", async (c) => {
      const refusal = bearerOf(c) === null ? null : refuseStranger(c, streamerKey);
      if (refusal !== null) return refusal;
      const body = await readBody(c, NEW_MESSAGE);
      if (body.kind === "refused") return body.answer;
      const { viewer: id, name, text, key = null } = body.value;
      const viewer = viewers.find(id);
      if (viewer === null) return answerProblem("unknown_viewer");
      const address = forwarded.ownAddress(c);
      const said = await chat.say({
        publicId: viewer.publicId,
        address,
        name,
        text,
        key,
        isStreamer: isStreamer(c, streamerKey),
        isModerator: isModerator(c),
      });
      const answer = answerSaid(c, said, { name, text });
      return said.kind === "too_fast" && !said.isSlowMode ? await limits.late(answer) : answer;
    })
    .delete("/api/chat", (c) => {
      const refusal = refuseStranger(c, streamerKey);
      if (refusal !== null) return refusal;
      chat.clear();
      return c.body(null, 204);
    })
    .patch("/api/chat", async (c) => {
      const refusal = refuseOutsider(c, streamerKey);
      if (refusal !== null) return refusal;
      const body = await readBody(c, CHANGED_RULES);
      if (body.kind === "refused") return body.answer;
      if (body.value.links !== undefined && isModerator(c)) {
        return answerProblem("not_for_moderators", { detail: "links is the streamer's" });
      }
      chat.setRules(body.value);
      return c.json(chat.rules, 200, NO_STORE);
    })
    .delete("/api/chat/messages/:number", (c) => {
      const refusal = refuseOutsider(c, streamerKey);
      if (refusal !== null) return refusal;
      const deleted = chat.delete(Number(c.req.param("number")));
      return deleted.length === 0 ? answerProblem("unknown_message") : c.json({ deleted }, 200, NO_STORE);
    })
    .put("/api/chat/pinned", async (c) => {
      const refusal = refuseOutsider(c, streamerKey);
      if (refusal !== null) return refusal;
      const body = await readBody(c, NEW_PIN);
      if (body.kind === "refused") return body.answer;
      const pinned = chat.pin(body.value.number);
      return pinned === null ? answerProblem("unknown_message") : c.json(pinned, 200, NO_STORE);
    })
    .delete("/api/chat/pinned", (c) => {
      const refusal = refuseOutsider(c, streamerKey);
      if (refusal !== null) return refusal;
      chat.pin(null);
      return c.body(null, 204);
    })
    .get("/api/chat/held", (c) =>
      refuseOutsider(c, streamerKey) ??
        c.json({ held: [...chat.held()], words: [...chat.words], fixed } satisfies HeldListAnswer, 200, NO_STORE))
    .post("/api/chat/held/:line", async (c) => {
      const refusal = refuseOutsider(c, streamerKey);
      if (refusal !== null) return refusal;
      const said = await chat.allow(c.req.param("line"));
      return said === null ? answerProblem("unknown_message") : c.json(said, 201, NO_STORE);
    })
    .delete("/api/chat/held/:line", (c) => {
      const refusal = refuseOutsider(c, streamerKey);
      if (refusal !== null) return refusal;
      return chat.refuse(c.req.param("line")) ? c.body(null, 204) : answerProblem("unknown_message");
    })
    .put("/api/chat/words", async (c) => {
      const refusal = refuseStranger(c, streamerKey);
      if (refusal !== null) return refusal;
      const body = await readBody(c, CHANGED_WORDS);
      if (body.kind === "refused") return body.answer;
      chat.setWords(body.value.words);
      return c.json({ words: [...chat.words] }, 200, NO_STORE);
    })
    .get("/api/chat/bans", (c) => refuseOutsider(c, streamerKey) ?? c.json({ bans: chat.bans() }, 200, NO_STORE))
    .post("/api/chat/bans", async (c) => {
      const refusal = refuseOutsider(c, streamerKey);
      if (refusal !== null) return refusal;
      const body = await readBody(c, NEW_BAN);
      if (body.kind === "refused") return body.answer;
      const { publicId, seconds = null, address = seconds === null } = body.value;
      return c.json(chat.ban({ publicId, seconds, withAddress: address }), 201, NO_STORE);
    })
    .delete("/api/chat/bans/:viewer", (c) => {
      const refusal = refuseOutsider(c, streamerKey);
      if (refusal !== null) return refusal;
      return chat.unban(c.req.param("viewer")) ? c.body(null, 204) : answerProblem("unknown_ban");
    });
}

const AFTER = z.string().regex(/^\d{1,16}$/).transform(Number).optional();
const JSON_HEADERS = { "content-type": "application/json", "vary": "Accept-Encoding", ...NO_STORE };

function answerSaid(c: Context, said: SayOutcome, typed: { name: string; text: string }): Response {
  switch (said.kind) {
    case "said":
      return c.json(said.message, said.isNew ? 201 : 200, NO_STORE);
    case "refused": {
      const errors: FieldError[] = said.problems.map(({ field, reason }) => ({
        field,
        value: typed[field].slice(0, 80),
        message: reason === "too_long" ? `longer than ${field === "name" ? LONGEST_NAME : LONGEST_MESSAGE} characters` : REASONS[reason],
      }));
      return answerProblem("bad_message", { detail: errors.map(({ field, message }) => `${field}: ${message}`).join("; "), errors });
    }
    case "too_fast":
      return answerProblem(said.isSlowMode ? "slow_mode" : "chatting_too_fast", {
        headers: { "retry-after": String(said.retryAfterSeconds) },
      });
    case "banned":
      return answerProblem("banned", {
        detail: said.untilMs === null ? "for good" : `until ${new Date(said.untilMs).toISOString()}`,
      });
    case "held":
      return c.json({ held: true }, 202, NO_STORE);
    case "deleted":
      return answerProblem("message_deleted");
    case "away":
      return answerProblem("boxes_apart");
  }
}

const REASONS: Readonly<Record<Exclude<TextProblem, "too_long">, string>> = {
  broken: "has half a character in it",
  control: "has control characters in it",
  bidi: "has characters in it that turn the direction of text",
  empty: "needs something that can be seen",
};

/** A whole house that comes back at once asks for the same: it is written and packed once for each state of the chat. */
function keepEntry(chat: ChatRoom): (c: Context) => Response {
  let revision = -1;
  let text = "";
  let packed: Uint8Array<ArrayBuffer> | null = null;
  return (c) => {
    if (revision !== chat.revision()) {
      text = JSON.stringify(chat.read(null));
      packed = null;
      revision = chat.revision();
    }
    if (!acceptsGzip(c.req.header("accept-encoding"))) return new Response(text, { headers: JSON_HEADERS });
    packed ??= new Uint8Array(gzipSync(text));
    return new Response(packed, { headers: { ...JSON_HEADERS, "content-encoding": "gzip" } });
  };
}
