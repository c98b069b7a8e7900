import { z } from "zod";

/** POST /api/studio/session: one of the three. */
export const NEW_SESSION = z.strictObject({
  code: z.string().max(200).optional().describe("What stands behind #code= in a link of the terminal: good once, for ten minutes"),
  key: z.string().max(200).optional().describe("The streamer's key"),
  invite: z.string().max(200).optional().describe("What stands behind #invite= in a moderator's link: good until that ends"),
}).refine((body) => Object.values(body).filter((each) => each !== undefined).length === 1, "needs either code, key or invite");

/** GET and POST of the same. */
export const SESSION = z.strictObject({
  signedIn: z.boolean().describe("Whether the browser that asks has the studio's cookie"),
  moderator: z.string().optional().describe("A moderator's name; left out for the streamer"),
});
export type SessionAnswer = z.infer<typeof SESSION>;
