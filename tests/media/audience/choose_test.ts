import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type ChoiceInput, choose, mostWished } from "../../../media/audience/choose.ts";
import { MODES, QUALITIES } from "../../../media/audience/viewer.ts";
import { type Ladder, RENDITION_NAMES, type RenditionName } from "../../../media/hls/rendition.ts";

const LADDER: Ladder = [
  { name: "hq", width: 1280, height: 720, bitsPerSecond: 2_500_000 },
  { name: "mq", width: 854, height: 480, bitsPerSecond: 1_000_000 },
  { name: "lq", width: 426, height: 240, bitsPerSecond: 400_000 },
];
const CALM: ChoiceInput = {
  mode: "home",
  quality: "auto",
  slot: "hq",
  drivenPick: null,
  motionPick: "mq",
  cap: "hq",
  boost: null,
  ladder: LADDER,
};

const cases: [name: string, input: Partial<ChoiceInput>, rendition: string, reason: string][] = [
  ["on auto a slot shows what it is named after", { slot: "mq" }, "mq", "auto"],
  ["a pin fills every slot", { quality: "lq", slot: "hq" }, "lq", "pinned"],
  ["a pin may be above the slot", { quality: "hq", slot: "lq" }, "hq", "pinned"],
  ["in gaming mode the motion fills every slot", { mode: "gaming", motionPick: "lq", quality: "hq" }, "lq", "motion"],
  ["a driven player gets the server's pick in any slot", { drivenPick: "mq", slot: "lq" }, "mq", "auto"],
  ["a driven player's pin goes before the server's pick", { drivenPick: "mq", quality: "hq" }, "hq", "pinned"],
  ["the cap lowers the slots above it", { cap: "mq", slot: "hq" }, "mq", "budget"],
  ["the cap leaves the slots below it alone", { cap: "mq", slot: "lq" }, "lq", "auto"],
  ["a wish at the cap is no refusal", { cap: "mq", quality: "mq" }, "mq", "pinned"],
  ["the cap stands over a pin", { cap: "lq", quality: "hq" }, "lq", "budget"],
  ["the cap stands over the motion", { cap: "mq", mode: "gaming", motionPick: "hq" }, "mq", "budget"],
  ["a boost lifts the cap, and is the reason", { cap: "lq", boost: "hq", quality: "hq" }, "hq", "boost"],
  ["a boost goes as far as it goes", { cap: "lq", boost: "mq", quality: "hq" }, "mq", "budget"],
  ["a boost below the cap takes nothing away", { cap: "hq", boost: "mq", quality: "hq" }, "hq", "pinned"],
  ["a boost is no reason for a wish that the cap allows", { cap: "mq", boost: "hq", quality: "lq" }, "lq", "pinned"],
];

describe("choose", () => {
  for (const [name, input, rendition, reason] of cases) {
    it(name, () => {
      const choice = choose({ ...CALM, ...input });
      assert.deepEqual([choice.rendition, choice.reason], [rendition, reason]);
    });
  }
  it("tells what was wished where the budget refuses it", () => {
    assert.deepEqual(choose({ ...CALM, cap: "mq", quality: "hq" }), { rendition: "mq", reason: "budget", wished: "hq" });
    assert.deepEqual(choose({ ...CALM, cap: "lq", boost: "mq", mode: "gaming", motionPick: "hq" }).wished, "hq");
  });
  it("never goes above cap and boost, never below what both allow, and says budget exactly where it lowers", () => {
    const name = fc.constantFrom(...RENDITION_NAMES);
    const maybe = fc.option(name);
    const input = fc.record({
      mode: fc.constantFrom(...MODES),
      quality: fc.constantFrom(...QUALITIES),
      slot: name,
      drivenPick: maybe,
      motionPick: name,
      cap: name,
      boost: maybe,
    });
    const rank = (each: RenditionName) => RENDITION_NAMES.indexOf(each);
    fc.assert(fc.property(input, (given) => {
      const { rendition, reason, wished } = choose({ ...given, ladder: LADDER });
      const best = Math.min(rank(given.cap), rank(given.boost ?? "lq"));
      assert.equal(rank(rendition), Math.max(rank(wished), best));
      assert.equal(reason === "budget", rendition !== wished);
      assert.ok(rank(mostWished({ ...given, ladder: LADDER })) <= rank(wished));
    }));
  });
});
