import { readText, type TextProblem } from "../chat/text.ts";
import { answerProblem, type FieldError } from "../problems.ts";

type Optional = { readonly kind: "text"; readonly text: string } | { readonly kind: "refused"; readonly reason: TextProblem };

/** A text that may be empty, or left out. */
export function readOptional(typed: string | undefined, longest: number): Optional {
  const read = readText(typed ?? "", longest);
  return read.kind === "refused" && read.reason === "empty" ? { kind: "text", text: "" } : read;
}

export function faultOf(field: string, value: unknown, reason: TextProblem, longest: number): FieldError {
  return {
    field,
    value: typeof value === "string" ? value.slice(0, 80) : null,
    message: reason === "too_long" ? `longer than ${longest} characters` : FAULTS[reason],
  };
}

const FAULTS: Readonly<Record<Exclude<TextProblem, "too_long">, string>> = {
  broken: "holds half a character",
  control: "holds control characters",
  bidi: "holds characters that turn text around",
  empty: "is empty",
};

export function refuseFields(errors: readonly FieldError[]): Response {
  const detail = errors.map(({ field, value, message }) => `${field} = ${JSON.stringify(value)}: ${message}`).join("; ");
  return answerProblem("bad_body", { detail, errors });
}
