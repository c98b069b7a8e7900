import { type Context, Hono } from "hono";
import { donorCode } from "../../media/audience/donor_code.ts";
import type { Viewers } from "../../media/audience/viewers.ts";
import { readBody } from "../body.ts";
import { LONGEST_MESSAGE, LONGEST_NAME } from "../chat/text.ts";
import type { Forwarded } from "../forwarded.ts";
import { NO_STORE } from "../headers.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { answerProblem } from "../problems.ts";
import { faultOf, readOptional, refuseFields } from "./fields.ts";
import { readAmount } from "./money.ts";
import { type DonationAnswer, NEW_DONATION } from "./schemas.ts";
import type { Donation } from "./store.ts";
import type { Till } from "./till.ts";

export interface DonationsDoorDeps {
  readonly viewers: Pick<Viewers, "find">;
  readonly forwarded: Forwarded;
  readonly till: Till;
  readonly currency: string;
  /** Where donations are made instead; null where they are made here. */
  readonly link: URL | null;
  readonly limits: Pick<Limits, "may" | "late">;
}

const RETRY_AFTER = { "retry-after": String(1 / LIMITS.donation.address.perSecond) };

/**
 * POST /api/viewers/{viewer}/donations. `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07) makes what is sent twice one donation, for as long
 * as donations are kept; without one every request is a donation.
 */
export function createDonationsDoor(deps: DonationsDoorDeps): Hono {
  return new Hono().post("/api/viewers/:viewer/donations", async (c) => {
    const viewer = deps.viewers.find(c.req.param("viewer"));
    if (viewer === null) return answerProblem("unknown_viewer");
    if (deps.link !== null) return answerProblem("donate_elsewhere", { detail: `Donations are made at ${deps.link.href}` });
    const idempotencyKey = readIdempotencyKey(c);
    if (idempotencyKey === null) return answerProblem("bad_idempotency_key");
    const body = await readBody(c, NEW_DONATION);
    if (body.kind === "refused") return body.answer;
    const amount = readAmount(body.value.amount, deps.currency);
    const name = readOptional(body.value.name, LONGEST_NAME);
    const message = readOptional(body.value.message, LONGEST_MESSAGE);
    const errors = [
      ...(amount.kind === "refused" ? [{ field: "amount", value: body.value.amount, message: amount.reason }] : []),
      ...(name.kind === "refused" ? [faultOf("name", body.value.name, name.reason, LONGEST_NAME)] : []),
      ...(message.kind === "refused" ? [faultOf("message", body.value.message, message.reason, LONGEST_MESSAGE)] : []),
    ];
    if (amount.kind === "refused" || name.kind === "refused" || message.kind === "refused") return refuseFields(errors);

    const key = JSON.stringify([viewer.id, idempotencyKey]);
    const isNew = !deps.till.knows({ origin: "page", key });
    if (isNew && !deps.limits.may("donation", deps.forwarded.ownAddress(c))) {
      return await deps.limits.late(answerProblem("too_many_donations", { headers: RETRY_AFTER }));
    }
    const { publicId } = viewer;
    const outcome = await deps.till.take({
      origin: "page",
      key,
      code: donorCode(publicId),
      publicId,
      name: name.text,
      amount: amount.amount,
      currency: deps.currency,
      message: message.text,
    });
    if (outcome.kind === "reused") return answerProblem("idempotency_key_reused");
    if (outcome.kind === "away") return answerProblem("boxes_apart");
    return c.json(describeDonation(outcome.donation), 201, NO_STORE);
  });
}

function describeDonation({ id, atMs, name, amount, currency, message, boostedUntilMs }: Donation): DonationAnswer {
  return {
    id,
    at: new Date(atMs).toISOString(),
    name,
    amount,
    currency,
    message,
    boostedUntil: new Date(boostedUntilMs ?? atMs).toISOString(),
  };
}

const LONGEST_KEY = 255;

/** A string in quotes, as the draft wants it, or the same without quotes, as most send it. One of its own where there is none; null for nonsense. */
function readIdempotencyKey(c: Context): string | null {
  const given = c.req.header("idempotency-key");
  if (given === undefined) return crypto.randomUUID();
  const key = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(given)?.[1]?.replace(/\\(.)/g, "$1") ??
    /^[\x21\x23-\x7e]+$/.exec(given)?.[0];
  return key === undefined || key === "" || key.length > LONGEST_KEY ? null : key;
}
