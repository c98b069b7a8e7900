import { z } from "zod";
import { isSame } from "../../media/same_secret.ts";
import { isCurrency, readPaid } from "./money.ts";
import type { PaymentOutcome } from "./payment.ts";

/** The fields that are used of what Ko-fi posts (https://ko-fi.com/manage/webhooks), and their shapes. */
const MESSAGE = z.object({
  message_id: z.string().min(1).max(200),
  type: z.string(),
  is_public: z.boolean(),
  from_name: z.string().nullish(),
  message: z.string().nullish(),
  amount: z.string(),
  currency: z.string(),
});

/** A shop order or a commission is a purchase, and no gift. */
const GIFTS = ["Donation", "Subscription"];

/**
 * Reads a form that says to come from Ko-fi: the field `data` holds JSON with the account's verification token in it. Ko-fi sends the same `message_id`
 * again until it is answered with 200.
 */
export function readKofi(form: string, token: string): PaymentOutcome {
  const json = parse(new URLSearchParams(form).get("data"));
  if (json === undefined) return { kind: "refused", problem: "bad_webhook", detail: 'There is no field "data" with JSON in it' };
  const given: unknown = Reflect.get(Object(json), "verification_token");
  if (typeof given !== "string" || !isSame(given, token)) {
    return { kind: "refused", problem: "webhook_not_genuine", detail: "The verification token is not the one of --kofi-token" };
  }
  const checked = MESSAGE.safeParse(json);
  if (!checked.success) return { kind: "refused", problem: "bad_webhook", detail: z.prettifyError(checked.error) };
  const { message_id: key, type, is_public: isPublic, from_name: name, message, amount, currency: code } = checked.data;
  if (!GIFTS.includes(type)) return { kind: "ignored" };
  const currency = code.toUpperCase();
  const paid = isCurrency(currency) ? readPaid(amount) : null;
  if (paid === null) return { kind: "refused", problem: "bad_webhook", detail: "The amount is not understood" };
  return {
    kind: "payment",
    payment: {
      origin: "kofi",
      key,
      name: name ?? "",
      message: message ?? "",
      isMessagePublic: isPublic,
      reference: "",
      amount: paid,
      currency,
    },
  };
}

function parse(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
