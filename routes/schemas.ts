import { z } from "zod";
import { CLIENTS, MODES, QUALITIES, REASONS } from "../media/audience/viewer.ts";
import { RENDITION_NAMES } from "../media/hls/rendition.ts";
import { CHAT_EVENTS } from "./chat/schemas.ts";
import { DONATE, DONATION_EVENT, GOAL, GOAL_EVENT } from "./donations/schemas.ts";

// What /api answers, as schemas: the types of the handlers' answers, and what /api/openapi.json says of them.

const RENDITION = z.enum(RENDITION_NAMES);
const COUNT = z.int().nonnegative();

/** What a viewer wishes and what it gets: in its description, and as the event `choice`. */
const CHOICE = z.strictObject({
  mode: z.enum(MODES),
  quality: z.enum(QUALITIES).describe("What it asks for in home mode"),
  cap: RENDITION.describe("The best rendition that the uplink allows it now"),
  rendition: RENDITION.nullable().describe("What its newest segment shows; null before the first"),
  reason: z.enum(REASONS).nullable().describe("Why it is that one"),
  reasonText: z.string().nullable().describe("The same for people"),
  boostedUntil: z.iso.datetime().nullable().describe("Until when a donation lifts its cap"),
});
export type ChoiceAnswer = z.infer<typeof CHOICE>;

/** GET, POST and PATCH of viewers. */
export const VIEWER = z.strictObject({
  id: z.string().describe("The viewer's key: whoever has it can change what this viewer gets"),
  publicId: z.string().describe("The id under which others see this viewer, as in chat and studio"),
  playlist: z.string().describe("Its multivariant playlist, relative to the server's root"),
  title: z.string().describe("The show's title"),
  client: z.enum(CLIENTS).describe("The player it was recognized as"),
  ...CHOICE.shape,
  experience: z.strictObject({
    bufferSeconds: z.number().nonnegative().nullable(),
    throughputBitsPerSecond: z.number().nonnegative().nullable(),
    starvations: COUNT,
    reportedAt: z.iso.datetime(),
  }).nullable().describe("What its player tells of itself (CMCD); null where it tells nothing"),
  donate: DONATE.optional().describe("How it can donate; left out where the streamer takes no donations"),
});
export type ViewerAnswer = z.infer<typeof VIEWER>;

/** As the streamer gives them. */
export const TITLE = z.string().trim().min(1).max(100).regex(/^\P{Cc}*$/u, "has control characters");
export const DESCRIPTION = z.string().trim().max(500).regex(/^(?:\P{Cc}|\n)*$/u, "has control characters");

const LADDER = z.array(z.strictObject({ name: RENDITION, width: COUNT, height: COUNT, bitsPerSecond: COUNT }));

const MOTION = z.strictObject({ score: z.number().min(1).max(100), moving: z.boolean() });
const BUDGET = z.strictObject({ uplink: z.number(), spendable: z.number(), spent: z.number() }).describe("Bits per second");
const AUDIENCE = z.strictObject({
  total: COUNT,
  byRendition: z.partialRecord(RENDITION, COUNT),
  byClient: z.partialRecord(z.enum(CLIENTS), COUNT),
});

/** GET /api/stream. */
export const STREAM = z.strictObject({
  title: z.string(),
  description: z.string().describe("Empty where there is none"),
  state: z.enum(["waiting", "starting", "live", "card", "paused", "stalled", "ending", "ended", "stopped"]).describe(
    "waiting: the show has not begun; live: the source is on air; card: it is away and the card stands; paused: the card stands for a while; " +
      "stalled: nothing has been published for a while; ending: the closing card stands, then every playlist ends; ended: they have",
  ),
  startsAt: z.iso.datetime().nullable().describe("When a show that is waited for is announced to begin"),
  backAt: z.iso.datetime().nullable().describe("When a pause is announced to end"),
  run: z.string().nullable().describe("The run or stint of the slate that is shown; null before the first picture"),
  ladder: LADDER,
  uptimeSeconds: COUNT.describe("How long the show has been on; 0 off the air"),
  motion: MOTION.nullable(),
  budget: BUDGET.nullable(),
  viewers: AUDIENCE,
  goal: GOAL.nullable().optional().describe("What the streamer collects for; left out where no donations are taken"),
  dvrSeconds: z.number().positive().describe("How far back one can go, by v/{viewer}/dvr.m3u8, once the show is that old"),
});
export type StreamAnswer = z.infer<typeof STREAM>;

/** Whatever failed (RFC 9457). */
export const PROBLEM = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  kind: z.string().describe("For programs"),
  detail: z.string().optional(),
  errors: z.array(z.strictObject({ field: z.string(), value: z.unknown(), message: z.string() })).optional(),
});

/** What comes over /api/viewers/{viewer}/events: everything in a `state` on connecting, then whatever has changed; `viewers` at least every 10 s. */
export const EVENT = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("state"), stream: STREAM, viewer: VIEWER.optional().describe("On connecting only") }),
  z.strictObject({ type: z.literal("choice"), ...CHOICE.shape }),
  z.strictObject({ type: z.literal("motion"), ...MOTION.shape }).describe("While the viewer is in gaming mode"),
  z.strictObject({ type: z.literal("viewers"), ...AUDIENCE.shape }),
  z.strictObject({ type: z.literal("budget"), ...BUDGET.shape }),
  ...CHAT_EVENTS,
  DONATION_EVENT,
  GOAL_EVENT,
]);

/** GET /api/viewers/{viewer}/news. */
export const NEWS = z.strictObject({
  after: z.string().describe("What to ask with next time"),
  events: z.array(EVENT).describe("Whatever has come since; a `state` in full where that is not known any more"),
});
export type NewsAnswer = z.infer<typeof NEWS>;
