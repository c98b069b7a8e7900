import { z } from "zod";
import { FILTERS } from "../../media/encoder/filters.ts";
import { INSET_CORNERS, INSET_SIZES, MOST_GAIN, USUAL_INSET } from "../../media/mixer/scene.ts";

const COUNT = z.int().nonnegative();
const GAIN = z.number().min(0).max(MOST_GAIN);
const SOURCE_KINDS = [
  "default",
  "test",
  "screen",
  "obs",
  "srt",
  "browser",
  "publisher",
  "camera_list",
  "camera",
  "file",
  "files",
  "lavfi",
  "address",
] as const;

export const SOURCE = z.strictObject({
  id: z.string(),
  name: z.string().describe("As the streamer wrote it, without the secrets of an address"),
  kind: z.enum(SOURCE_KINDS),
  state: z.enum(["closed", "opening", "open", "away"]).describe("closed: nobody shows it, and nothing of it runs"),
  reason: z.string().nullable().describe("Why it is away"),
  awaySeconds: COUNT.nullable().describe("How long it has been away; null where it is not"),
  tries: COUNT.nullable().describe("How often it was tried in vain since; null where it is not away"),
  picture: z.strictObject({
    width: COUNT,
    height: COUNT,
    rate: z.number().nonnegative().describe("Pictures a second; 0 where nothing is known"),
  })
    .nullable().describe("What was found in it; null before it was looked into, and where there is none"),
  sound: z.strictObject({ channels: COUNT, rate: COUNT.describe("Samples a second") }).nullable(),
  gain: GAIN.describe("What its sound is multiplied by, in whatever scene: 1 is as it comes"),
  muted: z.boolean().describe("Its sound is not heard, and its gain remembered"),
});
export type SourceAnswer = z.infer<typeof SOURCE>;

export const CHANGED_SOURCE = z.strictObject({ gain: SOURCE.shape.gain.optional(), muted: SOURCE.shape.muted.optional() });

export const SOURCES = z.strictObject({ sources: z.array(SOURCE) });

/** Over HTTP no graph and no path can be named: an ffmpeg graph can read and write any file. */
export const NEW_SOURCE = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("test") }),
  z.strictObject({ kind: z.literal("screen") }),
  z.strictObject({
    kind: z.literal("camera"),
    device: z.string().min(1).max(300).optional().describe("As a list of the cameras names it"),
  }),
  z.strictObject({
    kind: z.literal("file"),
    name: z.string().min(1).max(255).describe("Of a file in the folder media/ of the data folder"),
  }),
  z.strictObject({ kind: z.literal("address"), url: z.string().min(1).max(2000).describe("rtsp, rtmp, rtmps, srt, http or https") }),
]);
export type NewSource = z.infer<typeof NEW_SOURCE>;

const INSET = z.strictObject({
  source: z.string().max(300).describe("The id of a source. While it has no picture the inset is left out"),
  size: z.enum(INSET_SIZES).describe("How wide it is, of the canvas; a picture that is narrower than the canvas is so high"),
  corner: z.enum(INSET_CORNERS),
});

export const SCENE = z.strictObject({
  source: z.string().max(300).describe("The id of a source"),
  gain: SOURCE.shape.gain,
  inset: INSET.nullable().describe("A second source in a corner, heard as well; null for none"),
});

export type SceneAnswer = z.infer<typeof SCENE>;

export const NEW_SCENE = z.strictObject({
  source: SCENE.shape.source,
  gain: GAIN.optional().describe("Left out: as it was"),
  inset: z.strictObject({
    source: INSET.shape.source,
    size: INSET.shape.size.default(USUAL_INSET.size),
    corner: INSET.shape.corner.default(USUAL_INSET.corner),
  }).nullable().default(null),
  fadeSeconds: z.number().min(0).max(0.5).default(0).describe("So long the one goes over into the other, picture and sound"),
});

/** By name only: nothing that comes over HTTP becomes a part of a graph. */
export const FILTER = z.strictObject({ filter: z.enum(FILTERS).describe("Laid over the whole show, until it is another") });
export type FilterAnswer = z.infer<typeof FILTER>;

export const LOGO = z.strictObject({
  logo: z.strictObject({ x: COUNT, y: COUNT, width: COUNT, height: COUNT }).nullable()
    .describe("Where it lies on the canvas, in pixels; null without one"),
});

export type LogoAnswer = z.infer<typeof LOGO>;

export const CORNER = z.enum(INSET_CORNERS);

const TEXT_CORNER = CORNER.default("bottom_left");

export const NEW_TEXT = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("words"),
    words: z.string().max(80).regex(/^(?=.*\S)(?:[^\p{C}]|\u200d)+$/u, "one line that is not empty, without control characters").describe(
      "A name, a title",
    ),
    corner: TEXT_CORNER,
  }),
  z.strictObject({ kind: z.literal("clock"), corner: TEXT_CORNER }),
  z.strictObject({ kind: z.literal("countdown"), until: z.iso.datetime({ offset: true }), corner: TEXT_CORNER }),
]);
export type NewText = z.infer<typeof NEW_TEXT>;

export const TEXT = z.strictObject({
  text: z.union(NEW_TEXT.options).nullable().describe("What is written over the show; null for nothing"),
});
export type TextAnswer = z.infer<typeof TEXT>;

const LEVEL = {
  peak: z.number().nonnegative().describe("The loudest sample of the last eighth of a second; more than 1 is too loud"),
  rms: z.number().nonnegative().describe("The root of the mean of their squares"),
};

export const LEVELS = z.strictObject({
  mix: z.strictObject(LEVEL).describe("As it is sent"),
  sources: z.array(z.strictObject({ source: z.string(), ...LEVEL })).describe("Those of the scene, each before its gain, muted or not"),
});
export type LevelsAnswer = z.infer<typeof LEVELS>;
