/** Makes what tells whether a text has one of these words in it, however they are written: large or small, wide or narrow, with what is not seen between letters. */
export function createWordFinder(words: readonly string[]): (text: string) => boolean {
  const wanted = words.map(fold).filter((word) => word !== "");
  if (wanted.length === 0) return () => false;
  const pattern = new RegExp(wanted.map(boundWord).join("|"), "u");
  return (text) => pattern.test(fold(text));
}

/** In scripts that put no space between words a word may stand anywhere; elsewhere it is a whole one: who holds "ass" does not hold "glass". */
function boundWord(word: string): string {
  const before = startsSpaced(word) ? String.raw`(?<![\p{L}\p{N}])` : "";
  const after = startsSpaced([...word].at(-1)!) ? String.raw`(?![\p{L}\p{N}])` : "";
  return `${before}${escape(word)}${after}`;
}

function startsSpaced(text: string): boolean {
  return /^[\p{L}\p{N}]/u.test(text) &&
    !/^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]/u.test(text);
}

function escape(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/-]/g, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "").replace(/\s+/gu, " ").trim();
}
