import { Hono } from "hono";
import { recognizeClient, type Viewer } from "../media/audience/viewer.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import { readBody } from "./body.ts";
import { answerProblem } from "./problems.ts";
import { CHANGED_WISH, changeWish, NEW_VIEWER } from "./wishes.ts";

export interface ViewersDeps {
  readonly viewers: Viewers;
  readonly title: string;
}

/** POST /api/viewers makes a viewer for a page; GET and PATCH /api/viewers/{viewer} tell and change what it has. */
export function createViewersRoutes({ viewers, title }: ViewersDeps): Hono {
  function describe(viewer: Viewer) {
    const { cap } = viewers.circumstances(viewer);
    const shown = viewer.choices[viewer.lastSlot ?? viewer.slots[0] ?? 0];
    return {
      id: viewer.id,
      // Relative to the server's root, which a proxy may have put in a folder.
      playlist: `v/${viewer.id}/live.m3u8`,
      title,
      mode: viewer.mode,
      quality: viewer.quality,
      client: viewer.client,
      cap,
      rendition: shown?.rendition ?? null,
      reason: shown?.reason ?? null,
      boostedUntil: null,
    };
  }

  return new Hono()
    .post("/api/viewers", async (c) => {
      const body = await readBody(c, NEW_VIEWER);
      if (body.kind === "refused") return body.answer;
      const outcome = changeWish({ mode: "home", quality: "auto" }, body.value);
      if (outcome.kind === "problem") return answerProblem(outcome.problem);
      const client = recognizeClient(c.req.header("user-agent") ?? "", body.value.player ?? null);
      const viewer = viewers.create({ client, wish: outcome.wish });
      return viewer === null ? answerProblem("house_full") : c.json(describe(viewer), 201, NO_STORE);
    })
    .get("/api/viewers/:viewer", (c) => {
      const viewer = viewers.find(c.req.param("viewer"));
      return viewer === null ? answerProblem("unknown_viewer") : c.json(describe(viewer), 200, NO_STORE);
    })
    .patch("/api/viewers/:viewer", async (c) => {
      const viewer = viewers.find(c.req.param("viewer"));
      if (viewer === null) return answerProblem("unknown_viewer");
      const body = await readBody(c, CHANGED_WISH);
      if (body.kind === "refused") return body.answer;
      const outcome = changeWish(viewer, body.value);
      if (outcome.kind === "problem") return answerProblem(outcome.problem);
      viewers.wish(viewer, outcome.wish);
      return c.json(describe(viewer), 200, NO_STORE);
    });
}

const NO_STORE = { "cache-control": "no-store" };
