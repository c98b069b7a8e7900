import type { Context } from "hono";
import type { PlayerReport } from "../media/audience/experience.ts";

/**
 * What the player says of itself with this request (CMCD, CTA-5004 version 1 and 2), in the query (`CMCD=…`) or in headers; null where it says nothing.
 * Players that report in headers always send CMCD-Request, so one look is enough for all who do not.
 */
export function readCmcd(c: Context): PlayerReport | null {
  const { url } = c.req;
  const query = url.includes("CMCD=") ? /[?&]CMCD=([^&#]*)/.exec(url)?.[1] : undefined;
  if (query !== undefined) return parseCmcd(decode(query));
  const request = c.req.header("cmcd-request");
  if (request === undefined) return null;
  return parseCmcd([request, c.req.header("cmcd-status"), c.req.header("cmcd-session")].join(","));
}

/** Reads the keys this server looks at; whatever is broken or far off counts as not said. */
export function parseCmcd(text: string): PlayerReport | null {
  if (text.length > LONGEST) return null;
  const bufferMs = readNumber(text, BUFFER_LENGTH);
  const kilobits = readNumber(text, MEASURED_THROUGHPUT);
  return {
    sessionId: SESSION_ID.exec(text)?.[1] ?? null,
    bufferSeconds: bufferMs === null ? null : bufferMs / 1000,
    throughputBitsPerSecond: kilobits === null ? null : kilobits * 1000,
    isStarved: STARVED.test(text),
  };
}

const LONGEST = 2048;
/** Version 2 writes numbers as lists, `bl=(1200)`. */
const BUFFER_LENGTH = /(?:^|,)\s*bl=\(?(\d{1,9})(?:\.\d*)?/;
const MEASURED_THROUGHPUT = /(?:^|,)\s*mtp=\(?(\d{1,9})(?:\.\d*)?/;
const SESSION_ID = /(?:^|,)\s*sid="([^"\\]{1,64})"/;
const STARVED = /(?:^|,)\s*bs(?:=\?1|=true)?\s*(?:,|$)/;

function readNumber(text: string, pattern: RegExp): number | null {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
