/** What a Range header asks of a body (RFC 9110, section 14): `end` is the first byte after it. */
export type Range =
  | { readonly kind: "whole" }
  | { readonly kind: "range"; readonly start: number; readonly end: number; readonly length: number }
  | { readonly kind: "beyond" };

/** What is not understood, several ranges at once, and a condition that cannot be checked (there are no validators) get the whole body. */
export function parseRange(header: string | undefined, ifRange: string | undefined, length: number): Range {
  if (header === undefined || ifRange !== undefined) return WHOLE;
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null) return WHOLE;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return WHOLE;
  const start = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? length : Math.min(length, Number(last) + 1);
  if (first !== "" && last !== "" && Number(last) < start) return WHOLE;
  return start < end ? { kind: "range", start, end, length } : { kind: "beyond" };
}

/** Of the resource's kind. */
type Headers = Readonly<Record<string, string>>;

export function answerRange(bytes: Uint8Array, { start, end, length }: Range & { kind: "range" }, more: Headers): Response {
  return new Response(bytes.subarray(start, end) as Uint8Array<ArrayBuffer>, {
    status: 206,
    headers: { ...more, "content-length": String(end - start), "content-range": `bytes ${start}-${end - 1}/${length}` },
  });
}

/** The same where only those bytes are at hand; null for the answer to HEAD. */
export function answerExcerpt(
  bytes: Uint8Array | null,
  range: Exclude<Range, { kind: "beyond" }>,
  length: number,
  more: Headers,
): Response {
  const headers = { ...more, "content-length": String(range.kind === "whole" ? length : range.end - range.start) };
  const body = bytes as Uint8Array<ArrayBuffer> | null;
  if (range.kind === "whole") return new Response(body, { headers });
  return new Response(body, { status: 206, headers: { ...headers, "content-range": `bytes ${range.start}-${range.end - 1}/${length}` } });
}

const WHOLE: Range = { kind: "whole" };
