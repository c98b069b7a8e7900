import type { TextLine } from "../../media/mixer/overlays/overlays.ts";
import type { NewText } from "./schemas.ts";

/** A text line as it is asked for, as the mixer takes it. */
export function readText(asked: NewText): TextLine {
  if (asked.kind !== "countdown") return asked;
  const { kind, until, corner } = asked;
  return { kind, untilMs: Date.parse(until), corner };
}

/** The other way round. */
export function writeText(text: TextLine): NewText {
  if (text.kind !== "countdown") return text;
  return { kind: text.kind, until: new Date(text.untilMs).toISOString(), corner: text.corner };
}
