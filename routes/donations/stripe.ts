import { z } from "zod";
import { isCurrency, placePoint, readPaid } from "./money.ts";
import type { PaymentOutcome } from "./payment.ts";

/** So old may a signed message be: what somebody has recorded cannot be sent later. */
const TOLERANCE_SECONDS = 300;

/** A text field that the streamer has put into the payment link. Fields of other kinds, and of shapes to come, are passed over. */
const FIELD = z.object({ key: z.string(), text: z.object({ value: z.string().nullish() }).nullish() }).nullable().catch(null);

/** What is used of a checkout (https://docs.stripe.com/api/checkout/sessions/object). */
const SESSION = z.object({
  id: z.string().min(1).max(255),
  payment_status: z.string(),
  currency: z.string().nullish(),
  amount_total: z.number().nullish(),
  client_reference_id: z.string().nullish(),
  custom_fields: z.array(FIELD).catch([]),
});

/**
 * Reads a body that says to come from Stripe. Its own library checks the signature over the very bytes. A checkout counts when it is paid, which with some
 * ways of paying is told days after its completion. What the card's holder is called is nobody's business: name and message come from text fields that the
 * streamer gave these keys.
 */
export async function readStripe(o: { body: string; signature: string; secret: string; nowMs: number }): Promise<PaymentOutcome> {
  // A large library, for those who use it.
  const { default: Stripe } = await import("stripe");
  const event = await Stripe.webhooks.constructEventAsync(o.body, o.signature, o.secret, TOLERANCE_SECONDS, undefined, o.nowMs).catch(() =>
    null
  );
  if (event === null) {
    return {
      kind: "refused",
      problem: "webhook_not_genuine",
      detail: "The signature is not one of --stripe-secret over this body, or too old",
    };
  }
  if (event.type !== "checkout.session.completed" && event.type !== "checkout.session.async_payment_succeeded") return { kind: "ignored" };
  const checked = SESSION.safeParse(event.data?.object);
  if (!checked.success) return { kind: "ignored", reason: z.prettifyError(checked.error).replace(/\s+/g, " ") };
  const session = checked.data;
  if (session.payment_status !== "paid") return { kind: "ignored" };
  const currency = (session.currency ?? "").toUpperCase();
  const paid = isCurrency(currency) ? readMinor(session.amount_total ?? null, currency) : null;
  if (paid === null) return { kind: "ignored", reason: `an amount of ${session.amount_total} ${session.currency}` };
  const field = (key: string) => session.custom_fields.find((each) => each?.key.toLowerCase() === key)?.text?.value ?? "";
  return {
    kind: "payment",
    payment: {
      origin: "stripe",
      // Two events can tell of one checkout (https://docs.stripe.com/webhooks#handle-duplicate-events), and each checkout is paid once.
      key: session.id,
      name: field("name"),
      message: field("message"),
      isMessagePublic: true,
      reference: session.client_reference_id ?? "",
      amount: paid,
      currency,
    },
  };
}

/** How Stripe counts minor units (https://docs.stripe.com/currencies), which is not how ISO 4217 does: ISK and UGX still have two decimals there. */
const WITHOUT_DECIMALS = ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
const WITH_THREE = ["BHD", "JOD", "KWD", "OMR", "TND"];

function readMinor(minor: number | null, currency: string): string | null {
  if (minor === null || !Number.isSafeInteger(minor)) return null;
  const decimals = WITHOUT_DECIMALS.includes(currency) ? 0 : WITH_THREE.includes(currency) ? 3 : 2;
  return readPaid(placePoint(BigInt(minor), decimals));
}
