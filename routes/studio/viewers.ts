import { Hono } from "hono";
import { z } from "zod";
import type { Experiences } from "../../media/audience/experience.ts";
import type { Viewer } from "../../media/audience/viewer.ts";
import type { Viewers } from "../../media/audience/viewers.ts";
import { readBody } from "../body.ts";
import type { EventHub } from "../event_hub.ts";
import type { Forwarded } from "../forwarded.ts";
import { NO_STORE } from "../headers.ts";
import type { Operation } from "../openapi.ts";
import { answerProblem } from "../problems.ts";
import { refuseOutsider, refuseStranger } from "../streamer_key.ts";
import { CHANGED_WISH, changeWish } from "../wishes.ts";
import type { Outcast, PutOut } from "./put_out.ts";
import { type OutcastAnswer, STUDIO_VIEWER, STUDIO_VIEWERS, type StudioViewer } from "./viewers_schemas.ts";

export interface StudioViewersDeps {
  readonly viewers: Viewers;
  readonly experiences: Pick<Experiences, "of">;
  readonly boostedUntilMs?: (viewer: Viewer) => number | null;
  readonly putOut: PutOut;
  readonly hub: Pick<EventHub, "dismiss">;
  readonly forwarded: Forwarded;
  readonly streamerKey: string | null;
  /** A clock that nobody sets, in ms. */
  readonly monotonic: () => number;
}

const MOST_LISTED = 200;
const DEFAULT_SECONDS = 600;
const SECONDS = z.coerce.number().int().min(1).max(24 * 3600).optional();

/** /api/studio/viewers: who watches; puts one out for some minutes, as a moderator may too, and pins what one gets, which is the streamer's alone. */
export function createStudioViewersRoutes(deps: StudioViewersDeps): Hono {
  const { viewers, putOut, forwarded } = deps;

  function describe(viewer: Viewer): StudioViewer {
    const { publicId, client, mode, quality, firstSeenMs } = viewer;
    const shown = viewer.choices[viewer.lastSlot ?? viewer.slots[0] ?? 0];
    const experience = deps.experiences.of(viewer);
    return {
      publicId,
      client,
      mode,
      quality,
      rendition: shown?.rendition ?? null,
      reason: shown?.reason ?? null,
      bufferSeconds: experience?.bufferSeconds ?? null,
      starvations: experience?.starvations ?? 0,
      since: new Date(firstSeenMs).toISOString(),
      isBoosted: (deps.boostedUntilMs?.(viewer) ?? null) !== null,
    };
  }

  function describeOutcast({ publicId, client, address, untilMs }: Outcast): OutcastAnswer {
    const until = new Date(Date.now() + untilMs - deps.monotonic()).toISOString();
    return { publicId, client, until, withAddress: address !== null };
  }

  return new Hono()
    .use("/api/studio/viewers/*", async (c, next) => refuseOutsider(c, deps.streamerKey) ?? await next())
    .get("/api/studio/viewers", (c) => {
      const present = [...viewers.present()].filter((viewer) => !putOut.has(viewer)).sort((a, b) => a.firstSeenMs - b.firstSeenMs);
      const listed = present.slice(0, MOST_LISTED).map(describe);
      return c.json({ viewers: listed, total: present.length, putOut: putOut.list().map(describeOutcast) }, 200, NO_STORE);
    })
    .patch("/api/studio/viewers/:viewer", async (c) => {
      const refusal = refuseStranger(c, deps.streamerKey);
      if (refusal !== null) return refusal;
      const viewer = viewers.findPublic(c.req.param("viewer"));
      if (viewer === null) return answerProblem("unknown_viewer");
      const body = await readBody(c, CHANGED_WISH);
      if (body.kind === "refused") return body.answer;
      const outcome = changeWish(viewer, body.value);
      if (outcome.kind === "problem") return answerProblem(outcome.problem);
      viewers.wish(viewer, outcome.wish);
      return c.json(describe(viewer), 200, NO_STORE);
    })
    .delete("/api/studio/viewers/:viewer", (c) => {
      const viewer = viewers.findPublic(c.req.param("viewer"));
      if (viewer === null) return answerProblem("unknown_viewer");
      const seconds = SECONDS.safeParse(c.req.query("seconds"));
      if (!seconds.success) return answerProblem("bad_query", { detail: "seconds is a whole number from 1 to 86400" });
      const outcast = putOut.add(viewer, { seconds: seconds.data ?? DEFAULT_SECONDS, sparing: forwarded.ownAddress(c) });
      deps.hub.dismiss((viewerId) => viewerId === viewer.id);
      return c.json(describeOutcast(outcast), 200, NO_STORE);
    })
    .use("/api/studio/put-out/*", async (c, next) => refuseOutsider(c, deps.streamerKey) ?? await next())
    .delete(
      "/api/studio/put-out/:viewer",
      (c) => putOut.readmit(c.req.param("viewer")) ? c.body(null, 204, NO_STORE) : answerProblem("unknown_viewer"),
    );
}

/** The same doors, as /api/openapi.json describes them. */
export const STUDIO_VIEWERS_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/studio/viewers",
    id: "listViewers",
    summary: "Who watches, and who was put out",
    security: "moderator",
    answers: { 200: { description: "The viewers", schema: STUDIO_VIEWERS } },
    problems: [401, 403],
  },
  {
    method: "patch",
    path: "/api/studio/viewers/{viewer}",
    id: "pinViewer",
    summary: "Choose mode and quality for a viewer (its public id), as it can itself",
    security: "streamer",
    body: CHANGED_WISH,
    isBodyOptional: true,
    answers: { 200: { description: "The viewer", schema: STUDIO_VIEWER } },
    problems: [400, 401, 403, 404, 409, 413],
  },
  {
    method: "delete",
    path: "/api/studio/viewers/{viewer}",
    id: "putOutViewer",
    summary: "Put a viewer out, and whoever asks from its address, for ten minutes unless said; the streamer's own address is spared",
    security: "moderator",
    parameters: [{ name: "seconds", in: "query", description: "How long", schema: z.int().min(1).max(24 * 3600) }],
    answers: { 200: { description: "It is out", schema: STUDIO_VIEWERS.shape.putOut.element } },
    problems: [400, 401, 403, 404],
  },
  {
    method: "delete",
    path: "/api/studio/put-out/{viewer}",
    id: "readmitViewer",
    summary: "Let a viewer in again that was put out, and its address",
    security: "moderator",
    answers: { 204: { description: "It may come" } },
    problems: [401, 403, 404],
  },
];
