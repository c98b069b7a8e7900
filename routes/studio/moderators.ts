import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Invite } from "../../media/room/invites.ts";
import type { Moderators } from "../../media/studio/moderators.ts";
import { readBody } from "../body.ts";
import { type Forwarded, isLoopbackName, originOf } from "../forwarded.ts";
import { NO_STORE } from "../headers.ts";
import type { Operation } from "../openapi.ts";
import { answerProblem } from "../problems.ts";
import { NEW_INVITE } from "../room/schemas.ts";
import { refuseStranger } from "../streamer_key.ts";

export interface ModeratorsDeps {
  readonly moderators: Moderators;
  readonly forwarded: Forwarded;
  readonly streamerKey: string | null;
  /** The page's address for others on the network, for who asks as `localhost`; left out or null: there is none. */
  readonly reach?: () => string | null;
}

const MODERATOR = z.strictObject({
  id: z.string().describe("Names the moderator in addresses; it is no secret"),
  name: z.string(),
  madeAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  link: z.string().describe("Whoever opens it keeps order in the chat until it ends"),
});
export type ModeratorAnswer = z.infer<typeof MODERATOR>;

const MODERATORS = z.strictObject({ moderators: z.array(MODERATOR).describe("Those whose link has not ended, the oldest first") });

/** /api/studio/moderators: links that let people keep order in the chat until they end, for the streamer alone. */
export function createModeratorsRoutes({ moderators, forwarded, streamerKey, reach }: ModeratorsDeps): Hono {
  function describe(c: Context, invite: Invite): ModeratorAnswer {
    const front = forwarded.front(c);
    const base = (isLoopbackName(front.host ?? "") ? reach?.() : null) ?? `${originOf(front)}/`;
    return {
      id: invite.id,
      name: invite.name,
      madeAt: new Date(invite.madeAtMs).toISOString(),
      endsAt: new Date(invite.endsAtMs).toISOString(),
      link: `${base}studio#invite=${moderators.tokenOf(invite)}`,
    };
  }

  return new Hono()
    .use("/api/studio/moderators/*", async (c, next) => refuseStranger(c, streamerKey) ?? await next())
    .get("/api/studio/moderators", (c) => c.json({ moderators: moderators.list.map((each) => describe(c, each)) }, 200, NO_STORE))
    .post("/api/studio/moderators", async (c) => {
      const body = await readBody(c, NEW_INVITE);
      if (body.kind === "refused") return body.answer;
      const made = await moderators.make(body.value);
      return made === "too_many" ? answerProblem("too_many_moderators") : c.json(describe(c, made), 201, NO_STORE);
    })
    .delete(
      "/api/studio/moderators/:moderator",
      async (c) => await moderators.withdraw(c.req.param("moderator")) ? c.body(null, 204, NO_STORE) : answerProblem("unknown_moderator"),
    );
}

/** The same doors, as /api/openapi.json describes them. */
export const MODERATOR_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/studio/moderators",
    id: "listModerators",
    summary: "Who keeps order in the chat, with their links",
    security: "streamer",
    answers: { 200: { description: "The moderators", schema: MODERATORS } },
    problems: [401, 403],
  },
  {
    method: "post",
    path: "/api/studio/moderators",
    id: "makeModerator",
    summary: "Make a link by which its holder keeps order in the chat, and sees who watches, until it ends",
    security: "streamer",
    body: NEW_INVITE,
    answers: { 201: { description: "The new moderator", schema: MODERATOR } },
    problems: [400, 401, 403, 409, 413],
  },
  {
    method: "delete",
    path: "/api/studio/moderators/{moderator}",
    id: "withdrawModerator",
    summary: "End a moderator's link now",
    security: "streamer",
    answers: { 204: { description: "It has ended" } },
    problems: [401, 403, 404],
  },
];
