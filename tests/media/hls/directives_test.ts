import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { judge, parseDirectives } from "../../../media/hls/directives.ts";
import { createShow } from "./synthetic_show.ts";

describe("directives, as written", () => {
  const readable = [
    { query: "", directives: { msn: null, part: null } },
    { query: "_HLS_msn=7", directives: { msn: 7, part: null } },
    { query: "_HLS_msn=0&_HLS_part=0", directives: { msn: 0, part: 0 } },
    { query: "_HLS_part=3&_HLS_msn=9007199254740991", directives: { msn: 9007199254740991, part: 3 } },
    { query: "_HLS_msn=7&_HLS_skip=YES&_HLS_push=x&_HLS_push=y&other=-1", directives: { msn: 7, part: null } },
  ];
  for (const { query, directives } of readable) {
    it(`reads "${query}"`, () => assert.deepEqual(parseDirectives(new URLSearchParams(query)), { kind: "directives", directives }));
  }

  const refused = [
    "_HLS_part=1",
    "_HLS_msn=-1",
    "_HLS_msn=9e99",
    "_HLS_msn=1.0",
    "_HLS_msn=",
    "_HLS_msn=%201",
    "_HLS_msn=0x1",
    "_HLS_msn=NaN",
    "_HLS_msn=9007199254740992",
    "_HLS_msn=18446744073709551616",
    "_HLS_msn=1&_HLS_msn=1",
    "_HLS_msn=1&_HLS_part=-1",
    "_HLS_msn=1&_HLS_part=1&_HLS_part=2",
    "_HLS_msn=" + "1".repeat(10_000),
    "_HLS_msn=%D9%A1",
  ];
  for (const query of refused) {
    it(`refuses "${query.slice(0, 40)}" and says why`, () => {
      const parsed = parseDirectives(new URLSearchParams(query));
      assert.equal(parsed.kind, "refuse");
      assert.ok(parsed.kind === "refuse" && parsed.reason.length < 150);
    });
  }
});

describe("directives, judged", () => {
  // Segments 100 to 104 are closed, of 105 there are parts 0 and 1. 3/PT is 15 parts.
  const open = createShow();
  open.publishSegments(5);
  open.publishPart();
  open.publishPart();
  // 100 to 104 closed, 105 announced.
  const between = createShow();
  between.publishSegments(5);
  // 105 ended early with parts 0 and 1, 106 announced.
  const cut = createShow();
  cut.publishSegments(5);
  cut.publishPart();
  cut.fault({ run: "slate", frames: 3 });
  // 3 parts of 100, nothing closed.
  const young = createShow();
  for (let i = 0; i < 3; i += 1) young.publishPart();
  const empty = createShow();
  const shows = { open, between, cut, young, empty };

  const cases: { show: keyof typeof shows; msn: number | null; part: number | null; is: string; rule: number }[] = [
    { show: "open", msn: null, part: null, is: "ready", rule: 40 },
    { show: "empty", msn: null, part: null, is: "ready", rule: 40 },
    { show: "empty", msn: 5, part: 0, is: "wait", rule: 32 },
    { show: "open", msn: 104, part: null, is: "ready", rule: 31 },
    { show: "open", msn: 105, part: null, is: "wait", rule: 31 },
    { show: "open", msn: 106, part: null, is: "wait", rule: 37 },
    { show: "open", msn: 107, part: null, is: "refuse", rule: 37 },
    { show: "open", msn: 105, part: 1, is: "ready", rule: 32 },
    { show: "open", msn: 105, part: 2, is: "wait", rule: 32 },
    { show: "open", msn: 105, part: 16, is: "wait", rule: 37 },
    { show: "open", msn: 105, part: 17, is: "refuse", rule: 37 },
    { show: "open", msn: 106, part: 0, is: "wait", rule: 37 },
    { show: "open", msn: 106, part: 15, is: "refuse", rule: 37 },
    { show: "open", msn: 104, part: 5, is: "ready", rule: 33 },
    { show: "open", msn: 104, part: 99, is: "ready", rule: 33 },
    { show: "between", msn: 104, part: 4, is: "ready", rule: 32 },
    { show: "between", msn: 104, part: 5, is: "wait", rule: 33 },
    { show: "between", msn: 104, part: 99, is: "wait", rule: 33 },
    { show: "between", msn: 106, part: null, is: "wait", rule: 37 },
    { show: "between", msn: 107, part: null, is: "refuse", rule: 37 },
    { show: "cut", msn: 105, part: 2, is: "wait", rule: 33 },
    { show: "cut", msn: 105, part: 1, is: "ready", rule: 32 },
    { show: "young", msn: 100, part: null, is: "wait", rule: 31 },
    { show: "young", msn: 101, part: null, is: "wait", rule: 37 },
    { show: "young", msn: 102, part: null, is: "refuse", rule: 37 },
    { show: "open", msn: 3, part: 9, is: "ready", rule: 34 },
    { show: "open", msn: 0, part: null, is: "ready", rule: 34 },
    { show: "open", msn: Number.MAX_SAFE_INTEGER, part: null, is: "refuse", rule: 37 },
  ];
  for (const { show, msn, part, is, rule } of cases) {
    it(`rule ${rule}: msn ${msn}, part ${part} of the show "${show}": ${is}`, () => {
      assert.equal(judge({ msn, part }, shows[show].window, shows[show].grid).kind, is);
    });
  }

  it("a part past the end of its segment is part 0 of the next", () => {
    const show = createShow();
    show.publishPart();
    const asks = () => judge({ msn: 100, part: 2 }, show.window, show.grid).kind;
    assert.equal(asks(), "wait");
    show.fault({ run: "slate", frames: 1 });
    assert.equal(asks(), "wait");
    show.publishPart();
    assert.equal(asks(), "ready");
  });
});
