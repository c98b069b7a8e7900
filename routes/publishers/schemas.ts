import { z } from "zod";

// What the studio's doors take and answer: the types follow from here.

const PICTURE = z.strictObject({ codec: z.string(), width: z.int().nullable(), height: z.int().nullable() });
const SOUND = z.strictObject({ codec: z.string(), sampleRate: z.int(), channels: z.int() });

/** A key under which somebody may publish, and who does now. */
export const PUBLISHER = z.strictObject({
  id: z.string().describe("Names the key in addresses; it is no secret"),
  name: z.string().describe("What the streamer calls it, and its source"),
  madeAt: z.iso.datetime(),
  isUnseen: z.boolean().describe("Its key has not been shown to anybody and can be, once"),
  publishing: z.strictObject({
    state: z.enum(["sending", "lost"]).describe("lost: its connection broke, it is waited for"),
    address: z.string().nullable(),
    picture: PICTURE.nullable(),
    sound: SOUND.nullable(),
    encoder: z.string().nullable().describe("As it names itself"),
    bitsPerSecond: z.number().nullable(),
    picturesPerSecond: z.number().nullable(),
    keyIntervalSeconds: z.number().nullable(),
    picturesLeftOut: z.int().nonnegative().describe("What it has left out itself, where it is one that says so: a browser"),
    advice: z.array(z.string()).describe("What of it costs time or picture, and what to set; the most useful first"),
  }).nullable().describe("Null while nobody publishes with it"),
});
export type PublisherAnswer = z.infer<typeof PUBLISHER>;

/** GET /api/studio/publishers. */
export const PUBLISHERS = z.strictObject({ publishers: z.array(PUBLISHER) });

/** A key as it is shown, once. */
export const PUBLISHER_KEY = z.strictObject({
  id: z.string(),
  name: z.string(),
  key: z.string().describe("To be pasted into OBS or a phone; it is never shown again"),
});

// deno-lint-ignore no-control-regex -- control characters are what must not get in; no \p, which other languages read otherwise
const PLAIN_TEXT = /^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$/;

/** POST /api/studio/publishers, and PATCH of one. */
export const PUBLISHER_NAME = z.strictObject({
  name: z.string().trim().min(1, "needs some text").max(40, "longer than 40 characters").regex(PLAIN_TEXT, "has control characters")
    .refine((name) => name.isWellFormed(), "has half a character in it"),
});

/** POST /api/studio/publish/tickets. */
export const PUBLISH_TICKET = z.strictObject({
  ticket: z.string().describe("Opens the WebSocket once, within 30 s"),
  name: z.string().describe("Of the key, and of the source that will be seen"),
});

/** What /api/studio/publish says, one JSON text each. */
export const PUBLISH_WORD = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("published") }),
  z.strictObject({ type: z.literal("key") }).describe("Encode the next picture as a key picture"),
  z.strictObject({
    type: z.literal("heard"),
    number: z.int().nonnegative(),
    isHeld: z.boolean().describe("It is not decoded as fast as it comes: leave pictures out"),
  }).describe("The picture, or piece of WebM, of that number is here"),
  z.strictObject({
    type: z.literal("ended"),
    why: z.enum(["in_use", "taken_over", "withdrawn", "stopping", "broken"]),
    reason: z.string(),
  }).describe("Before the server closes it"),
]);
