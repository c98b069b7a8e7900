import { z } from "zod";
import { CHAT } from "../chat/schemas.ts";
import type { Operation } from "../openapi.ts";
import { OVERLAY, OVERLAY_DONATIONS } from "./schemas.ts";

/** The doors of the overlays, as /api/openapi.json describes them. */
export function listOverlayOperations(has: { readonly chat: boolean; readonly donations: boolean }): readonly Operation[] {
  return [...STUDIO_OVERLAY, ...(has.chat ? [READ_CHAT] : []), ...(has.donations ? [READ_DONATIONS] : [])];
}

const STUDIO_OVERLAY: readonly Operation[] = [
  {
    method: "get",
    path: "/api/studio/overlay",
    id: "readOverlay",
    summary: "What the addresses of the overlays carry",
    security: "streamer",
    answers: { 200: { description: "The token", schema: OVERLAY } },
    problems: [401, 403],
  },
  {
    method: "post",
    path: "/api/studio/overlay/renew",
    id: "renewOverlay",
    summary: "Make another token: the addresses that are out are no longer good",
    security: "streamer",
    body: z.strictObject({}),
    isBodyOptional: true,
    answers: { 200: { description: "The new token", schema: OVERLAY } },
    problems: [401, 403],
  },
];

const READ_CHAT: Operation = {
  method: "get",
  path: "/api/overlay/chat",
  id: "readOverlayChat",
  summary: "The chat, for an overlay: as readChat",
  security: "overlay",
  parameters: [{ name: "after", in: "query", description: "A message's number", schema: z.int().nonnegative() }],
  answers: { 200: { description: "The chat", schema: CHAT } },
  problems: [400, 401, 403],
};

const READ_DONATIONS: Operation = {
  method: "get",
  path: "/api/overlay/donations",
  id: "readOverlayDonations",
  summary: "The goal and the newest thanks, for an overlay",
  security: "overlay",
  answers: { 200: { description: "Goal and thanks", schema: OVERLAY_DONATIONS } },
  problems: [401, 403],
};
