import { type Context, Hono } from "hono";
import type { Invite } from "../../media/room/invites.ts";
import type { Invites } from "../../media/room/invites_file.ts";
import { readBody } from "../body.ts";
import { type Forwarded, isLoopbackName, originOf } from "../forwarded.ts";
import { NO_STORE } from "../headers.ts";
import { answerProblem } from "../problems.ts";
import { refuseStranger } from "../streamer_key.ts";
import { type InviteAnswer, NEW_INVITE } from "./schemas.ts";

export interface InvitesDeps {
  readonly room: { readonly invites: Invites };
  readonly forwarded: Forwarded;
  readonly streamerKey: string | null;
  /** The page's address for others on the network, for who asks as `localhost`; left out or null: there is none. */
  readonly reach?: () => string | null;
}

/** /api/studio/invites: links that let people and players in until they end, for the streamer alone. */
export function createInvitesRoutes({ room, forwarded, streamerKey, reach }: InvitesDeps): Hono {
  const { invites } = room;

  function describe(c: Context, invite: Invite): InviteAnswer {
    const front = forwarded.front(c);
    const base = (isLoopbackName(front.host ?? "") ? reach?.() : null) ?? `${originOf(front)}/`;
    const token = invites.tokenOf(invite);
    return {
      id: invite.id,
      name: invite.name,
      madeAt: new Date(invite.madeAtMs).toISOString(),
      endsAt: new Date(invite.endsAtMs).toISOString(),
      link: `${base}?invite=${token}`,
      player: `${base}live.m3u8?invite=${token}`,
    };
  }

  return new Hono()
    .use("/api/studio/invites/*", async (c, next) => refuseStranger(c, streamerKey) ?? await next())
    .get("/api/studio/invites", (c) => c.json({ invites: invites.list.map((invite) => describe(c, invite)) }, 200, NO_STORE))
    .post("/api/studio/invites", async (c) => {
      const body = await readBody(c, NEW_INVITE);
      if (body.kind === "refused") return body.answer;
      const made = await invites.make(body.value);
      return made === "too_many" ? answerProblem("too_many_invites") : c.json(describe(c, made), 201, NO_STORE);
    })
    .delete(
      "/api/studio/invites/:invite",
      async (c) => await invites.withdraw(c.req.param("invite")) ? c.body(null, 204) : answerProblem("unknown_invite"),
    );
}
