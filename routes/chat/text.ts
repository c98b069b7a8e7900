/** What somebody typed, made fit to be shown, or what is wrong with it. */
export type TextOutcome = { readonly kind: "text"; readonly text: string } | { readonly kind: "refused"; readonly reason: TextProblem };

/**
 * - `broken`: half a character (a lone surrogate), which no file and no page can keep.
 * - `control`: control characters that are no white space (Unicode category Cc).
 * - `bidi`: characters that turn the text around them, also other people's (UAX 9: embeddings, overrides and isolates).
 * - `empty`: nothing in it that can be seen.
 */
export type TextProblem = "broken" | "control" | "bidi" | "empty" | "too_long";

/** In characters as people count them. */
export const LONGEST_NAME = 30;
export const LONGEST_MESSAGE = 500;

/** A character is up to so many code points on average: a family of emoji has seven, a tower of accents would have hundreds. */
const MOST_CODE_POINTS_EACH = 4;

/**
 * Checks a name or a message of at most `longest` characters. White space, line breaks among it, becomes single spaces, and the text is brought into
 * one of its equal spellings (NFC), so that what looks the same is the same. Nothing else is taken out: what may not be said is refused.
 */
export function readText(typed: string, longest: number): TextOutcome {
  if (BROKEN.test(typed)) return refuse("broken");
  const text = typed.normalize("NFC").replace(/\s+/gu, " ").trim();
  if (/\p{Cc}/u.test(text)) return refuse("control");
  if (TURNING.test(text)) return refuse("bidi");
  if (text.replace(INVISIBLE, "") === "") return refuse("empty");
  // The cheap count first: characters of a text of any length would be counted for long, and nothing has been asked yet of who sends it.
  return [...text].length > longest * MOST_CODE_POINTS_EACH || countCharacters(text) > longest
    ? refuse("too_long")
    : { kind: "text", text };
}

/** What a person would count: a flag or a family of emoji is one, a letter with its accents too. */
export function countCharacters(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  if (graphemes === null) return [...text].length;
  let count = 0;
  for (const _ of graphemes.segment(text)) count++;
  return count;
}

/** The same without what `readText` refuses for being there: for a field that somebody pastes into. */
export function dropForbidden(typed: string): string {
  return typed.replace(new RegExp(BROKEN, "gu"), "\ufffd").replace(/[^\P{Cc}\s]/gu, "").replace(new RegExp(TURNING, "gu"), "");
}

const TURNING = /[\u202a-\u202e\u2066-\u2069]/u;
/** The braille blank and the Hangul fillers are letters by the book and blanks on screen. */
const INVISIBLE = /[\p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** Pages run this too: Firefox has it since 2024. Without it, code points are counted; the server has the last word. */
const graphemes = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "grapheme" }) : null;
/** Half a character. In this mode a whole one is no pair of halves. */
const BROKEN = /\p{Surrogate}/u;

function refuse(reason: TextProblem): TextOutcome {
  return { kind: "refused", reason };
}
