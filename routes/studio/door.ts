import { type Context, Hono } from "hono";
import type { Channel } from "../../media/channel.ts";
import { AS_IT_COMES, INSET_CORNERS, type Scene } from "../../media/mixer/scene.ts";
import type { SourceView } from "../../media/mixer/sources/sources.ts";
import { readBody, readBytes } from "../body.ts";
import { NO_STORE } from "../headers.ts";
import { answerProblem } from "../problems.ts";
import { refuseStranger } from "../streamer_key.ts";
import { type NewSourceHost, readNewSource } from "./new_source.ts";
import {
  CHANGED_SOURCE,
  CORNER,
  FILTER,
  type LevelsAnswer,
  type LogoAnswer,
  NEW_SCENE,
  NEW_SOURCE,
  NEW_TEXT,
  type SceneAnswer,
  type SourceAnswer,
  type TextAnswer,
} from "./schemas.ts";
import { readText, writeText } from "./text_line.ts";

export interface StudioDeps extends NewSourceHost {
  readonly studio: Pick<Channel, "scene" | "setScene" | "levels" | "filter" | "setFilter" | "overlays"> & {
    readonly sources: Pick<Channel["sources"], "list" | "add" | "remove" | "setSound">;
  };
  /** Null where there is no streamer: then nobody may. */
  readonly streamerKey: string | null;
}

/** /api/studio: what the streamer can show and what is shown, with the streamer's key as a bearer token. */
export function createStudioRoutes({ studio, streamerKey, ...host }: StudioDeps): Hono {
  const { sources, overlays } = studio;
  return new Hono()
    .use("/api/studio/*", async (c, next) => {
      const refusal = refuseStranger(c, streamerKey);
      if (refusal !== null) return refusal;
      await next();
    })
    .get("/api/studio/sources", (c) => c.json({ sources: sources.list().map(describeSource) }, 200, NO_STORE))
    .post("/api/studio/sources", async (c) => {
      const body = await readBody(c, NEW_SOURCE);
      if (body.kind === "refused") return body.answer;
      if (sources.list().length >= MOST_SOURCES) return answerProblem("too_many_sources", { detail: `there are ${MOST_SOURCES}` });
      const asked = await readNewSource(body.value, host);
      if (asked.kind === "refused") {
        const { field, value, message } = asked;
        return answerProblem("bad_source", {
          detail: `${field} = ${JSON.stringify(value)}: ${message}`,
          errors: [{ field, value, message }],
        });
      }
      return c.json(describeSource(sources.add(asked.source)), 201, NO_STORE);
    })
    .patch("/api/studio/sources/:source", async (c) => {
      const id = c.req.param("source");
      const body = await readBody(c, CHANGED_SOURCE);
      if (body.kind === "refused") return body.answer;
      const { gain, muted } = body.value;
      const isKnown = sources.setSound(id, { ...(gain === undefined ? {} : { gain }), ...(muted === undefined ? {} : { isMuted: muted }) });
      if (!isKnown) return answerProblem("unknown_source");
      return c.json(describeSource(sources.list().find((source) => source.id === id)!), 200, NO_STORE);
    })
    .delete("/api/studio/sources/:source", (c) => {
      const id = c.req.param("source");
      if (!sources.list().some((source) => source.id === id)) return answerProblem("unknown_source");
      return sources.remove(id) ? c.body(null, 204) : answerProblem("source_in_use");
    })
    .get("/api/studio/scene", (c) => c.json(describeScene(studio), 200, NO_STORE))
    .get("/api/studio/levels", (c) => c.json(describeLevels(studio.levels()), 200, NO_STORE))
    .get("/api/studio/filter", (c) => c.json({ filter: studio.filter }, 200, NO_STORE))
    .put("/api/studio/filter", async (c) => {
      const body = await readBody(c, FILTER);
      if (body.kind === "refused") return body.answer;
      studio.setFilter(body.value.filter);
      return c.json({ filter: studio.filter }, 200, NO_STORE);
    })
    .get("/api/studio/logo", (c) => c.json(describeLogo(overlays.logo), 200, NO_STORE))
    .put("/api/studio/logo", async (c) => await putLogo(c, overlays))
    .delete("/api/studio/logo", async (c) => {
      await overlays.setLogo(null);
      return c.body(null, 204);
    })
    .get("/api/studio/text", (c) => c.json(describeText(overlays.text), 200, NO_STORE))
    .put("/api/studio/text", async (c) => await putText(c, overlays))
    .delete("/api/studio/text", async (c) => {
      await overlays.setText(null);
      return c.body(null, 204);
    })
    .put("/api/studio/scene", async (c) => await putScene(c, studio));
}

/** Each is a line in the studio, and a look at the start of its first showing. */
const MOST_SOURCES = 50;

const LARGEST_LOGO_BYTES = 1 << 20;

async function putLogo(c: Context, overlays: Channel["overlays"]): Promise<Response> {
  const asked = c.req.query("corner") ?? "top_right";
  const corner = CORNER.safeParse(asked);
  if (!corner.success) return answerProblem("bad_query", { detail: `corner = ${JSON.stringify(asked)}: use ${INSET_CORNERS.join(", ")}` });
  const body = await readBytes(c, LARGEST_LOGO_BYTES);
  if (body.kind === "refused") return body.answer;
  const outcome = await overlays.setLogo({ png: body.value, corner: corner.data });
  return outcome.kind === "refused"
    ? answerProblem("bad_logo", { detail: outcome.reason })
    : c.json(describeLogo(overlays.logo), 200, NO_STORE);
}

function describeLogo(logo: Channel["overlays"]["logo"]): LogoAnswer {
  return { logo: logo && { x: logo.x, y: logo.y, width: logo.width, height: logo.height } };
}

async function putText(c: Context, overlays: Channel["overlays"]): Promise<Response> {
  const body = await readBody(c, NEW_TEXT);
  if (body.kind === "refused") return body.answer;
  const outcome = await overlays.setText(readText(body.value));
  return outcome.kind === "refused"
    ? answerProblem("bad_text", { detail: outcome.reason })
    : c.json(describeText(overlays.text), 200, NO_STORE);
}

function describeText(text: Channel["overlays"]["text"]): TextAnswer {
  return { text: text && writeText(text) };
}

async function putScene(c: Context, studio: StudioDeps["studio"]): Promise<Response> {
  const body = await readBody(c, NEW_SCENE);
  if (body.kind === "refused") return body.answer;
  const { gain, fadeSeconds, ...scene } = body.value;
  const outcome = await studio.setScene(scene, fadeSeconds * 1000);
  switch (outcome.kind) {
    case "shown":
      if (gain !== undefined) studio.sources.setSound(scene.source, { gain });
      return c.json(describeScene(studio), 200, NO_STORE);
    case "unknown_source":
      return answerUnknown(outcome.source, scene);
    case "not_ready":
      return answerProblem("source_not_ready", { detail: outcome.reason });
    case "replaced":
      return answerProblem("scene_replaced");
  }
}

function answerUnknown(value: string, scene: Scene): Response {
  const field = value === scene.source ? "source" : "inset.source";
  const message = "there is no source of this id; /api/studio/sources lists them";
  return answerProblem("unknown_source", {
    detail: `${field} = ${JSON.stringify(value)}: ${message}`,
    errors: [{ field, value, message }],
  });
}

function describeScene({ scene, sources }: StudioDeps["studio"]): SceneAnswer {
  const sound = sources.list().find(({ id }) => id === scene.source)?.sound ?? AS_IT_COMES;
  return { ...scene, gain: sound.gain };
}

function describeLevels({ mix, sources }: ReturnType<Channel["levels"]>): LevelsAnswer {
  return { mix, sources: [...sources].map(([source, level]) => ({ source, ...level })) };
}

function describeSource({ id, name, kind, state, awayMs, found, sound: { gain, isMuted } }: SourceView): SourceAnswer {
  const { video = null, sound = null } = found ?? {};
  return {
    id,
    name,
    kind,
    state: state.kind,
    reason: state.kind === "away" ? state.reason : null,
    awaySeconds: awayMs === null ? null : Math.max(0, Math.round(awayMs / 1000)),
    tries: state.kind === "away" ? state.tries : null,
    picture: video && { width: video.width, height: video.height, rate: video.rate },
    sound: sound && { channels: sound.channels, rate: sound.rate },
    gain,
    muted: isMuted,
  };
}
