import type { z } from "zod";
import type { EVENT } from "../../routes/schemas.ts";

/** What the server tells a viewer without being asked. */
export type ServerEvent = z.infer<typeof EVENT>;
