import { z } from "zod";
import { LONGEST_MESSAGE, LONGEST_NAME } from "../chat/text.ts";

// What the doors of donations take and answer, and what everybody is told.

/** No control characters but white space, none that turn text around. */
const PLAIN_PATTERN = String.raw`^[^\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$`;
const AMOUNT_PATTERN = String.raw`^0*(?:[1-9]\d{0,4}(?:\.\d{1,2})?|100000(?:\.0{1,2})?)$`;

/** POST /api/viewers/{viewer}/donations. What may stand in name and message is judged by chat/text.ts. */
export const NEW_DONATION = z.strictObject({
  // What the limits of every currency come to is told here and judged by `readAmount`, which says it in words.
  amount: z.union(
    [z.string().meta({ pattern: AMOUNT_PATTERN }), z.number().meta({ minimum: 1, maximum: 100_000, multipleOf: 0.01 })],
    'must be a decimal number, as in 5 or "5.00"',
  ).describe("Decimal, in the show's currency"),
  name: z.string().meta({ pattern: PLAIN_PATTERN, maxLength: LONGEST_NAME }).optional().describe(
    `At most ${LONGEST_NAME} characters; empty for none`,
  ),
  message: z.string().meta({ pattern: PLAIN_PATTERN, maxLength: LONGEST_MESSAGE }).optional().describe(
    `At most ${LONGEST_MESSAGE} characters; empty for none`,
  ),
});

const GIFT = {
  id: z.string(),
  at: z.iso.datetime(),
  name: z.string().describe("Empty where the donor gave none"),
  amount: z.string().describe("Decimal"),
  currency: z.string().describe("Three letters, ISO 4217"),
  message: z.string(),
};

/** What the donor gets. */
export const DONATION = z.strictObject({
  ...GIFT,
  boostedUntil: z.iso.datetime().describe("Until then its picture comes before others' where the uplink is full"),
});
export type DonationAnswer = z.infer<typeof DONATION>;

/** The thanks that everybody sees. */
export const THANKS = z.strictObject({
  ...GIFT,
  publicId: z.string().nullable().describe("Of the donor; null where it is not known who that is"),
  isTest: z.literal(true).optional().describe("The streamer only tries how it looks: nothing was given, and it counts nowhere"),
});
export type ThanksAnswer = z.infer<typeof THANKS>;

export const DONATION_EVENT = z.strictObject({ type: z.literal("donation"), ...THANKS.shape });

/** What the streamer collects for. */
export const GOAL = z.strictObject({
  name: z.string().describe("Empty for none"),
  amount: GIFT.amount,
  currency: GIFT.currency,
  given: z.string().describe("Decimal: what was donated in this currency since the goal was set"),
});
export type GoalAnswer = z.infer<typeof GOAL>;

export const GOAL_EVENT = z.strictObject({ type: z.literal("goal"), goal: GOAL.nullable() });

export const LONGEST_GOAL = 60;
const GOAL_NAME = z.string().trim().max(LONGEST_GOAL, `longer than ${LONGEST_GOAL} characters`).regex(new RegExp(PLAIN_PATTERN), {
  message: "has characters in it that cannot be shown",
});

/** PUT /api/studio/goal. */
export const NEW_GOAL = z.strictObject({ name: GOAL_NAME.default(""), amount: NEW_DONATION.shape.amount });

/** A goal as it is kept. */
export const STORED_GOAL = z.strictObject({
  name: GOAL_NAME,
  amount: z.string().regex(/^\d{1,9}(?:\.\d{1,9})?$/, "not an amount"),
  currency: z.string().regex(/^[A-Z]{3}$/, "not a currency"),
  sinceMs: z.int().nonnegative(),
});
export type StoredGoal = z.infer<typeof STORED_GOAL>;

/** POST /api/studio/donations/test. */
export const TEST_DONATION = z.strictObject({
  amount: NEW_DONATION.shape.amount.optional(),
  name: NEW_DONATION.shape.name,
  message: NEW_DONATION.shape.message,
});

/** GET /api/studio/donations. */
export const STUDIO_DONATIONS = z.strictObject({
  currency: z.string().describe("Of donations made here, and of a goal"),
  donations: z.array(z.strictObject({ ...GIFT, origin: z.string().describe("page, kofi or stripe") })).describe(
    "The newest first, at most 100",
  ),
  totals: z.array(z.strictObject({ currency: GIFT.currency, amount: GIFT.amount, count: z.int().positive() }))
    .describe("Of all that are kept, for each currency"),
  goal: GOAL.nullable(),
});
export type StudioDonations = z.infer<typeof STUDIO_DONATIONS>;

/** How a viewer can donate: a part of what it is told of itself. */
export const DONATE = z.strictObject({
  currency: z.string().describe("Of donations made here"),
  link: z.string().nullable().describe("The streamer's page elsewhere, where the money goes; null where donations are made here"),
  code: z.string().describe("To be handed over with a payment made there, so that the thanks find this viewer"),
});
export type DonateAnswer = z.infer<typeof DONATE>;

/** What a payment service is answered. */
export const RECEIVED = z.strictObject({
  received: z.literal(true),
  thanked: z.boolean().describe("False for what was told before, and for what is no payment"),
});
