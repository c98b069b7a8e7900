import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { createPieces } from "../../../media/room/pieces.ts";

const SECRET = new Uint8Array(32).fill(5);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOON_MS = 500_000 * HOUR_MS;

function piecesAt(ms: number, secret = SECRET) {
  return createPieces({ secret, nowMs: () => ms });
}

describe("a piece", () => {
  it("is safe in a path, the same for a whole hour, and another for the next", () => {
    const pieces = piecesAt(NOON_MS);
    assert.match(pieces.now(), /^[\w-]{20}$/);
    assert.equal(pieces.at(NOON_MS), pieces.now());
    assert.equal(pieces.at(NOON_MS + HOUR_MS - 1), pieces.now());
    assert.notEqual(pieces.at(NOON_MS + HOUR_MS), pieces.now());
    assert.notEqual(pieces.at(NOON_MS - 1), pieces.now());
  });
  it("is made of the secret: the same anew, another of another one", () => {
    assert.equal(piecesAt(NOON_MS, SECRET.slice()).now(), piecesAt(NOON_MS).now());
    assert.notEqual(piecesAt(NOON_MS, new Uint8Array(32).fill(6)).now(), piecesAt(NOON_MS).now());
  });
  it("is good from 10 minutes before its hour to 10 minutes after it, to the millisecond", () => {
    const piece = piecesAt(NOON_MS).now();
    const moments: [ms: number, isGood: boolean][] = [
      [NOON_MS - 10 * MINUTE_MS - 1, false],
      [NOON_MS - 10 * MINUTE_MS, true],
      [NOON_MS, true],
      [NOON_MS + HOUR_MS - 1, true],
      [NOON_MS + 70 * MINUTE_MS - 1, true],
      [NOON_MS + 70 * MINUTE_MS, false],
      [NOON_MS + 24 * HOUR_MS, false],
    ];
    for (const [ms, isGood] of moments) assert.equal(piecesAt(ms).isGood(piece), isGood, `${(ms - NOON_MS) / MINUTE_MS} min`);
  });
  it("is none of another secret, and nothing else is one", () => {
    const pieces = piecesAt(NOON_MS);
    const good = pieces.now();
    assert.equal(piecesAt(NOON_MS, new Uint8Array(32)).isGood(good), false);
    for (let at = 0; at < good.length; at++) {
      assert.equal(pieces.isGood(good.slice(0, at) + (good[at] === "A" ? "B" : "A") + good.slice(at + 1)), false);
    }
    for (const other of ["", good.slice(1), `${good}A`, good.replace(/./, "é"), good.replace(/../, "é"), "\0".repeat(20)]) {
      assert.equal(pieces.isGood(other), false, other);
    }
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => !pieces.isGood(text)));
  });
  it("is good for as long as something of its hour is listed, wherever the clock was set to meanwhile", () => {
    const pieces = piecesAt(NOON_MS);
    const old = pieces.at(NOON_MS - 5 * HOUR_MS);
    assert.equal(pieces.isGood(old), false);
    assert.equal(pieces.isGood(old, [NOON_MS, NOON_MS - 5 * HOUR_MS + 7]), true);
    assert.equal(pieces.isGood(old, [NOON_MS, NOON_MS - 4 * HOUR_MS]), false);
    assert.equal(pieces.isGood(pieces.now(), []), true);
  });
  it("goes on over the years, whichever hours were asked for before", () => {
    let ms = NOON_MS;
    const pieces = createPieces({ secret: SECRET, nowMs: () => ms });
    for (let hour = 0; hour < 50; hour++, ms += HOUR_MS) {
      assert.equal(pieces.isGood(pieces.at(ms)), true);
      assert.equal(pieces.isGood(piecesAt(ms).at(ms - 2 * HOUR_MS)), false);
    }
  });
});
