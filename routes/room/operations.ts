import type { Operation } from "../openapi.ts";
import { INVITE, INVITES, NEW_INVITE } from "./schemas.ts";

/** The door to invites, as /api/openapi.json describes it. */
export const INVITE_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/studio/invites",
    id: "listInvites",
    summary: "The invites that have not ended, with their links",
    security: "streamer",
    answers: { 200: { description: "The invites", schema: INVITES } },
    problems: [401, 403],
  },
  {
    method: "post",
    path: "/api/studio/invites",
    id: "makeInvite",
    summary: "Make a link by which its holder can watch until it ends",
    security: "streamer",
    body: NEW_INVITE,
    answers: { 201: { description: "The new invite", schema: INVITE } },
    problems: [400, 401, 403, 409, 413],
  },
  {
    method: "delete",
    path: "/api/studio/invites/{invite}",
    id: "withdrawInvite",
    summary: "End an invite now; whoever watches by it is let go",
    security: "streamer",
    answers: { 204: { description: "It has ended" } },
    problems: [401, 403, 404],
  },
];
