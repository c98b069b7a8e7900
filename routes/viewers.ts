import { Hono } from "hono";
import { FIRST_WISH, recognizeClient } from "../media/audience/viewer.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import { readBody } from "./body.ts";
import { type DescribeDeps, describeViewer } from "./describe_viewer.ts";
import type { Forwarded } from "./forwarded.ts";
import type { PutOut } from "./studio/put_out.ts";
import type { Limits } from "./limits.ts";
import { NO_STORE } from "./headers.ts";
import { answerProblem } from "./problems.ts";
import { CHANGED_WISH, changeWish, NEW_VIEWER } from "./wishes.ts";

export interface ViewersDeps extends DescribeDeps {
  readonly viewers: Viewers;
  readonly forwarded: Forwarded;
  readonly limits: Limits;
  readonly putOut: Pick<PutOut, "note">;
}

/** POST /api/viewers makes a viewer for a page; GET and PATCH /api/viewers/{viewer} tell and change what it has. */
export function createViewersRoutes(deps: ViewersDeps): Hono {
  const { viewers, forwarded, limits } = deps;

  return new Hono()
    .post("/api/viewers", async (c) => {
      if (!limits.may("viewer", forwarded.ownAddress(c))) return await limits.late(answerProblem("too_many_viewers"));
      const body = await readBody(c, NEW_VIEWER);
      if (body.kind === "refused") return body.answer;
      const outcome = changeWish(FIRST_WISH, body.value);
      if (outcome.kind === "problem") return answerProblem(outcome.problem);
      const client = recognizeClient(forwarded.origin(c).userAgent, body.value.player ?? null);
      const viewer = viewers.create({ client, wish: outcome.wish, invite: c.get("invite") ?? null });
      if (viewer === null) return answerProblem("house_full");
      deps.putOut.note(viewer, forwarded.ownAddress(c));
      return c.json(describeViewer(deps, viewer), 201, NO_STORE);
    })
    .get("/api/viewers/:viewer", (c) => {
      const viewer = viewers.find(c.req.param("viewer"));
      return viewer === null ? answerProblem("unknown_viewer") : c.json(describeViewer(deps, viewer), 200, NO_STORE);
    })
    .patch("/api/viewers/:viewer", async (c) => {
      const viewer = viewers.find(c.req.param("viewer"));
      if (viewer === null) return answerProblem("unknown_viewer");
      const body = await readBody(c, CHANGED_WISH);
      if (body.kind === "refused") return body.answer;
      const outcome = changeWish(viewer, body.value);
      if (outcome.kind === "problem") return answerProblem(outcome.problem);
      viewers.wish(viewer, outcome.wish);
      return c.json(describeViewer(deps, viewer), 200, NO_STORE);
    });
}
