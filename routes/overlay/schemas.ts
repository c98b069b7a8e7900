import { z } from "zod";
import { GOAL, THANKS } from "../donations/schemas.ts";

/** GET /api/overlay/donations. */
export const OVERLAY_DONATIONS = z.strictObject({
  goal: GOAL.nullable(),
  thanks: z.array(z.strictObject({ ...THANKS.shape, ageSeconds: z.number().nonnegative() })).describe("The oldest first, at most 20"),
});
export type OverlayDonations = z.infer<typeof OVERLAY_DONATIONS>;

/** /api/studio/overlay. */
export const OVERLAY = z.strictObject({
  token: z.string().describe(
    "Stands behind the # in the addresses of the pages /overlay/chat and /overlay/donations; reads, and does nothing else",
  ),
});
export type OverlayAnswer = z.infer<typeof OVERLAY>;
