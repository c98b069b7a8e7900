import { Hono } from "hono";
import { z } from "zod";
import type { ShowDesk } from "../../media/life/show_desk.ts";
import type { LifeRefusal, LifeWish, ShowLife } from "../../media/life/show_life.ts";
import { readBody } from "../body.ts";
import { NO_STORE } from "../headers.ts";
import type { Operation } from "../openapi.ts";
import { answerProblem, type Problem } from "../problems.ts";
import { DESCRIPTION, TITLE } from "../schemas.ts";
import { describeAbout } from "../show_about.ts";
import { refuseStranger } from "../streamer_key.ts";

const TIME = z.iso.datetime({ offset: true });
const STATES = ["waiting", "on_air", "paused", "ended"] as const;

const SHOW = z.strictObject({
  state: z.enum([...STATES, "ending"]).describe("ending: the closing card stands for ten seconds, then every playlist ends"),
  title: z.string(),
  description: z.string(),
  startsAt: z.iso.datetime().nullable().describe("When a show that is waited for is announced to begin"),
  startsByItself: z.boolean().describe("It then goes on air without a press"),
  backAt: z.iso.datetime().nullable().describe("What the countdown on the card of a pause counts to"),
});
export type ShowAnswer = z.infer<typeof SHOW>;

const NEW_SHOW = z.strictObject({
  state: z.enum(STATES).optional().describe("Left out: as it is"),
  title: TITLE.optional(),
  description: DESCRIPTION.optional(),
  startsAt: TIME.nullable().optional().describe("With the state waiting; null for no time"),
  startsByItself: z.boolean().optional().describe("With the state waiting"),
  backAt: TIME.nullable().optional().describe("With the state paused; null for no countdown"),
});
export type NewShow = z.input<typeof NEW_SHOW>;

export interface StudioShowDeps {
  readonly desk: ShowDesk;
  readonly streamerKey: string | null;
  /** Of the wall clock, in ms. */
  readonly nowMs: () => number;
}

/** GET, PUT /api/studio/show: starts, pauses and ends the show, announces the next one, and says what it is called. */
export function createStudioShowRoutes({ desk, streamerKey, nowMs }: StudioShowDeps): Hono {
  return new Hono()
    .get("/api/studio/show", (c) => refuseStranger(c, streamerKey) ?? c.json(describeShow(desk), 200, NO_STORE))
    .put("/api/studio/show", async (c) => {
      const refusal = refuseStranger(c, streamerKey);
      if (refusal !== null) return refusal;
      const body = await readBody(c, NEW_SHOW);
      if (body.kind === "refused") return body.answer;
      const { title, description } = body.value;
      const errors = findContradictions(body.value, nowMs());
      if (errors.length > 0) {
        return answerProblem("bad_body", { detail: errors.map(({ field, message }) => `${field}: ${message}`).join("; "), errors });
      }
      const wish = readWish(body.value, desk.about.life);
      const outcome = wish && desk.press(wish);
      if (outcome?.kind === "refused") return answerProblem(REFUSALS[outcome.reason]);
      if (title !== undefined || description !== undefined) {
        desk.say({ ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) });
      }
      return c.json(describeShow(desk), 200, NO_STORE);
    });
}

const REFUSALS: Readonly<Record<LifeRefusal, Problem>> = { off_air: "show_not_on", on_air: "show_on" };

function describeShow({ about }: ShowDesk): ShowAnswer {
  return { state: about.life.kind, ...describeAbout(about) };
}

type Asked = z.output<typeof NEW_SHOW>;

/** What each field may stand with, and that no time is over. */
function findContradictions(asked: Asked, nowMs: number) {
  const { state, startsAt, startsByItself, backAt } = asked;
  const belong = [["startsAt", startsAt, "waiting"], ["startsByItself", startsByItself, "waiting"], ["backAt", backAt, "paused"]] as const;
  const errors = belong.filter(([, value, own]) => value !== undefined && stateOf(asked) !== own)
    .map(([field, value, own]) => ({ field, value, message: `goes with the state ${own}, not with ${state ?? stateOf(asked)}` }));
  for (const [field, value] of [["startsAt", startsAt], ["backAt", backAt]] as const) {
    if (value && Date.parse(value) <= nowMs) errors.push({ field, value, message: "this time is over" } as never);
  }
  return errors;
}

/** What is wished for, said or meant. */
function stateOf({ state, startsAt, startsByItself, backAt }: Asked): (typeof STATES)[number] | null {
  if (state !== undefined) return state;
  if (startsAt !== undefined || startsByItself !== undefined) return "waiting";
  return backAt === undefined ? null : "paused";
}

function readWish(asked: Asked, life: ShowLife): LifeWish | null {
  const state = stateOf(asked);
  switch (state) {
    case null:
      return null;
    case "waiting": {
      const before = life.kind === "waiting" ? life : null;
      return {
        state,
        startsAtMs: asked.startsAt === undefined ? before?.startsAtMs ?? null : readTime(asked.startsAt),
        startsByItself: asked.startsByItself ?? before?.startsByItself ?? false,
      };
    }
    case "paused":
      return {
        state,
        backAtMs: asked.backAt === undefined ? (life.kind === "paused" ? life.backAtMs : null) : readTime(asked.backAt),
      };
    default:
      return { state };
  }
}

function readTime(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

/** The same doors, as /api/openapi.json describes them. */
export const STUDIO_SHOW_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/studio/show",
    id: "getShow",
    summary: "Where the show stands in its life, and what it is called",
    security: "streamer",
    answers: { 200: { description: "The show", schema: SHOW } },
    problems: [401, 403],
  },
  {
    method: "put",
    path: "/api/studio/show",
    id: "putShow",
    summary:
      "Start (on_air), pause (paused), go on (on_air) or end (ended) the show, announce the next one (waiting), change title and description; what is left out stays",
    security: "streamer",
    body: NEW_SHOW,
    answers: { 200: { description: "It is so", schema: SHOW } },
    problems: [400, 401, 403, 409, 413],
  },
];
