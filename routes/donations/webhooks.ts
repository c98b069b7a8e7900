import { Hono } from "hono";
import { readText } from "../body.ts";
import { answerProblem } from "../problems.ts";
import { readKofi } from "./kofi.ts";
import { type PaymentOutcome, readGift } from "./payment.ts";
import { readStripe } from "./stripe.ts";
import type { Till } from "./till.ts";

export interface WebhooksDeps {
  readonly till: Till;
  /** Null: messages of that service are not taken. */
  readonly kofiToken: string | null;
  readonly stripeSecret: string | null;
  /** The public id of the viewer with this code, as long as the server knows one. */
  readonly findPublicId: (code: string) => string | null;
  readonly now: () => number;
  /** A line for the streamer. */
  readonly log?: (line: string) => void;
}

/**
 * POST /api/webhooks/kofi and /api/webhooks/stripe: payments made elsewhere get the same thanks. What was told before is answered like the first time, but
 * not thanked for again: both services repeat a message until it is answered with 200.
 */
export function createWebhooksRoutes(deps: WebhooksDeps): Hono {
  const { kofiToken, stripeSecret } = deps;

  async function answer(outcome: PaymentOutcome): Promise<Response> {
    if (outcome.kind === "refused") return answerProblem(outcome.problem, { detail: outcome.detail });
    if (outcome.kind === "ignored" && outcome.reason !== undefined) {
      deps.log?.(`A payment was told of that is not understood: ${outcome.reason}`);
    }
    return Response.json({ received: true, thanked: outcome.kind === "payment" && await thank(outcome) }, {
      headers: { "cache-control": "no-store" },
    });
  }

  async function thank({ payment }: Extract<PaymentOutcome, { kind: "payment" }>): Promise<boolean> {
    const gift = readGift(payment);
    const taken = await deps.till.take({ ...gift, publicId: gift.code === null ? null : deps.findPublicId(gift.code) });
    return taken.kind === "thanked";
  }

  return new Hono()
    .post("/api/webhooks/kofi", async (c) => {
      if (kofiToken === null) return answerProblem("webhook_off", { detail: "There is no --kofi-token" });
      const body = await readText(c);
      return body.kind === "refused" ? body.answer : await answer(readKofi(body.value, kofiToken));
    })
    .post("/api/webhooks/stripe", async (c) => {
      if (stripeSecret === null) return answerProblem("webhook_off", { detail: "There is no --stripe-secret" });
      const signature = c.req.header("stripe-signature") ?? "";
      const body = await readText(c);
      if (body.kind === "refused") return body.answer;
      return await answer(await readStripe({ body: body.value, signature, secret: stripeSecret, nowMs: deps.now() }));
    });
}
