import { z } from "zod";
import type { Operation } from "../openapi.ts";
import { BAN, BANS, CHANGED_RULES, CHAT, CHAT_MESSAGE, CHAT_RULES, DELETED, NEW_BAN, NEW_MESSAGE } from "./schemas.ts";

const FOR_THE_STREAMER = "For the streamer (Authorization: Bearer KEY)";

/** The chat's doors, as /api/openapi.json describes them. */
export const CHAT_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/chat",
    id: "readChat",
    summary: "The last 200 messages; with ?after=NUMBER up to 200 of those after it, and what was deleted since",
    parameters: [{ name: "after", in: "query", description: "A message's number", schema: z.int().nonnegative() }],
    answers: { 200: { description: "The chat", schema: CHAT } },
    problems: [400],
  },
  {
    method: "post",
    path: "/api/chat",
    id: "say",
    summary: "Say something. The same key again is the same message, answered with 200",
    security: "anybody",
    body: NEW_MESSAGE,
    answers: { 200: { description: "It was said before", schema: CHAT_MESSAGE }, 201: { description: "It is said", schema: CHAT_MESSAGE } },
    problems: [400, 401, 403, 404, 410, 413, 429],
  },
  {
    method: "delete",
    path: "/api/chat",
    id: "clearChat",
    summary: `${FOR_THE_STREAMER}: clear the chat`,
    security: "streamer",
    answers: { 204: { description: "It is empty" } },
    problems: [401, 403],
  },
  {
    method: "patch",
    path: "/api/chat",
    id: "changeChatRules",
    summary: `${FOR_THE_STREAMER}: change slow mode and links, until the server ends`,
    security: "streamer",
    body: CHANGED_RULES,
    isBodyOptional: true,
    answers: { 200: { description: "The rules", schema: CHAT_RULES } },
    problems: [400, 401, 403, 413],
  },
  {
    method: "delete",
    path: "/api/chat/messages/{number}",
    id: "deleteMessage",
    summary: `${FOR_THE_STREAMER}: delete a message`,
    security: "streamer",
    answers: { 200: { description: "It vanishes from every page", schema: DELETED } },
    problems: [401, 403, 404],
  },
  {
    method: "get",
    path: "/api/chat/bans",
    id: "listBans",
    summary: `${FOR_THE_STREAMER}: who may not speak`,
    security: "streamer",
    answers: { 200: { description: "The bans that hold now", schema: BANS } },
    problems: [401, 403],
  },
  {
    method: "post",
    path: "/api/chat/bans",
    id: "ban",
    summary: `${FOR_THE_STREAMER}: shut a viewer out, for so many seconds or for good, and delete what it said`,
    security: "streamer",
    body: NEW_BAN,
    answers: { 201: { description: "The ban", schema: BAN } },
    problems: [400, 401, 403, 413],
  },
  {
    method: "delete",
    path: "/api/chat/bans/{viewer}",
    id: "unban",
    summary: `${FOR_THE_STREAMER}: let a viewer (its public id) speak again`,
    security: "streamer",
    answers: { 204: { description: "The ban is lifted" } },
    problems: [401, 403, 404],
  },
];
