import { z } from "zod";

// What the chat's doors take and answer, and what it tells as events: the types follow from here.

export const BADGES = ["streamer", "moderator", "donor"] as const;
export type Badge = typeof BADGES[number];

const NUMBER = z.int().nonnegative();

/** A message as everybody sees it. */
export const CHAT_MESSAGE = z.strictObject({
  number: NUMBER.describe("Never used twice, and greater than that of everything said before"),
  at: z.iso.datetime(),
  publicId: z.string().describe("Who said it, as others may know"),
  name: z.string(),
  hue: z.int().min(0).max(359).describe("The colour of whoever said it, in degrees of the colour wheel: the same for the same public id"),
  badge: z.enum(BADGES).nullable(),
  text: z.string().describe("Plain text, never markup"),
  key: z.string().describe("What the sender named it: a message that is sent again keeps it"),
});
export type ChatMessage = z.infer<typeof CHAT_MESSAGE>;

export const CHAT_RULES = z.strictObject({
  slowSeconds: z.number().nonnegative().describe("How long each viewer waits between two messages; 0 without slow mode"),
  links: z.boolean().describe("Whether addresses in messages may be shown as links"),
});
export type ChatRules = z.infer<typeof CHAT_RULES>;

/** GET /api/chat. */
export const CHAT = z.strictObject({
  messages: z.array(CHAT_MESSAGE).describe("Oldest first, at most 200"),
  deleted: z.array(NUMBER).describe("Messages up to `after` that were deleted since"),
  clearedThrough: NUMBER.describe("Messages up to this number are gone; 0 where the chat was never cleared"),
  last: NUMBER.describe("What to ask for next, as `after`"),
  pinned: CHAT_MESSAGE.nullable().describe("What stands above all others"),
  hasMore: z.boolean().describe("Whether more than these came after `after`"),
  rules: CHAT_RULES,
});
export type ChatAnswer = z.infer<typeof CHAT>;

/** POST /api/chat. What may stand in name and text is judged by text.ts. */
export const NEW_MESSAGE = z.strictObject({
  viewer: z.string().max(64),
  name: z.string(),
  text: z.string(),
  key: z.string().min(1).max(64).regex(/^[\w.:-]*$/, "letters, digits and . : _ - only").optional()
    .describe("Made by the sender: the same message sent twice under one key is one message"),
});

/** What the streamer can set. */
export const RULE_FIELDS = { slowSeconds: z.number().min(0).max(3600), links: z.boolean() } as const;

export const CHANGED_RULES = z.strictObject(RULE_FIELDS).partial();

/** POST /api/chat of a line that waits for a look: it is said when the streamer or a moderator says yes. */
export const HELD_BACK = z.strictObject({ held: z.literal(true) });

/** PUT /api/chat/pinned. */
export const NEW_PIN = z.strictObject({ number: NUMBER.describe("Of the message that is to stand above all others") });

const WORD = z.string().trim().min(1, "needs some text").max(40, "longer than 40 characters").regex(
  /^[^\p{C}]*$/u,
  "has control characters",
);

/** Words for which lines are held, whole ones and however they are written. */
export const WORDS = z.array(WORD).max(200, "more than 200 words");

/** PUT /api/chat/words. */
export const CHANGED_WORDS = z.strictObject({ words: WORDS });

const HELD_LINE = z.strictObject({
  id: z.string(),
  at: z.iso.datetime(),
  publicId: z.string(),
  name: z.string(),
  text: z.string(),
});
export type HeldAnswer = z.infer<typeof HELD_LINE>;

/** GET /api/chat/held. */
export const HELD = z.strictObject({
  held: z.array(HELD_LINE).describe("Lines that wait for a look, the oldest first"),
  words: z.array(z.string()).describe("The words for which lines are held"),
  fixed: z.array(z.enum(["slowSeconds", "links"])).readonly().describe(
    "Rules that the command line sets: a change of them holds until the server ends",
  ),
});
export type HeldListAnswer = z.infer<typeof HELD>;

/** POST /api/chat/bans. */
export const NEW_BAN = z.strictObject({
  publicId: z.string().min(1).max(64),
  seconds: z.number().min(1).max(30 * 24 * 3600).optional().describe("How long; for good where it is left out"),
  address: z.boolean().optional().describe("Whether its network address is shut out too; as a rule only for good"),
});

export const BAN = z.strictObject({
  publicId: z.string(),
  name: z.string().nullable().describe("The last it used, where that is known"),
  address: z.string().nullable().describe("The network that is shut out too"),
  until: z.iso.datetime().nullable().describe("Null for good"),
});
export type BanAnswer = z.infer<typeof BAN>;
export const BANS = z.strictObject({ bans: z.array(BAN) });

export const DELETED = z.strictObject({ deleted: z.array(NUMBER) });

/** Events to everybody. */
export const CHAT_EVENTS = [
  z.strictObject({ type: z.literal("chat"), ...CHAT_MESSAGE.shape }),
  z.strictObject({ type: z.literal("chat_deleted"), number: NUMBER.describe("Of the deletion"), deleted: z.array(NUMBER) }),
  z.strictObject({ type: z.literal("chat_cleared"), number: NUMBER.describe("Messages up to this number are gone") }),
  z.strictObject({
    type: z.literal("chat_pinned"),
    number: NUMBER.describe("Of the change"),
    pinned: CHAT_MESSAGE.nullable().describe("What stands above all others from now on"),
  }),
  z.strictObject({ type: z.literal("chat_rules"), ...CHAT_RULES.shape }),
] as const;
