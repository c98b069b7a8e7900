import { z } from "zod";

/** POST /api/studio/session: one of the two. */
export const NEW_SESSION = z.strictObject({
  code: z.string().max(200).optional().describe("What stands behind #code= in a link of the terminal: good once, for ten minutes"),
  key: z.string().max(200).optional().describe("The streamer's key"),
}).refine(({ code, key }) => (code === undefined) !== (key === undefined), "needs either code or key");

export const SESSION = z.strictObject({ signedIn: z.boolean().describe("Whether the browser that asks has the studio's cookie") });
