import type { Grid } from "../timeline/grid.ts";
import type { Position } from "./segment.ts";
import type { Window } from "./window.ts";

/** What a playlist request asks to wait for; both null: nothing. */
export interface Directives {
  readonly msn: number | null;
  /** Never without an MSN. */
  readonly part: number | null;
}

export type ParsedDirectives =
  | { readonly kind: "directives"; readonly directives: Directives }
  | { readonly kind: "refuse"; readonly reason: string };

export type Judgement = { readonly kind: "ready" } | { readonly kind: "wait" } | { readonly kind: "refuse"; readonly reason: string };

/**
 * Reads `_HLS_msn` and `_HLS_part` (draft-pantos-hls-rfc8216bis, 6.2.5.2; rules 36 and 39). Other `_HLS_` names, `_HLS_skip` among them, are ignored:
 * there are no delta updates here. "refuse" is an HTTP 400.
 */
export function parseDirectives(query: URLSearchParams): ParsedDirectives {
  const msn = readNumber(query, "_HLS_msn");
  if (typeof msn === "string") return { kind: "refuse", reason: msn };
  const part = readNumber(query, "_HLS_part");
  if (typeof part === "string") return { kind: "refuse", reason: part };
  if (msn === null && part !== null) return { kind: "refuse", reason: "_HLS_part needs _HLS_msn" };
  return { kind: "directives", directives: { msn, part } };
}

/**
 * Says whether a playlist of the window, as it is now, answers the request (rules 31 to 34 and 37). Ask again after each change.
 * A playlist that lists no parts can only answer for whole segments: for such a dialect hand in `part: null` (rule 38).
 */
export function judge(directives: Directives, window: Pick<Window, "segments" | "find" | "last">, grid: Grid): Judgement {
  const { msn, part } = directives;
  const last = window.last();
  if (msn === null) return READY;
  if (last === null) return WAIT;
  const newest = window.find(last.msn);
  const lastClosedMsn = newest?.isClosed ? last.msn : last.msn - 1;
  if (msn > lastClosedMsn + 2) return { kind: "refuse", reason: `_HLS_msn=${msn} is too far ahead of ${lastClosedMsn}` };
  if (part === null) return msn <= lastClosedMsn ? READY : WAIT;

  const wanted = positionOf(msn, part, window);
  if (isAtOrAfter(last, wanted)) return READY;
  const publishedParts = window.find(wanted.msn)?.parts.length ?? 0;
  if (wanted.part - (publishedParts - 1) > advancePartLimit(grid)) {
    return { kind: "refuse", reason: `_HLS_part=${part} is too far ahead of part ${publishedParts - 1} of segment ${wanted.msn}` };
  }
  return WAIT;
}

const READY: Judgement = { kind: "ready" };
const WAIT: Judgement = { kind: "wait" };

/** The number, null where there is none, or the reason why it cannot be one. */
function readNumber(query: URLSearchParams, name: string): number | null | string {
  const values = query.getAll(name);
  const text = values[0];
  if (text === undefined) return null;
  if (values.length > 1) return `${name} stands there ${values.length} times`;
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : `${name}=${text.slice(0, 40)} is not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`;
}

/** Rule 33: a part past the end of its complete segment is part 0 of the next one. */
function positionOf(msn: number, part: number, window: Pick<Window, "find">): Position {
  const segment = window.find(msn);
  return segment?.isClosed && part >= segment.parts.length ? { msn: msn + 1, part: 0 } : { msn, part };
}

function isAtOrAfter(a: Position, b: Position): boolean {
  return a.msn > b.msn || (a.msn === b.msn && a.part >= b.part);
}

/** How many parts ahead of the last one may be asked for (6.2.5.2). */
function advancePartLimit(grid: Grid): number {
  return grid.partTargetSeconds < 1 ? 3 / grid.partTargetSeconds : 3;
}
