import { Hono } from "hono";
import { z } from "zod";
import type { Channel } from "../../media/channel.ts";
import { NO_STORE } from "../headers.ts";
import type { Operation } from "../openapi.ts";
import { answerProblem } from "../problems.ts";
import { refuseStranger } from "../streamer_key.ts";

export interface PreviewDeps {
  readonly previews: {
    readonly sources: { list(): readonly { readonly id: string }[] };
    readonly previews: Channel["previews"];
  };
  readonly streamerKey: string | null;
}

/** GET /api/studio/sources/{source}/preview: what an open source shows, small; made while somebody asks for it. */
export function createPreviewRoutes({ previews: { sources, previews }, streamerKey }: PreviewDeps): Hono {
  return new Hono().get("/api/studio/sources/:source/preview", async (c) => {
    const refusal = refuseStranger(c, streamerKey);
    if (refusal !== null) return refusal;
    const id = c.req.param("source");
    if (!sources.list().some((source) => source.id === id)) return answerProblem("unknown_source");
    const preview = await previews.ask(id);
    switch (preview.kind) {
      case "not_open":
        return answerProblem("source_not_open");
      case "not_yet":
        return answerProblem("no_preview_yet");
      case "picture":
        // Whole seconds, as Age has them (RFC 9111, 5.1): of a picture that is made anew twice a second it is 0.
        return c.body(preview.jpeg, 200, { ...NO_STORE, "content-type": "image/jpeg", age: String(Math.floor(preview.ageMs / 1000)) });
    }
  });
}

export const PREVIEW_OPERATION: Operation = {
  method: "get",
  path: "/api/studio/sources/{source}/preview",
  id: "getPreview",
  summary: "What an open source shows, 160 pixels wide at the most, to be asked twice a second; it is made only while somebody asks",
  security: "streamer",
  answers: {
    200: {
      description: "A JPEG; the header Age tells its age in seconds",
      schema: z.string().describe("The picture, as it is"),
      type: "image/jpeg",
    },
  },
  problems: [401, 403, 404, 409],
};
