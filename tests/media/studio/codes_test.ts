import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { makeCode, readCode } from "../../../media/studio/codes.ts";

const KEY = "k".repeat(43);
const NOW_MS = 1_700_000_000_500;
const MINUTE_MS = 60_000;

describe("a code for the studio", () => {
  it("is safe in an address, and never the same twice", () => {
    const codes = new Set(Array.from({ length: 100 }, () => makeCode(KEY, NOW_MS)));
    assert.equal(codes.size, 100);
    for (const code of codes) assert.match(code, /^[A-Za-z0-9_-]{38}$/);
  });

  const moments: [afterMs: number, kind: string][] = [
    [0, "code"],
    [9 * MINUTE_MS, "code"],
    [10 * MINUTE_MS, "old"],
    [-MINUTE_MS, "old"],
    [365 * 24 * 60 * MINUTE_MS, "old"],
  ];
  for (const [afterMs, kind] of moments) {
    it(`is read as ${kind} ${afterMs / MINUTE_MS} minutes after it was made`, () => {
      assert.equal(readCode(KEY, makeCode(KEY, NOW_MS), NOW_MS + afterMs).kind, kind);
    });
  }

  it("is wrong where one character of it is another one, or another key has signed it", () => {
    const code = makeCode(KEY, NOW_MS);
    for (let at = 0; at < code.length - 1; at++) {
      const forged = code.slice(0, at) + (code[at] === "A" ? "B" : "A") + code.slice(at + 1);
      assert.equal(readCode(KEY, forged, NOW_MS).kind, "wrong", forged);
    }
    assert.equal(readCode("l".repeat(43), code, NOW_MS).kind, "wrong");
    for (const text of ["", code.slice(1), `${code}A`, `${code.slice(1)}\n`, "x".repeat(38)]) {
      assert.equal(readCode(KEY, text, NOW_MS).kind, "wrong", text);
    }
  });
});
