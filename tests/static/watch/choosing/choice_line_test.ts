import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sayChoice } from "../../../../static/watch/choosing/choice_line.ts";
import { type Choice, forget, hearEvent, NOTHING_TOLD, type Told, wishIn } from "../../../../static/watch/choosing/told.ts";
import type { ServerEvent } from "../../../../static/shared/server_event.ts";

const LADDER: Told["ladder"] = [
  { name: "hq", width: 1280, height: 720, bitsPerSecond: 2.5e6 },
  { name: "mq", width: 854, height: 480, bitsPerSecond: 1e6 },
  { name: "lq", width: 426, height: 240, bitsPerSecond: 4e5 },
];
const NOW_MS = 1000;
const SIZES = { hq: LADDER[0]!, mq: LADDER[1]!, lq: LADDER[2]! };
const told: Told = { ladder: LADDER, choice: null, watching: 23, motionScore: 50, budget: null, dvr: null, isAway: false, show: null };

function say(shown: keyof typeof SIZES, choice: Partial<Choice> | null, change: Partial<Told> = {}): string | null {
  return sayChoice({ ...told, choice: choice && { rendition: shown, reason: "pinned", cap: "hq", ...choice }, ...change }, SIZES[shown]);
}

describe("the line beside the buttons", () => {
  const lines: [string, string | null, string | null][] = [
    ["a pin", say("hq", { reason: "pinned" }), "HQ · your choice"],
    ["the player's own choice", say("mq", { reason: "auto" }), "MQ · automatic"],
    ["the player's own choice, held by the uplink", say("mq", { reason: "auto", cap: "mq" }), "MQ · 23 watching, uplink full"],
    ["the player's own choice, below what the uplink allows", say("lq", { reason: "auto", cap: "mq" }), "LQ · automatic"],
    ["a full uplink", say("mq", { reason: "budget" }), "MQ · 23 watching, uplink full"],
    ["an uplink that is full with one", say("lq", { reason: "budget" }, { watching: 1 }), "LQ · uplink full"],
    ["stillness", say("lq", { reason: "motion" }), "LQ · nothing moves"],
    ["motion", say("hq", { reason: "motion" }), "HQ · a lot moves"],
    ["a donation", say("hq", { reason: "boost" }), "HQ · thanks for your donation"],
    ["a rendition that is on its way", say("hq", { rendition: "lq" }), "HQ · LQ is coming"],
    ["a reason not yet told", say("hq", null), "HQ"],
    ["a ladder not yet told", say("mq", null, { ladder: [] }), "480p"],
    ["a size that is not the ladder's, upright", sayChoice(told, { width: 360, height: 640 }), "360p"],
    ["no picture", sayChoice(told, { width: 0, height: 0 }), null],
  ];
  for (const [name, line, expected] of lines) it(`tells of ${name}: ${expected}`, () => assert.equal(line, expected));

  it("believes the server where all renditions have one size", () => {
    const ladder = LADDER.map((each) => ({ ...each, width: 1280, height: 720 }));
    assert.equal(say("hq", { rendition: "lq" }, { ladder }), "LQ · your choice");
    assert.equal(say("hq", null, { ladder }), "720p");
  });
});

describe("what the server tells", () => {
  const choice = { mode: "home", quality: "lq", cap: "hq", rendition: "lq", reason: "pinned", reasonText: "", boostedUntil: null } as const;
  const stream = {
    title: "",
    description: "",
    state: "live" as const,
    startsAt: null,
    backAt: null,
    run: "r",
    ladder: LADDER,
    uptimeSeconds: 1,
    motion: { score: 12.5, moving: false },
    budget: null,
    viewers: { total: 4, byRendition: {}, byClient: {} },
    dvrSeconds: 48,
  };
  const viewer = { id: "a", publicId: "b", playlist: "", title: "", client: "hls.js", ...choice, experience: null } as const;

  it("a state tells all, one without a viewer leaves the choice as it was", () => {
    const first = hearEvent(NOTHING_TOLD, { type: "state", stream, viewer }, NOW_MS);
    const choice = { rendition: "lq", reason: "pinned", cap: "hq" };
    const dvr = { seconds: 48, showSeconds: 1, atMs: NOW_MS };
    const show = { state: "live", description: "", startsAtMs: null, backAtMs: null };
    assert.deepEqual(first, { ladder: LADDER, choice, watching: 4, motionScore: 12.5, budget: null, dvr, isAway: false, show });
    const later = hearEvent(first, { type: "state", stream: { ...stream, motion: null } }, NOW_MS);
    assert.deepEqual(later, { ...first, motionScore: null });
  });

  it("while the card stands, or nothing comes, the show is away", () => {
    for (const [state, isAway] of [["live", false], ["card", true], ["paused", true], ["stalled", true], ["starting", false]] as const) {
      assert.equal(hearEvent(NOTHING_TOLD, { type: "state", stream: { ...stream, state } }, NOW_MS).isAway, isAway, state);
    }
  });

  it("changes come one by one", () => {
    const events: [ServerEvent, Partial<Told>][] = [
      [{ type: "choice", ...choice, rendition: null, reason: null }, { choice: null }],
      [{ type: "motion", score: 80, moving: true }, { motionScore: 80 }],
      [{ type: "viewers", ...stream.viewers }, { watching: 4 }],
      [{ type: "budget", uplink: 3, spendable: 2, spent: 1 }, { budget: { uplink: 3, spendable: 2, spent: 1 } }],
    ];
    for (const [event, change] of events) assert.deepEqual(hearEvent(told, event, NOW_MS), { ...told, ...change });
  });

  it("an event of a later server changes nothing", () => {
    assert.equal(hearEvent(told, JSON.parse('{"type":"later","text":"hello"}'), NOW_MS), told);
  });

  it("a lost connection leaves only the ladder and the past", () => {
    const dvr = { seconds: 48, showSeconds: 1, atMs: NOW_MS };
    assert.deepEqual(forget({ ...told, dvr }), { ...NOTHING_TOLD, ladder: LADDER, dvr });
  });

  it("the wish stands in a choice and in the first state", () => {
    assert.deepEqual(wishIn({ type: "choice", ...choice }), { mode: "home", quality: "lq" });
    assert.deepEqual(wishIn({ type: "state", stream, viewer }), { mode: "home", quality: "lq" });
    assert.equal(wishIn({ type: "state", stream }), null);
    assert.equal(wishIn({ type: "viewers", ...stream.viewers }), null);
  });
});
