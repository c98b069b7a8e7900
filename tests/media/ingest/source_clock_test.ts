import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { createSourceClock } from "../../../media/ingest/source_clock.ts";

type Row = readonly [track: "picture" | "sound", timeMs: number, atMs: number, expected: number];

function check(rows: readonly (Row | "restart")[]): void {
  const clock = createSourceClock();
  for (const row of rows) {
    if (row === "restart") clock.restart();
    else assert.equal(clock.map(row[0], row[1], row[2]), row[3], `${row}`);
  }
}

describe("the clock of a source", () => {
  it("begins at one second and goes as the publisher's times go, for both tracks", () => {
    check([["picture", 5000, 0, 1000], ["sound", 5010, 1, 1010], ["picture", 5033, 33, 1033], ["sound", 4990, 34, 1010], [
      "picture",
      5066,
      40,
      1066,
    ]]);
  });
  it("leaves a pause as long as the publisher says it was", () => {
    check([["picture", 0, 0, 1000], ["picture", 5000, 5010, 6000], ["picture", 5900, 5100, 6900]]);
  });
  it("takes what a stalled network delivers at once for no jump, also with a gap in it", () => {
    check([["picture", 0, 0, 1000], ["picture", 33, 2033, 1033], ["picture", 2000, 2034, 3000], ["picture", 2033, 2035, 3033]]);
  });
  it("follows a file that is sent faster than it would be shown", () => {
    check([["picture", 0, 0, 1000], ["picture", 900, 1, 1900], ["picture", 1800, 2, 2800], ["picture", 2700, 3, 3700]]);
  });
  it("goes on where it was when times jump by an hour, forwards or back, and lips stay in step", () => {
    for (const jump of [3_600_000, -3_600_000]) {
      const base = 4_000_000;
      check([
        ["picture", base, 0, 1000],
        ["sound", base + 10, 10, 1010],
        ["picture", base + jump + 33, 33, 1033],
        ["sound", base + 33, 34, 1033], // sound that has not jumped yet
        ["sound", base + jump + 56, 57, 1056],
        ["picture", base + jump + 66, 66, 1066],
      ]);
    }
  });
  it("goes on when 32 bits are used up", () => {
    check([["picture", 2 ** 32 - 10, 0, 1000], ["picture", 23, 33, 1033]]);
  });
  it("goes on after a return, by as long as it took", () => {
    check([["picture", 0, 0, 1000], ["sound", 0, 0, 1000], "restart", ["picture", 700, 2500, 3500], ["sound", 690, 2510, 3490]]);
  });
  it("never lets decoding go back", () => {
    const steps = fc.array(
      fc.record({
        track: fc.constantFrom("picture" as const, "sound" as const),
        step: fc.oneof(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -1e9, max: 1e9 })),
        waited: fc.nat(100),
        isReturn: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    fc.assert(fc.property(steps, (all) => {
      const clock = createSourceClock();
      const last = { picture: 0, sound: 0 };
      let timeMs = 0;
      let atMs = 0;
      for (const { track, step, waited, isReturn } of all) {
        timeMs += step;
        atMs += waited;
        if (isReturn) clock.restart();
        const outMs = clock.map(track, timeMs, atMs);
        assert.ok(outMs >= last[track] && Number.isInteger(outMs), `${outMs} after ${last[track]}`);
        last[track] = outMs;
      }
    }));
  });
});
