import type { Context } from "hono";
import type { z } from "zod";
import { answerProblem, type FieldError } from "./problems.ts";
import { describeIssues } from "./wishes.ts";

/** What a handler gets of a request's body: the checked value, or the answer that says what is wrong with it. */
export type BodyOutcome<T> = { readonly kind: "body"; readonly value: T } | { readonly kind: "refused"; readonly answer: Response };

/** Reads a JSON body, whatever its Content-Type says. An empty one counts as `{}`. */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<BodyOutcome<T>> {
  const text = await c.req.text();
  const json = parseJson(text);
  if (json.kind === "broken") return refuse([{ field: "", value: text.slice(0, 80), message: json.reason }]);
  const checked = schema.safeParse(json.value);
  return checked.success ? { kind: "body", value: checked.data } : refuse(describeIssues(checked.error, json.value));
}

function parseJson(text: string): { kind: "value"; value: unknown } | { kind: "broken"; reason: string } {
  try {
    return { kind: "value", value: text.trim() === "" ? {} : JSON.parse(text) };
  } catch (error) {
    return { kind: "broken", reason: error instanceof Error ? error.message : String(error) };
  }
}

function refuse(errors: readonly FieldError[]): { readonly kind: "refused"; readonly answer: Response } {
  const detail = errors.map(({ field, value, message }) => `${field || "body"} = ${JSON.stringify(value)}: ${message}`).join("; ");
  return { kind: "refused", answer: answerProblem("bad_body", { detail, errors }) };
}
