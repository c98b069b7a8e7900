import { z } from "zod";
import { CLIENTS, MODES, QUALITIES, REASONS } from "../../media/audience/viewer.ts";
import { RENDITION_NAMES } from "../../media/hls/rendition.ts";

const RENDITION = z.enum(RENDITION_NAMES);
const COUNT = z.int().nonnegative();

/** A viewer as the streamer sees it. */
export const STUDIO_VIEWER = z.strictObject({
  publicId: z.string(),
  client: z.enum(CLIENTS).describe("The player it was recognized as"),
  mode: z.enum(MODES),
  quality: z.enum(QUALITIES).describe("What it asks for in home mode"),
  rendition: RENDITION.nullable().describe("What its newest segment shows; null before the first"),
  reason: z.enum(REASONS).nullable().describe("Why it is that one"),
  bufferSeconds: z.number().nonnegative().nullable().describe("As its player tells; null where it tells nothing"),
  starvations: COUNT.describe("How often its picture has stood, as its player tells"),
  since: z.iso.datetime().describe("When it began to watch"),
  isBoosted: z.boolean().describe("Whether a donation lifts it now"),
});
export type StudioViewer = z.infer<typeof STUDIO_VIEWER>;

const OUTCAST = z.strictObject({
  publicId: z.string(),
  client: z.enum(CLIENTS),
  until: z.iso.datetime(),
  withAddress: z.boolean().describe("Whether everybody at its address is out as well"),
});
export type OutcastAnswer = z.infer<typeof OUTCAST>;

/** GET /api/studio/viewers. */
export const STUDIO_VIEWERS = z.strictObject({
  viewers: z.array(STUDIO_VIEWER).describe("Those present, who came first standing first; at most 200"),
  total: COUNT,
  putOut: z.array(OUTCAST),
});
export type StudioViewersAnswer = z.infer<typeof STUDIO_VIEWERS>;
