import { z } from "zod";
import type { Operation } from "../openapi.ts";
import { PUBLISH_TICKET, PUBLISH_WORD, PUBLISHER, PUBLISHER_KEY, PUBLISHER_NAME, PUBLISHERS } from "./schemas.ts";

/** The door of a browser's camera. */
export const PUBLISH_OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: "/api/studio/publish/tickets",
    id: "makePublishTicket",
    summary: "A ticket that opens /api/studio/publish once: for the streamer's key or a publisher's",
    security: "streamer",
    answers: { 201: { description: "The ticket", schema: PUBLISH_TICKET } },
    problems: [401, 403, 409, 429],
  },
  {
    method: "get",
    path: "/api/studio/publish",
    id: "publish",
    summary: "A WebSocket that takes a browser's picture and sound as WebCodecs encodes them, a binary message a frame, or WebM in pieces",
    parameters: [{
      name: "Sec-WebSocket-Protocol",
      in: "header",
      description: "tercet-publish, and behind a comma the ticket",
      schema: z.string(),
      isRequired: true,
    }],
    answers: { 101: { description: "The WebSocket, which speaks tercet-publish", schema: PUBLISH_WORD } },
    problems: [401, 403, 426],
  },
];

/** The doors to publishers' keys, as /api/openapi.json describes them. */
export const PUBLISHER_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/studio/publishers",
    id: "listPublishers",
    summary: "The keys under which OBS, telephones and others may publish, and who does",
    security: "streamer",
    answers: { 200: { description: "The publishers", schema: PUBLISHERS } },
    problems: [401, 403],
  },
  {
    method: "post",
    path: "/api/studio/publishers",
    id: "makePublisherKey",
    summary: "Make a key; it stands in this answer and nowhere else",
    security: "streamer",
    body: PUBLISHER_NAME,
    answers: { 201: { description: "The new key", schema: PUBLISHER_KEY } },
    problems: [400, 401, 403, 409, 413],
  },
  {
    method: "post",
    path: "/api/studio/publishers/{publisher}/reveal",
    id: "revealPublisherKey",
    summary: "Show a key that has not been shown to anybody, once",
    security: "streamer",
    answers: { 200: { description: "The key", schema: PUBLISHER_KEY } },
    problems: [401, 403, 404, 410],
  },
  {
    method: "patch",
    path: "/api/studio/publishers/{publisher}",
    id: "renamePublisher",
    summary: "Give a key another name",
    security: "streamer",
    body: PUBLISHER_NAME,
    answers: { 200: { description: "The publisher", schema: PUBLISHER } },
    problems: [400, 401, 403, 404, 409, 413],
  },
  {
    method: "delete",
    path: "/api/studio/publishers/{publisher}",
    id: "withdrawPublisherKey",
    summary: "Withdraw a key; whoever publishes with it is let go",
    security: "streamer",
    answers: { 204: { description: "It is no longer good" } },
    problems: [401, 403, 404],
  },
];
