import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { donorCode, takeDonorCode } from "../../../media/audience/donor_code.ts";
import { createDonors } from "../../../media/audience/donors.ts";
import { createHistory } from "../../../media/audience/history.ts";
import { createHouse } from "../../../media/audience/house.ts";
import type { Viewer } from "../../../media/audience/viewer.ts";
import { parseLadder } from "../../../media/settings/values.ts";

describe("a donor's code", () => {
  it("is six characters that nobody mixes up, the same for the same viewer", () => {
    assert.equal(donorCode("AAAAAAAAAAAAAAAA"), "TERCET-000000");
    assert.equal(donorCode("_____AAAAAAAAAAA"), "TERCET-ZZZZZZ");
    const codes = new Set(
      Array.from({ length: 64 }, (_, at) => donorCode(`AAAA${"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[at]}AAA`)),
    );
    assert.equal(codes.size, 64);
  });
  it("is found in whatever is written around it", () => {
    const publicId = fc.array(fc.constantFrom(..."ABCxyz019-_"), { minLength: 16, maxLength: 16 }).map((all) => all.join(""));
    fc.assert(
      fc.property(publicId, fc.constantFrom("", "Hi ", "great show: "), fc.constantFrom("", " bye", ".", "!"), (id, before, after) => {
        const code = donorCode(id);
        assert.deepEqual(takeDonorCode(before + code + after), { code, rest: (before + after).trim() });
      }),
    );
  });
  const written: [text: string, code: string | null][] = [
    ["tercet-0a1b2c", "TERCET-0A1B2C"],
    ["Tercet OA1B2C", "TERCET-0A1B2C"],
    ["TERCET_olilil", "TERCET-011111"],
    ["tercet0a1b2c", "TERCET-0A1B2C"],
    ["TERCET-0A1B2", null],
    ["TERCET-0A1B2C3", null],
    ["TERCET-UUUUUU", null],
    ["I love Tercet very much", null],
    ["", null],
  ];
  for (const [text, code] of written) {
    it(`in ${JSON.stringify(text)} is ${code}`, () => assert.equal(takeDonorCode(text)?.code ?? null, code));
  }
});

describe("donors", () => {
  it("are boosted as long as their gift lasts, and donors for a day", () => {
    let nowMs = 0;
    const donors = createDonors({ now: () => nowMs });
    const [id, other] = ["AAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBB"];
    donors.add(donorCode(id), { atMs: 0, boostedUntilMs: 600_000 });
    donors.add(donorCode(id), { atMs: 0, boostedUntilMs: 100 });
    assert.deepEqual([donors.boostedUntilMs(id), donors.boostedUntilMs(other)], [600_000, null]);
    nowMs = 600_000;
    assert.deepEqual([donors.boostedUntilMs(id), donors.isDonor(id), donors.isDonor(other)], [null, true, false]);
    nowMs = 24 * 3_600_000 + 1;
    assert.equal(donors.isDonor(id), false);
  });
  it("come before those who have watched longer where the uplink is full, and that is said to be for the donation", () => {
    let nowMs = 1_790_000_000_000;
    const donors = createDonors({ now: () => nowMs });
    const house = createHouse({
      ladder: parseLadder("1280x720@2500k,854x480@1000k,426x240@400k").ladder,
      uplinkBitsPerSecond: 5_000_000,
      motionThreshold: 0.008,
      segmentSeconds: 1,
      partsPerSecond: 5,
      isEvenLadder: false,
      isBoosted: ({ publicId }) => donors.boostedUntilMs(publicId) !== null,
      now: () => nowMs,
      log() {},
    });
    const crowd = Array.from({ length: 8 }, (_, id) => viewer(`${id}AAAAAAAAAAAAAAA`, nowMs + id));
    const pass = (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1000;
        house.settle({ nowMs, segments: [], present: crowd, isSlate: false });
      }
    };
    pass(30);
    const last = crowd.at(-1)!;
    assert.deepEqual([house.circumstances(last).cap, house.circumstances(last).boost], ["lq", null]);
    assert.equal(house.circumstances(crowd[0]!).cap, "mq");
    donors.add(donorCode(last.publicId), { atMs: nowMs, boostedUntilMs: nowMs + 600_000 });
    pass(1);
    assert.deepEqual([house.circumstances(last).cap, house.circumstances(last).boost], ["lq", "mq"]);
    pass(600);
    assert.equal(house.circumstances(last).boost, null);
  });
});

function viewer(publicId: string, firstSeenMs: number): Viewer {
  return {
    id: `key of ${publicId}`,
    publicId,
    invite: null,
    client: "hls.js",
    slots: [0, 1, 2],
    mode: "home",
    quality: "auto",
    firstSeenMs,
    lastSeenMs: firstSeenMs,
    lastSlot: 0,
    choices: [],
    cap: null,
    history: createHistory(3),
  };
}
