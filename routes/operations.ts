import { z } from "zod";
import type { Operation } from "./openapi.ts";
import { EVENT, NEWS, PROBLEM, STREAM, VIEWER } from "./schemas.ts";
import { CHANGED_WISH, NEW_VIEWER } from "./wishes.ts";

/** What stands under a name of its own in /api/openapi.json. */
export const SCHEMAS: Readonly<Record<string, z.ZodType>> = { Viewer: VIEWER, Stream: STREAM, Event: EVENT, Problem: PROBLEM };

/** The doors of viewers and stream, as /api/openapi.json describes them. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: "/api/viewers",
    id: "makeViewer",
    summary: "Make a viewer",
    body: NEW_VIEWER,
    isBodyOptional: true,
    answers: { 201: { description: "The new viewer", schema: VIEWER } },
    problems: [400, 409, 413, 429, 503],
  },
  {
    method: "get",
    path: "/api/viewers/{viewer}",
    id: "readViewer",
    summary: "What a viewer wishes and gets",
    answers: { 200: { description: "The viewer", schema: VIEWER } },
    problems: [404],
  },
  {
    method: "patch",
    path: "/api/viewers/{viewer}",
    id: "changeWish",
    summary: "Wish for another mode or quality; a quality is refused in gaming mode, where the motion in the picture chooses",
    body: CHANGED_WISH,
    isBodyOptional: true,
    answers: { 200: { description: "The viewer", schema: VIEWER } },
    problems: [400, 404, 409, 413],
  },
  {
    method: "get",
    path: "/api/viewers/{viewer}/events",
    id: "followEvents",
    summary: "A WebSocket of events, one JSON text each: everything in a state on connecting, then whatever has changed",
    answers: { 101: { description: "The WebSocket", schema: EVENT } },
    problems: [403, 404, 426],
  },
  {
    method: "get",
    path: "/api/viewers/{viewer}/news",
    id: "readNews",
    summary:
      "The same events for who has no WebSocket, to be asked every second or two: a state first, then with ?after= what has come since",
    parameters: [{ name: "after", in: "query", description: "What the last answer said", schema: z.string() }],
    answers: { 200: { description: "The news", schema: NEWS } },
    problems: [404],
  },
  {
    method: "get",
    path: "/api/stream",
    id: "readShow",
    summary: "The show as a whole",
    answers: { 200: { description: "The show", schema: STREAM } },
    problems: [],
  },
];
