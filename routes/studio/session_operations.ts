import type { Operation } from "../openapi.ts";
import { NEW_SESSION, SESSION } from "./session_schemas.ts";

/** The studio's front door, as /api/openapi.json describes it. */
export const SESSION_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/studio/session",
    id: "readStudioSession",
    summary: "Whether this browser is signed in to the studio",
    security: "service",
    answers: { 200: { description: "Whether it is", schema: SESSION } },
    problems: [],
  },
  {
    method: "post",
    path: "/api/studio/session",
    id: "signIn",
    summary:
      "Sign this browser in, by a link's code or the streamer's key: the answer sets a cookie, which then counts as the key does; or as a moderator, by an invite",
    security: "service",
    body: NEW_SESSION,
    answers: { 201: { description: "It is signed in", schema: SESSION } },
    problems: [400, 403, 413],
  },
  {
    method: "delete",
    path: "/api/studio/session",
    id: "signOut",
    summary: "Sign this browser out",
    security: "moderator",
    answers: { 204: { description: "It is signed out" } },
    problems: [401, 403],
  },
  {
    method: "delete",
    path: "/api/studio/sessions",
    id: "signOutEverywhere",
    summary: "Sign every browser out",
    security: "streamer",
    answers: { 204: { description: "All are signed out" } },
    problems: [401, 403],
  },
];
