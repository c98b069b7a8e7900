import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Viewer } from "../../../media/audience/viewer.ts";
import {
  createStudioHealthRoutes,
  findProblems,
  type HealthProblem,
  type PastAnswer,
  type StudioHealthDeps,
} from "../../../routes/studio/health.ts";
import { createPast, PAST_EVERY_MS, type PastMoment, readMoment } from "../../../routes/studio/past.ts";
import { createSaidLines } from "../../../routes/studio/said_lines.ts";
import type { StreamStatus } from "../../../routes/stream.ts";
import { LADDER } from "../show.ts";

const MOMENT: PastMoment = { atMs: 0, viewers: 0, spent: [3, 2, 1], spendable: 9, motion: 50, owed: 2, leftOut: 0, step: 0 };
const KEY = "k".repeat(43);
const WELL: StreamStatus = {
  state: "live",
  run: "a",
  ladder: LADDER,
  uptimeSeconds: 5,
  budget: { uplink: 1e7, spendable: 8e6, spent: 3e6 },
};

function watchers(...reasons: string[]): readonly Viewer[] {
  return reasons.map((reason) => ({ lastSlot: 0, choices: [{ rendition: "lq", reason }] }) as unknown as Viewer);
}

function openHealth(o: { status?: Partial<StreamStatus>; gauges?: [string, number][]; present?: readonly Viewer[]; reason?: string } = {}) {
  const present = o.present ?? [];
  const state = o.reason === undefined ? { kind: "open" as const } : { kind: "away" as const, reason: o.reason, sinceMs: 0, tries: 1 };
  return {
    studio: { scene: { source: "1" }, sources: { list: () => [{ id: "1", name: "camera:HD", state }] } },
    viewers: { count: () => ({ total: present.length, byClient: {}, byRendition: {} }), present: () => present },
    status: () => ({ ...WELL, ...o.status }),
    gauges: () => (o.gauges ?? []).map(([name, value]) => [name, "", value] as const),
    past: createPast(),
    said: createSaidLines(),
    streamerKey: KEY,
  } satisfies StudioHealthDeps;
}

describe("what is wrong with the show", () => {
  const cases: [what: string, house: Parameters<typeof openHealth>[0], problems: HealthProblem[]][] = [
    ["nothing, where all is well", {}, []],
    ["it stands", { status: { state: "stalled" } }, [{ kind: "stalled" }]],
    ["it begins", { status: { state: "starting" } }, [{ kind: "starting" }]],
    ["the source is away", { status: { state: "card" }, reason: "Connection refused" }, [
      { kind: "away", name: "camera:HD", reason: "Connection refused" },
    ]],
    ["the card stands, and nobody knows why", { status: { state: "card" } }, [
      { kind: "away", name: "camera:HD", reason: "no picture comes" },
    ]],
    ["the uplink is too small for all", {
      status: { budget: { uplink: 1e6, spendable: 8e5, spent: 9e5 } },
      present: watchers("budget", "budget"),
    }, [{ kind: "overfull", watching: 2 }]],
    ["the uplink is full", { present: watchers("budget", "auto", "budget") }, [{ kind: "budget", count: 2 }]],
    ["the machine is slow, and nothing is heard", { gauges: [["encoding_step", 2], ["sound_missing", 1]] }, [
      { kind: "slow", step: 2 },
      { kind: "silent" },
    ]],
  ];
  for (const [what, house, problems] of cases) {
    it(`is told: ${what}`, () => assert.deepEqual(findProblems(openHealth(house)), problems));
  }

  it("is for the streamer alone, with the last fifty lines and the last ten minutes", async () => {
    const deps = openHealth();
    const app = createStudioHealthRoutes(deps);
    for (let line = 1; line <= 60; line++) deps.said.note(`line ${line}`, line);
    for (let moment = 0; moment < 400; moment++) deps.past.note({ ...MOMENT, atMs: moment * PAST_EVERY_MS, viewers: moment });
    for (const path of ["/api/studio/health", "/api/studio/past"]) assert.equal((await app.request(path)).status, 401);
    const ask = async (path: string) => await (await app.request(path, { headers: { authorization: `Bearer ${KEY}` } })).json();
    const { said } = await ask("/api/studio/health");
    assert.deepEqual([said.length, said[0].text, said[49].text], [50, "line 11", "line 60"]);
    const { atMs, viewers }: PastAnswer = await ask("/api/studio/past");
    assert.equal(atMs.length * PAST_EVERY_MS, 600_000);
    assert.deepEqual([atMs.at(-1), viewers.at(-1)], [399 * PAST_EVERY_MS, 399]);
  });

  it("has the past in columns, the pictures left out by the moment", async () => {
    const deps = openHealth();
    // The third is of another show, whose count begins anew.
    for (const leftOut of [5, 8, 2, 2]) deps.past.note({ ...MOMENT, leftOut });
    const answer = await createStudioHealthRoutes(deps).request("/api/studio/past", { headers: { authorization: `Bearer ${KEY}` } });
    const { leftOut, motion, spent, ...past }: PastAnswer = await answer.json();
    assert.deepEqual(leftOut, [0, 3, 0, 0]);
    assert.deepEqual(motion, [50, 50, 50, 50]);
    assert.deepEqual(spent, { hq: [3, 3, 3, 3], mq: [2, 2, 2, 2], lq: [1, 1, 1, 1] });
    assert.deepEqual(past.motionFrom, { hq: 67, mq: 34 });
  });

  it("reads of a moment what each rendition costs, and off the air no motion", () => {
    const channel = {
      viewers: { count: () => ({ total: 4, byClient: {}, byRendition: { hq: 1, lq: 2 } }) },
      house: { weights: [4e6, 2e6, 8e5], budget: { spendable: 8.5e6 }, motion: { score: 71 } },
      status: () => ({ onAirSinceMs: 1 }),
      gauges: () => [["encoding_step", "", 2], ["pictures_owed", "", 6]],
    } as unknown as Parameters<typeof readMoment>[0];
    const now = { atMs: 9, viewers: 4, spent: [4e6, 0, 1.6e6], spendable: 8.5e6, motion: 71, owed: 6, leftOut: 0, step: 2 };
    assert.deepEqual(readMoment(channel, 9), now);
    const offAir = { ...channel, status: () => ({ ...channel.status(), onAirSinceMs: null }) };
    assert.deepEqual(readMoment(offAir, 9), { ...now, motion: null });
  });
});
