import type { Operation } from "../openapi.ts";
import { DONATION, NEW_DONATION, RECEIVED } from "./schemas.ts";

/** The doors of donations, as /api/openapi.json describes them. */
export const DONATION_OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: "/api/viewers/{viewer}/donations",
    summary: "Donate. The header Idempotency-Key makes what is sent twice one donation, for as long as donations are kept",
    body: NEW_DONATION,
    answers: { 201: { description: "What the donor gets", schema: DONATION } },
    problems: [400, 404, 409, 413, 422, 429],
  },
  {
    method: "post",
    path: "/api/webhooks/kofi",
    summary: "For Ko-fi: a form with the field data (https://ko-fi.com/manage/webhooks)",
    answers: { 200: { description: "It is understood", schema: RECEIVED } },
    problems: [400, 403, 404, 413],
  },
  {
    method: "post",
    path: "/api/webhooks/stripe",
    summary: "For Stripe: a signed event (https://docs.stripe.com/webhooks)",
    answers: { 200: { description: "It is understood", schema: RECEIVED } },
    problems: [403, 404, 413],
  },
];
