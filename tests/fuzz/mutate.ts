import fc from "fast-check";

/** What may be put into a text anywhere: what separates, quotes, ends or turns a line in the formats that are read here, and what no format has. */
const SPICE = [
  ",",
  ";",
  "=",
  '"',
  "\\",
  "(",
  ")",
  "[",
  "]",
  ":",
  "::",
  "/",
  "//",
  ".",
  "..",
  "-",
  "+",
  "%",
  "%00",
  "%2e",
  "?",
  "&",
  "#",
  " ",
  "\t",
  "\r\n",
  "\0",
  "\ud800",
  "é",
  "🎬",
  "0",
  "9".repeat(20),
  "true",
  "null",
];

type Edit = { readonly at: number; readonly kind: "insert" | "delete" | "repeat" | "swap"; readonly length: number; readonly text: string };

const EDIT: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(10_000),
  kind: fc.constantFrom("insert", "delete", "repeat", "swap"),
  length: fc.integer({ min: 1, max: 12 }),
  text: fc.oneof(fc.constantFrom(...SPICE), fc.string({ maxLength: 4 })),
});

/** Real captures with a few mistakes in them, whole ones among them, and now and then something else altogether. */
export function mutated(captures: readonly string[]): fc.Arbitrary<string> {
  const near = fc.tuple(fc.constantFrom(...captures), fc.array(EDIT, { maxLength: 5 })).map(([text, edits]) => edits.reduce(edit, text));
  return fc.oneof({ weight: 8, arbitrary: near }, { weight: 1, arbitrary: fc.string({ maxLength: 60 }) }, {
    weight: 1,
    arbitrary: fc.string({ unit: "binary", maxLength: 60 }),
  });
}

function edit(text: string, { at, kind, length, text: put }: Edit): string {
  const from = text.length === 0 ? 0 : at % text.length;
  const piece = text.slice(from, from + length);
  switch (kind) {
    case "insert":
      return text.slice(0, from) + put + text.slice(from);
    case "delete":
      return text.slice(0, from) + text.slice(from + length);
    case "repeat":
      return text.slice(0, from) + piece.repeat(3) + text.slice(from);
    case "swap":
      return text.slice(0, from) + [...piece].reverse().join("") + text.slice(from + length);
  }
}

type ByteEdit = {
  readonly at: number;
  readonly kind: "insert" | "delete" | "repeat" | "flip" | "set";
  readonly length: number;
  readonly bytes: Uint8Array;
};

const BYTE_EDIT: fc.Arbitrary<ByteEdit> = fc.record({
  at: fc.nat(100_000),
  kind: fc.constantFrom("insert", "delete", "repeat", "flip", "set"),
  length: fc.integer({ min: 1, max: 8 }),
  // What lengths, counts and signs are made of, beside anything at all.
  bytes: fc.oneof(
    fc.constantFrom([0], [255], [128], [127], [255, 255, 255], [0, 0, 0, 0]).map((each) => Uint8Array.from(each)),
    fc.uint8Array({ maxLength: 4 }),
  ),
});

/** These bytes with a few mistakes in them; every third time with none. */
export function mutatedBytes(captures: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const edits = fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.array(BYTE_EDIT, { maxLength: 4 }) });
  return fc.tuple(captures, edits).map(([bytes, all]) => all.reduce(editBytes, bytes));
}

function editBytes(bytes: Uint8Array, { at, kind, length, bytes: put }: ByteEdit): Uint8Array {
  const from = bytes.length === 0 ? 0 : at % bytes.length;
  const [before, piece, after] = [bytes.subarray(0, from), bytes.subarray(from, from + length), bytes.subarray(from + length)];
  switch (kind) {
    case "insert":
      return joinBytes(before, put, piece, after);
    case "delete":
      return joinBytes(before, after);
    case "repeat":
      return joinBytes(before, piece, piece, after);
    case "flip":
      return joinBytes(before, piece.map((byte) => byte ^ (1 << length % 8)), after);
    case "set":
      return joinBytes(before, put.subarray(0, piece.length), piece.subarray(Math.min(put.length, piece.length)), after);
  }
}

function joinBytes(...pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
