import type { Context } from "hono";
import type { z } from "zod";
import { answerProblem, type FieldError } from "./problems.ts";
import { describeIssues } from "./wishes.ts";

/** What a handler gets of a request's body: the checked value, or the answer that says what is wrong with it. */
export type BodyOutcome<T> = { readonly kind: "body"; readonly value: T } | { readonly kind: "refused"; readonly answer: Response };

/** Reads a JSON body, whatever its Content-Type says. An empty one counts as `{}`. */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<BodyOutcome<T>> {
  const read = await readText(c);
  if (read.kind === "refused") return read;
  const text = read.value;
  const json = parseJson(text);
  if (json.kind === "broken") return refuse([{ field: "", value: text.slice(0, 80), message: json.reason }]);
  const checked = schema.safeParse(json.value);
  return checked.success ? { kind: "body", value: checked.data } : refuse(describeIssues(checked.error, json.value));
}

/**
 * Reads a body of up to 64 KB that is here within 10 s, or less where hundreds are on their way: those that take longest are let go. One that breaks off is
 * nobody's fault: whoever sent it has gone away.
 */
export async function readText(c: Context): Promise<BodyOutcome<string>> {
  const read = await readBytes(c, LARGEST_BODY_BYTES);
  return read.kind === "refused" ? read : { kind: "body", value: new TextDecoder().decode(read.value) };
}

/** The same of whatever bytes, up to so many. */
export async function readBytes(c: Context, mostBytes: number): Promise<BodyOutcome<Uint8Array>> {
  const { headers, body } = c.req.raw;
  // One that tells its length is no longer than that.
  const told = headers.has("transfer-encoding") ? null : headers.get("content-length");
  if (Number(told) > mostBytes) return refuseBody("body_too_large");
  if (body === null) return { kind: "body", value: new Uint8Array() };
  const reader = openReader(body);
  let isLate = false;
  const giveUp = () => {
    isLate = true;
    coming.delete(giveUp);
    // Otherwise memory would be kept for what may come. The connection stands until whoever has it leaves.
    reader.cancel().catch(() => {});
  };
  const timer = setTimeout(giveUp, LONGEST_BODY_MS);
  coming.add(giveUp);
  const [longest] = coming;
  if (coming.size > MOST_COMING) longest!();
  try {
    const bytes = await readUpTo(reader, mostBytes);
    if (isLate) return refuseBody("body_too_slow");
    return bytes === null ? refuseBody("body_too_large") : { kind: "body", value: bytes };
  } catch {
    return refuseBody(isLate ? "body_too_slow" : "body_broken_off");
  } finally {
    clearTimeout(timer);
    coming.delete(giveUp);
  }
}

/** Gives up bodies that are on their way, the one that has taken longest first. */
const coming = new Set<() => void>();
const MOST_COMING = 200;
const LARGEST_BODY_BYTES = 64 * 1024;
const LONGEST_BODY_MS = 10_000;
const CHUNK_BYTES = 2048;

function refuseBody(
  problem: "body_too_large" | "body_too_slow" | "body_broken_off",
): { readonly kind: "refused"; readonly answer: Response } {
  const headers: Record<string, string> = problem === "body_too_slow" ? { connection: "close" } : {};
  return { kind: "refused", answer: answerProblem(problem, { headers }) };
}

interface BodyReader {
  read(): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
}

/** A thousand bodies that do not come cost 60 MB when they are read into memory of ours, 180 MB into what Deno makes for each. A test's own stream may have no such way. */
function openReader(body: ReadableStream<Uint8Array>): BodyReader {
  try {
    const reader = body.getReader({ mode: "byob" });
    return { read: async () => (await reader.read(new Uint8Array(CHUNK_BYTES))).value ?? null, cancel: () => reader.cancel() };
  } catch {
    const reader = body.getReader();
    return { read: async () => (await reader.read()).value ?? null, cancel: () => reader.cancel() };
  }
}

/** Null where there is more. */
async function readUpTo(reader: BodyReader, mostBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); next !== null && next.length > 0; next = await reader.read()) {
    length += next.length;
    if (length > mostBytes) return await reader.cancel().then(() => null);
    chunks.push(next);
  }
  return chunks.length === 1 ? chunks[0]! : await new Blob(chunks as BlobPart[]).bytes();
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
