import { Hono } from "hono";
import { z } from "zod";
import type { OverlayToken } from "../../media/studio/overlay_token.ts";
import type { ChatRoom } from "../chat/room.ts";
import type { Book } from "../donations/book.ts";
import { NO_STORE } from "../headers.ts";
import { answerProblem } from "../problems.ts";
import { bearerOf, refuseStranger } from "../streamer_key.ts";
import type { OverlayAnswer, OverlayDonations } from "./schemas.ts";

export interface OverlayDeps {
  readonly overlay: OverlayToken;
  /** Null: no chat. */
  readonly chat: Pick<ChatRoom, "read"> | null;
  /** Null: no donations. */
  readonly book: Pick<Book, "goal" | "thanks"> | null;
  readonly streamerKey: string | null;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

const AFTER = z.string().regex(/^\d{1,16}$/).transform(Number).optional();

/**
 * /api/overlay: what the pages over OBS's picture read, with the overlays' token as a bearer token. It opens nothing else: no door but these asks for it.
 * /api/studio/overlay shows the token to the streamer and makes another one.
 */
export function createOverlayRoutes({ overlay, chat, book, streamerKey, now }: OverlayDeps): Hono {
  const describe = (): OverlayAnswer => ({ token: overlay.text });
  const app = new Hono()
    .use("/api/overlay/*", async (c, next) => {
      const given = bearerOf(c);
      if (given === null) return answerProblem("overlay_token_missing", { headers: { "www-authenticate": 'Bearer realm="overlay"' } });
      return overlay.is(given) ? await next() : answerProblem("wrong_overlay_token");
    })
    .use("/api/studio/overlay/*", async (c, next) => refuseStranger(c, streamerKey) ?? await next())
    .get("/api/studio/overlay", (c) => c.json(describe(), 200, NO_STORE))
    .post("/api/studio/overlay/renew", async (c) => {
      await overlay.renew();
      return c.json(describe(), 200, NO_STORE);
    });
  if (chat) {
    app.get("/api/overlay/chat", (c) => {
      const after = AFTER.safeParse(c.req.query("after"));
      if (!after.success) return answerProblem("bad_query", { detail: "after is a message's number" });
      return c.json(chat.read(after.data ?? null), 200, NO_STORE);
    });
  }
  if (book) {
    app.get("/api/overlay/donations", (c) => {
      const thanks = book.thanks.map(({ atMs, ...each }) => ({ ...each, ageSeconds: Math.max(0, now() - atMs) / 1000 }));
      return c.json({ goal: book.goal, thanks } satisfies OverlayDonations, 200, NO_STORE);
    });
  }
  return app;
}
