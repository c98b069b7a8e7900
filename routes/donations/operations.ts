import { z } from "zod";
import type { Operation } from "../openapi.ts";
import { DONATION, NEW_DONATION, RECEIVED } from "./schemas.ts";

/** The doors of donations, as /api/openapi.json describes them. */
export const DONATION_OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: "/api/viewers/{viewer}/donations",
    id: "donate",
    summary: "Donate. The header Idempotency-Key makes what is sent twice one donation, for as long as donations are kept",
    parameters: [{
      name: "Idempotency-Key",
      in: "header",
      description: "Names this donation: a string in quotes (draft-ietf-httpapi-idempotency-key-header-07), or without",
      schema: z.string().regex(/^(?:"(?:[ !#-[\]-~]|\\["\\]){1,255}"|[!#-~]{1,255})$/),
    }],
    body: NEW_DONATION,
    answers: { 201: { description: "What the donor gets", schema: DONATION } },
    problems: [400, 404, 409, 413, 422, 429],
  },
  {
    method: "post",
    path: "/api/webhooks/kofi",
    id: "hearKofi",
    security: "service",
    summary: "For Ko-fi: a form with the field data (https://ko-fi.com/manage/webhooks)",
    body: z.object({ data: z.string().describe("JSON, with the verification token in it") }),
    bodyType: "application/x-www-form-urlencoded",
    answers: { 200: { description: "It is understood", schema: RECEIVED } },
    problems: [400, 403, 404, 413],
  },
  {
    method: "post",
    path: "/api/webhooks/stripe",
    id: "hearStripe",
    security: "service",
    summary: "For Stripe: a signed event (https://docs.stripe.com/webhooks)",
    parameters: [{ name: "Stripe-Signature", in: "header", description: "Over the very bytes", schema: z.string(), isRequired: true }],
    body: z.looseObject({ type: z.string() }),
    answers: { 200: { description: "It is understood", schema: RECEIVED } },
    problems: [403, 404, 413],
  },
];
