import { Hono } from "hono";
import { z } from "zod";
import type { SourceView } from "../../media/mixer/sources/sources.ts";
import { HQ_SCORE, MQ_SCORE } from "../../media/audience/motion.ts";
import type { Viewers } from "../../media/audience/viewers.ts";
import { NO_STORE } from "../headers.ts";
import type { Operation } from "../openapi.ts";
import { refuseStranger } from "../streamer_key.ts";
import type { StreamStatus } from "../stream.ts";
import type { Past, PastMoment } from "./past.ts";
import type { SaidLines } from "./said_lines.ts";

export interface StudioHealthDeps {
  readonly studio: {
    readonly scene: { readonly source: string };
    readonly sources: { list(): readonly Pick<SourceView, "id" | "name" | "state">[] };
  };
  readonly viewers: Pick<Viewers, "count" | "present">;
  readonly status: () => StreamStatus;
  readonly gauges?: () => Iterable<readonly [name: string, help: string, value: number]>;
  readonly past: Pick<Past, "moments">;
  readonly said: Pick<SaidLines, "lines">;
  readonly streamerKey: string | null;
}

const COUNT = z.int().nonnegative();
const PROBLEM = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("stalled") }).describe("Nothing is published"),
  z.strictObject({ kind: z.literal("starting") }),
  z.strictObject({ kind: z.literal("overfull"), watching: COUNT }).describe("The uplink is too small even for the least rendition for all"),
  z.strictObject({ kind: z.literal("away"), name: z.string(), reason: z.string() }).describe(
    "The source on air is away, and the card stands",
  ),
  z.strictObject({ kind: z.literal("slow"), step: COUNT }).describe("The machine is too slow, and encodes coarser by so many steps"),
  z.strictObject({ kind: z.literal("silent") }).describe("The source has sound, of which nothing was heard for a minute"),
  z.strictObject({ kind: z.literal("budget"), count: COUNT }).describe("So many get less than they wish, as the uplink is full"),
]);
export type HealthProblem = z.infer<typeof PROBLEM>;

const HEALTH = z.strictObject({
  problems: z.array(PROBLEM).describe("The worst first; none where all is well"),
  said: z.array(z.strictObject({ at: z.iso.datetime(), text: z.string() })).describe("The last lines for the streamer, the newest last"),
});
export type HealthAnswer = z.infer<typeof HEALTH>;

const COLUMN = z.array(COUNT);
const PAST = z.strictObject({
  atMs: COLUMN.describe("A moment every two seconds, in ms since 1970, the newest last; each column beside has as many values"),
  viewers: COLUMN,
  spent: z.strictObject({ hq: COLUMN, mq: COLUMN, lq: COLUMN }).describe("What those cost who get it, in bits per second"),
  spendable: COLUMN.describe("What all may cost, in bits per second"),
  motion: z.array(COUNT.nullable()).describe("The score, 1 to 100; null off the air"),
  motionFrom: z.strictObject({ hq: COUNT, mq: COUNT }).describe("From which score on a rendition is picked for those who go by it"),
  owed: COLUMN.describe("Pictures that the encoder has and has not given back"),
  leftOut: COLUMN.describe("Pictures that were not encoded since the moment before, because the encoder was behind"),
  step: COLUMN.describe("0 is as set; more is coarser, because the machine is too slow"),
});
export type PastAnswer = z.infer<typeof PAST>;

/** GET /api/studio/health: what is wrong, the worst first, and what was said of it. GET /api/studio/past: the last ten minutes in numbers. */
export function createStudioHealthRoutes(deps: StudioHealthDeps): Hono {
  return new Hono()
    .get("/api/studio/health", (c) => {
      const refusal = refuseStranger(c, deps.streamerKey);
      if (refusal !== null) return refusal;
      const said = deps.said.lines.map(({ atMs, text }) => ({ at: new Date(atMs).toISOString(), text }));
      return c.json({ problems: findProblems(deps), said }, 200, NO_STORE);
    })
    .get(
      "/api/studio/past",
      (c) => refuseStranger(c, deps.streamerKey) ?? c.json(describePast(deps.past.moments), 200, NO_STORE),
    );
}

function describePast(moments: readonly PastMoment[]): PastAnswer {
  const column = (read: (moment: PastMoment) => number) => moments.map(read);
  return {
    atMs: column(({ atMs }) => atMs),
    viewers: column(({ viewers }) => viewers),
    spent: { hq: column(({ spent }) => spent[0]), mq: column(({ spent }) => spent[1]), lq: column(({ spent }) => spent[2]) },
    spendable: column(({ spendable }) => spendable),
    motion: moments.map(({ motion }) => motion),
    motionFrom: { hq: HQ_SCORE, mq: MQ_SCORE },
    owed: column(({ owed }) => owed),
    // The count of a new show begins anew.
    leftOut: moments.map(({ leftOut }, at) => Math.max(0, leftOut - (moments[at - 1]?.leftOut ?? leftOut))),
    step: column(({ step }) => step),
  };
}

export function findProblems(deps: Pick<StudioHealthDeps, "studio" | "viewers" | "status" | "gauges">): readonly HealthProblem[] {
  const { state, budget = null } = deps.status();
  const gauges = new Map([...deps.gauges?.() ?? []].map(([name, , value]) => [name, value]));
  const { total } = deps.viewers.count();
  const problems: HealthProblem[] = [];
  if (state === "stalled") problems.push({ kind: "stalled" });
  if (state === "starting") problems.push({ kind: "starting" });
  if (state === "card") {
    const onAir = deps.studio.sources.list().find(({ id }) => id === deps.studio.scene.source);
    if (onAir !== undefined) {
      problems.push({ kind: "away", name: onAir.name, reason: onAir.state.kind === "away" ? onAir.state.reason : "no picture comes" });
    }
  }
  const isOverfull = budget !== null && budget.spent > budget.spendable;
  if (isOverfull) problems.push({ kind: "overfull", watching: total });
  const step = gauges.get("encoding_step") ?? 0;
  if (step > 0) problems.push({ kind: "slow", step });
  if (gauges.get("sound_missing") === 1) problems.push({ kind: "silent" });
  const count = isOverfull ? 0 : countHeldBack(deps.viewers);
  if (count > 0) problems.push({ kind: "budget", count });
  return problems;
}

function countHeldBack(viewers: Pick<Viewers, "present">): number {
  let count = 0;
  for (const { lastSlot, choices } of viewers.present()) if (lastSlot !== null && choices[lastSlot]?.reason === "budget") count++;
  return count;
}

/** The same doors, as /api/openapi.json describes them. */
export const STUDIO_HEALTH_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/studio/health",
    id: "readHealth",
    summary: "What is wrong, the worst first, and what the server has said lately",
    security: "streamer",
    answers: { 200: { description: "The health", schema: HEALTH } },
    problems: [401, 403],
  },
  {
    method: "get",
    path: "/api/studio/past",
    id: "readPast",
    summary: "Uplink by rendition, viewers, motion and the encoder over the last ten minutes",
    security: "streamer",
    answers: { 200: { description: "The last ten minutes", schema: PAST } },
    problems: [401, 403],
  },
];
