import { takeDonorCode } from "../../media/audience/donor_code.ts";
import { dropForbidden, LONGEST_MESSAGE, LONGEST_NAME, readText } from "../chat/text.ts";
import type { Problem } from "../problems.ts";
import type { Gift } from "./till.ts";

/** A payment that a service has told of, in its words. */
export interface Payment extends Pick<Gift, "origin" | "key" | "name" | "amount" | "currency" | "message"> {
  /** False: nobody but the streamer may read the message. */
  readonly isMessagePublic: boolean;
  /** Where the service hands on what the link brought along: the donor's code. It may also stand in the message. */
  readonly reference: string;
}

/** `ignored`: genuine, and nothing to give thanks for; with a reason where it should have been something. */
export type PaymentOutcome =
  | { readonly kind: "payment"; readonly payment: Payment }
  | { readonly kind: "ignored"; readonly reason?: string }
  | { readonly kind: "refused"; readonly problem: Problem; readonly detail: string };

/** What everybody may see of a payment. The money is paid: a text that does not do is mended or left out, never a reason to refuse. */
export function readGift(payment: Payment): Omit<Gift, "publicId"> {
  const inMessage = takeDonorCode(payment.message);
  const { origin, key, amount, currency } = payment;
  return {
    origin,
    key,
    amount,
    currency,
    code: takeDonorCode(payment.reference)?.code ?? inMessage?.code ?? null,
    name: mend(payment.name, LONGEST_NAME),
    message: payment.isMessagePublic ? mend(inMessage?.rest ?? payment.message, LONGEST_MESSAGE) : "",
  };
}

function mend(typed: string, longest: number): string {
  const text = dropForbidden(typed);
  const whole = readText(text, longest);
  if (whole.kind === "text") return whole.text;
  const cut = whole.reason === "too_long" ? readText([...text].slice(0, longest - 1).join(""), longest) : whole;
  return cut.kind === "text" ? `${cut.text}…` : "";
}
