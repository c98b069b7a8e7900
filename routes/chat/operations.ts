import type { Operation } from "../openapi.ts";
import { BAN, BANS, CHANGED_RULES, CHAT, CHAT_MESSAGE, CHAT_RULES, DELETED, NEW_BAN, NEW_MESSAGE } from "./schemas.ts";

const FOR_THE_STREAMER = "For the streamer (Authorization: Bearer KEY)";

/** The chat's doors, as /api/openapi.json describes them. */
export const CHAT_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/chat",
    summary: "The last 200 messages; with ?after=NUMBER up to 200 of those after it, and what was deleted since",
    answers: { 200: { description: "The chat", schema: CHAT } },
    problems: [400],
  },
  {
    method: "post",
    path: "/api/chat",
    summary: "Say something. The same key again is the same message, answered with 200",
    body: NEW_MESSAGE,
    answers: { 200: { description: "It was said before", schema: CHAT_MESSAGE }, 201: { description: "It is said", schema: CHAT_MESSAGE } },
    problems: [400, 401, 403, 404, 410, 413, 429],
  },
  {
    method: "delete",
    path: "/api/chat",
    summary: `${FOR_THE_STREAMER}: clear the chat`,
    answers: { 204: { description: "It is empty" } },
    problems: [401, 403],
  },
  {
    method: "patch",
    path: "/api/chat",
    summary: `${FOR_THE_STREAMER}: change slow mode and links, until the server ends`,
    body: CHANGED_RULES,
    answers: { 200: { description: "The rules", schema: CHAT_RULES } },
    problems: [400, 401, 403, 413],
  },
  {
    method: "delete",
    path: "/api/chat/messages/{number}",
    summary: `${FOR_THE_STREAMER}: delete a message`,
    answers: { 200: { description: "It vanishes from every page", schema: DELETED } },
    problems: [401, 403, 404],
  },
  {
    method: "get",
    path: "/api/chat/bans",
    summary: `${FOR_THE_STREAMER}: who may not speak`,
    answers: { 200: { description: "The bans that hold now", schema: BANS } },
    problems: [401, 403],
  },
  {
    method: "post",
    path: "/api/chat/bans",
    summary: `${FOR_THE_STREAMER}: shut a viewer out, for so many seconds or for good, and delete what it said`,
    body: NEW_BAN,
    answers: { 201: { description: "The ban", schema: BAN } },
    problems: [400, 401, 403, 413],
  },
  {
    method: "delete",
    path: "/api/chat/bans/{viewer}",
    summary: `${FOR_THE_STREAMER}: let a viewer (its public id) speak again`,
    answers: { 204: { description: "The ban is lifted" } },
    problems: [401, 403, 404],
  },
];
