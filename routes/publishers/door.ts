import { Hono } from "hono";
import type { PublisherKey } from "../../media/ingest/publishers.ts";
import type { PublisherKeys } from "../../media/ingest/publishers_file.ts";
import { readBody } from "../body.ts";
import { NO_STORE } from "../headers.ts";
import { answerProblem } from "../problems.ts";
import { refuseStranger } from "../streamer_key.ts";
import { PUBLISHER_NAME, type PublisherAnswer } from "./schemas.ts";

/** What the door asks of the publishers and of their keys. */
export interface PublishersDeps {
  readonly keys: PublisherKeys;
  /** Who publishes with that key now, and what the line that judges says of it; null for nobody. */
  publishing(keyId: string): PublisherAnswer["publishing"];
  /** The key has another name, or is no longer good: whoever publishes with it is told. */
  renamed(keyId: string, name: string): void;
  withdrawn(keyId: string): void;
}

/** /api/studio/publishers: the keys of publishers, for the streamer alone. A key's text stands in one answer and is kept nowhere. */
export function createPublishersRoutes({ publishers, streamerKey }: { publishers: PublishersDeps; streamerKey: string | null }): Hono {
  const { keys } = publishers;

  function describe({ id, name, madeAtMs, isUnseen }: PublisherKey): PublisherAnswer {
    return { id, name, madeAt: new Date(madeAtMs).toISOString(), isUnseen, publishing: publishers.publishing(id) };
  }

  return new Hono()
    .use("/api/studio/publishers/*", async (c, next) => refuseStranger(c, streamerKey) ?? await next())
    .get("/api/studio/publishers", (c) => c.json({ publishers: keys.list.map(describe) }, 200, NO_STORE))
    .post("/api/studio/publishers", async (c) => {
      const body = await readBody(c, PUBLISHER_NAME);
      if (body.kind === "refused") return body.answer;
      const made = await keys.make(body.value.name);
      if (made.kind === "too_many") return answerProblem("too_many_publishers");
      if (made.kind !== "made") return answerProblem(made.kind === "name_taken" ? "publisher_name_taken" : "bad_body");
      return c.json({ id: made.key.id, name: made.key.name, key: made.text }, 201, NO_STORE);
    })
    .post("/api/studio/publishers/:publisher/reveal", async (c) => {
      const id = c.req.param("publisher");
      const found = keys.list.find((key) => key.id === id);
      if (found === undefined) return answerProblem("unknown_publisher");
      const key = await keys.reveal(id);
      return key === null ? answerProblem("publisher_key_shown") : c.json({ id, name: found.name, key }, 200, NO_STORE);
    })
    .patch("/api/studio/publishers/:publisher", async (c) => {
      const body = await readBody(c, PUBLISHER_NAME);
      if (body.kind === "refused") return body.answer;
      const outcome = await keys.rename(c.req.param("publisher"), body.value.name);
      if (outcome.kind === "unknown_key") return answerProblem("unknown_publisher");
      if (outcome.kind !== "renamed") return answerProblem(outcome.kind === "name_taken" ? "publisher_name_taken" : "bad_body");
      publishers.renamed(outcome.key.id, outcome.key.name);
      return c.json(describe(outcome.key), 200, NO_STORE);
    })
    .delete("/api/studio/publishers/:publisher", async (c) => {
      const id = c.req.param("publisher");
      if (!await keys.withdraw(id)) return answerProblem("unknown_publisher");
      publishers.withdrawn(id);
      return c.body(null, 204);
    });
}
