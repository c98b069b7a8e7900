import { Hono } from "hono";
import { FIRST_WISH, recognizeClient } from "../media/audience/viewer.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import { readBody } from "./body.ts";
import { type DescribeDeps, describeViewer } from "./describe_viewer.ts";
import { identifyOrigin } from "./identify.ts";
import { answerProblem } from "./problems.ts";
import { createRateLimit } from "./rate_limit.ts";
import { CHANGED_WISH, changeWish, NEW_VIEWER } from "./wishes.ts";

export interface ViewersDeps extends DescribeDeps {
  readonly viewers: Viewers;
  /** In ms. */
  readonly now: () => number;
}

/** A full house opens its pages within a second or two of each other; nobody needs a hundred new viewers each second. Pages that are refused ask again. */
const NEW_VIEWERS = { burst: 50, perSecond: 25 };

/** POST /api/viewers makes a viewer for a page; GET and PATCH /api/viewers/{viewer} tell and change what it has. */
export function createViewersRoutes(deps: ViewersDeps): Hono {
  const { viewers } = deps;
  const mayMake = createRateLimit(NEW_VIEWERS);

  return new Hono()
    .post("/api/viewers", async (c) => {
      const { address, userAgent } = identifyOrigin(c);
      if (!mayMake(address, deps.now())) return answerProblem("too_many_viewers");
      const body = await readBody(c, NEW_VIEWER);
      if (body.kind === "refused") return body.answer;
      const outcome = changeWish(FIRST_WISH, body.value);
      if (outcome.kind === "problem") return answerProblem(outcome.problem);
      const client = recognizeClient(userAgent, body.value.player ?? null);
      const viewer = viewers.create({ client, wish: outcome.wish });
      return viewer === null ? answerProblem("house_full") : c.json(describeViewer(deps, viewer), 201, NO_STORE);
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

const NO_STORE = { "cache-control": "no-store" };
