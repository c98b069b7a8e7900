import { z } from "zod";

// What the door to invites takes and answers: the types follow from here.

/** POST /api/studio/invites. */
export const NEW_INVITE = z.strictObject({
  name: z.string().trim().min(1, "needs some text").max(40, "longer than 40 characters").regex(/^[^\p{C}]*$/u, "has control characters")
    .describe("What the streamer calls it"),
  seconds: z.int().min(60, "shorter than a minute").max(366 * 24 * 3600, "longer than a year").describe("How long it lasts from now on"),
});

export const INVITE = z.strictObject({
  id: z.string().describe("Names the invite in addresses; it is no secret"),
  name: z.string(),
  madeAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  link: z.string().describe("For people and for players: a browser shows the page, a player plays"),
  player: z.string().describe("For a player that wants an address which ends in .m3u8 before its query"),
});
export type InviteAnswer = z.infer<typeof INVITE>;

/** GET /api/studio/invites. */
export const INVITES = z.strictObject({ invites: z.array(INVITE).describe("Those that have not ended, the oldest first") });
