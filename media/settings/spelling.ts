const LONGEST_SHOWN = 80;
const LONGEST_SENTENCE = 400;

/** A text as it may stand in a line of a terminal: cut where it is very long, quoted where it has gaps, no control characters. */
export function show(text: string): string {
  return /^[^\s"'\p{C}]+$/u.test(text) ? cut(text, LONGEST_SHOWN) : quote(text);
}

/** A value as JSON writes it, for a line of a terminal. */
export function quote(value: unknown): string {
  return cut(escapeControls(JSON.stringify(value)), LONGEST_SHOWN);
}

/** A sentence that may hold somebody's text. */
export function tidy(message: string): string {
  return cut(escapeControls(message), LONGEST_SENTENCE);
}

/** ` Did you mean …?` for the nearest of the names, or nothing where none is near. */
export function suggest(wrong: string, names: readonly string[]): string {
  const near = names.map((name) => ({ name, distance: countEdits(wrong.slice(0, LONGEST_SHOWN).toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= Math.max(1, Math.floor(near.name.length / 3)) ? ` Did you mean ${near.name}?` : "";
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** JSON leaves DEL, C1 and the invisible format characters (which can turn a line around) as they are. */
function escapeControls(text: string): string {
  return text.replace(/\p{C}/gu, (it) => `\\u{${it.codePointAt(0)!.toString(16)}}`);
}

/** Levenshtein's distance, two neighbours in the wrong order counted as one edit. */
function countEdits(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwap ? beforeLast[j - 2]! + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
