import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { countCharacters, dropForbidden, LONGEST_MESSAGE, readText } from "../../../routes/chat/text.ts";

const FAMILY = "👨‍👩‍👧‍👦";

describe("what may be said", () => {
  const good: [what: string, typed: string, text: string][] = [
    ["words", "Hello there", "Hello there"],
    ["markup, which is text like any other", "<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["white space of all kinds, as single spaces", " a\t\tb\r\nc\u2028d\u00a0 ", "a b c d"],
    ["another spelling of the same letters, as one", "Cafe\u0301", "Caf\u00e9"],
    ["emoji as they are", `${FAMILY} 🇹🇼`, `${FAMILY} 🇹🇼`],
    ["words from right to left", "שלום עולם", "שלום עולם"],
    ["500 characters", "x".repeat(500), "x".repeat(500)],
    ["500 that a person would count as 500", "é".repeat(499) + FAMILY, "é".repeat(499) + FAMILY],
  ];
  for (const [what, typed, text] of good) {
    it(`is ${what}`, () => assert.deepEqual(readText(typed, LONGEST_MESSAGE), { kind: "text", text }));
  }
  const bad: [what: string, typed: string, reason: string][] = [
    ["nothing", "", "empty"],
    ["blanks", " \n\t ", "empty"],
    ["what nobody sees: zero width, fillers, braille blank", "\u200b\u200d\u3164\u2800\u00ad\ufeff", "empty"],
    ["501 characters", "x".repeat(501), "too_long"],
    ["501 letters of two code points each", "g\u0308".repeat(501), "too_long"],
    ["few characters under a tower of accents", "Z" + "\u0301\u0316".repeat(1200), "too_long"],
    ["NUL", "a\0b", "control"],
    ["a terminal's escape", "\x1b[31mred", "control"],
    ["the C1 controls", "a\x9bb", "control"],
    ["a right-to-left override", "invoice\u202efdp.exe", "bidi"],
    ["an isolate that is never closed", "\u2067oops", "bidi"],
    ["half a character", "a\ud83d", "broken"],
  ];
  for (const [what, typed, reason] of bad) {
    it(`is not ${what}`, () => assert.deepEqual(readText(typed, LONGEST_MESSAGE), { kind: "refused", reason }));
  }
  it("is counted as people count", () => {
    assert.deepEqual(["", "abc", "añ", FAMILY, "🇹🇼🇹🇼", "中文"].map(countCharacters), [0, 3, 2, 1, 2, 2]);
  });
  it("passes once the page has taken out what the door refuses", () => {
    const typed = "a\0b\u202ec\x9bd\ud83d e\tf";
    assert.equal(dropForbidden(typed), "abcd\ufffd e\tf");
    assert.equal(readText(dropForbidden(typed), 30).kind, "text");
  });
});
