import { Hono } from "hono";
import { z } from "zod";
import type { Viewers } from "../../media/audience/viewers.ts";
import type { Edge } from "../../media/relay/roster.ts";
import { NO_STORE } from "../headers.ts";
import type { Operation } from "../openapi.ts";
import { refuseStranger } from "../streamer_key.ts";

export interface StudioEdgesDeps {
  /** Those that have told of themselves in the last five seconds. */
  readonly edges: () => readonly Edge[];
  /** All of them, those on edges included. */
  readonly viewers: Pick<Viewers, "count">;
  readonly streamerKey: string | null;
}

const COUNT = z.int().nonnegative();
const EDGE = z.strictObject({
  id: z.string(),
  name: z.string().describe("Its --public, or an address of its machine"),
  publicUrl: z.string().nullable().describe("Where players fetch its media; null: through the balancer"),
  viewers: COUNT,
  ready: z.boolean().describe("It has the show, and nothing is late"),
  draining: z.boolean().describe("It is about to end, and its viewers go on elsewhere"),
  lateSeconds: z.number().describe("How much later than usual its newest part came"),
  silentSeconds: z.number().nullable().describe("For how long no part has come; null before the first"),
  load: z.number().describe("Of one core, over the last second"),
  spent: z.number().describe("Bits per second that its viewers cost"),
  spendable: z.number().describe("Bits per second that they may"),
  since: z.iso.datetime(),
});
const EDGES = z.strictObject({
  edges: z.array(EDGE),
  viewers: z.strictObject({ here: COUNT, onEdges: COUNT }).describe(
    "Who watches at the box that makes the show, and at all edges together",
  ),
});

export type EdgeAnswer = z.infer<typeof EDGE>;
export type EdgesAnswer = z.infer<typeof EDGES>;

/** GET /api/studio/edges: the boxes that serve this show beside the one that makes it, as they stand. */
export function createStudioEdgesRoutes({ edges, viewers, streamerKey }: StudioEdgesDeps): Hono {
  return new Hono().get("/api/studio/edges", (c) => {
    const refusal = refuseStranger(c, streamerKey);
    if (refusal !== null) return refusal;
    const list = edges();
    const onEdges = list.reduce((sum, edge) => sum + edge.viewers, 0);
    return c.json({ edges: list.map(describe), viewers: { here: Math.max(0, viewers.count().total - onEdges), onEdges } }, 200, NO_STORE);
  });
}

function describe(edge: Edge): EdgeAnswer {
  const { id, name, publicUrl, viewers, load } = edge;
  return {
    id,
    name,
    publicUrl,
    viewers,
    ready: edge.isReady,
    draining: edge.isDraining,
    lateSeconds: edge.lateMs / 1000,
    silentSeconds: edge.silentMs === null ? null : edge.silentMs / 1000,
    load,
    spent: edge.spentBitsPerSecond,
    spendable: edge.spendableBitsPerSecond,
    since: new Date(edge.startedAtMs).toISOString(),
  };
}

/** The same door, as /api/openapi.json describes it. */
export const STUDIO_EDGES_OPERATION: Operation = {
  method: "get",
  path: "/api/studio/edges",
  id: "listEdges",
  summary: "The boxes that serve this show beside this one: who watches there, how late they are, what they have left",
  security: "streamer",
  answers: { 200: { description: "The edges, by name", schema: EDGES } },
  problems: [401, 403],
};
