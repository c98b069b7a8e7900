import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { CLIENTS, dialectOf, FIRST_WISH, MODES, QUALITIES, type Viewer } from "../../media/audience/viewer.ts";
import { createViewerIds } from "../../media/audience/viewer_ids.ts";
import { createViewers, type Viewers } from "../../media/audience/viewers.ts";
import { buildMultivariant } from "../../media/hls/multivariant.ts";
import { RENDITION_NAMES, type RenditionName } from "../../media/hls/rendition.ts";
import { createHints } from "../../routes/hints.ts";
import { createMetrics } from "../../routes/metrics.ts";
import { createPlaylistPrototypes, slotFile } from "../../routes/playlist_prototypes.ts";
import { createShow, type Show } from "../media/hls/synthetic_show.ts";
import { checkMediaPlaylist, checkMultivariant, checkSequence } from "../rules/check_playlist.ts";
import { LADDER } from "./show.ts";

const anyName = fc.constantFrom(...RENDITION_NAMES);
const anyWish = fc.record({ mode: fc.constantFrom(...MODES), quality: fc.constantFrom(...QUALITIES) });
const anyEvent = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("parts" as const), count: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("segments" as const), count: fc.integer({ min: 1, max: 20 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("arrival" as const), client: fc.constantFrom(...CLIENTS, "apple"), wish: anyWish }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("wish" as const), who: fc.nat(), wish: anyWish }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("cap" as const), who: fc.option(fc.nat()), cap: anyName }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("motion" as const), pick: anyName }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("silence" as const), who: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("fault" as const),
      frames: fc.oneof(fc.constant(0), fc.nat(15)),
      changesInit: fc.subarray([0, 1, 2]),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), awaySegments: fc.integer({ min: 1, max: 90 }) }) },
);
type Event = typeof anyEvent extends fc.Arbitrary<infer T> ? T : never;

describe("the playlists of every viewer", () => {
  it("break no rule over 10,000 random arrivals, wishes, caps, motion, silences, faults, slides and restarts", async () => {
    let judged = 0;
    let steps = 0;
    const happened = new Map<Happening, number>();
    const count = (what: Happening) => void happened.set(what, (happened.get(what) ?? 0) + 1);
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 130, maxLength: 200, size: "max" }), async (events) => {
        const house = openHouse(count);
        for (const client of ["apple", "hls.js", "apple", "vlc"] as const) {
          await house.happen({ kind: "arrival", client, wish: FIRST_WISH });
        }
        for (const event of events) await house.happen(event);
        steps += events.length;
        judged += house.judge();
      }),
      { numRuns: 80, endOnFailure: true },
    );
    assert.ok(steps >= 10_000 && judged > 100_000, `${judged} playlists judged in ${steps} steps`);
    for (const what of HAPPENINGS) assert.ok((happened.get(what) ?? 0) >= 50, `${happened.get(what) ?? 0} times ${what}`);
  });
});

/** What must have come about often, for the histories to mean anything. */
const HAPPENINGS = [
  "a viewer arrives",
  "a pin",
  "a pin is lifted",
  "gaming begins",
  "gaming ends",
  "everybody's cap changes",
  "one viewer's cap changes",
  "the motion changes",
  "a viewer falls silent",
  "a viewer comes back",
  "a run dies within a segment",
  "a run dies between segments",
  "a restart shorter than the list",
  "a restart longer than the window",
  "the window slides",
  "a list slides",
  "two slots of a viewer show the same",
] as const;
type Happening = typeof HAPPENINGS[number];

/** A house with a synthetic show, in which every viewer that is not silent reads all its playlists after each event. */
function openHouse(count: (what: Happening) => void) {
  const ids = createViewerIds({ key: new Uint8Array(32).fill(3), layout: "" });
  const readings = new Map<string, { readonly client: Viewer["client"]; readonly texts: string[][] }>();
  const caps = new Map<string, RenditionName>();
  const silent = new Set<string>();
  /** Playlists of one moment that were found good: those of a cohort are checked once, and so are those that nothing has changed. */
  const good = new Set<string>();
  let cap: RenditionName = "hq";
  let motionPick: RenditionName = "mq";
  let life = openLife(1000);

  function openLife(firstMsn: number) {
    const show: Show = createShow({ firstMsn });
    show.publishSegments(1);
    const viewers: Viewers = createViewers({
      ids,
      ladder: LADDER,
      targetDurationSeconds: 1,
      now: () => 0,
      circumstances: ({ id }) => ({ motionPick, cap: caps.get(id) ?? cap, boost: null, drivenPick: "mq" }),
    });
    const { window, grid } = show;
    const variants = () => LADDER.map(({ name, bitsPerSecond }) => ({ name, bandwidth: bitsPerSecond }));
    const find = createPlaylistPrototypes({ window, grid, metrics: createMetrics(), hints: createHints(), variants });
    return { show, viewers, find };
  }

  function pick(who: number): string | undefined {
    return [...readings.keys()][who % Math.max(1, readings.size)];
  }

  function change(event: Event): void {
    const { show, viewers } = life;
    switch (event.kind) {
      case "parts":
        for (let part = 0; part < event.count; part++) show.publishPart();
        return;
      case "segments":
        return show.publishSegments(event.count);
      case "arrival": {
        if (readings.size >= 8) return;
        const { id, client } = viewers.create(event)!;
        count("a viewer arrives");
        readings.set(id, { client, texts: [[], [], []] });
        return;
      }
      case "wish": {
        const id = pick(event.who);
        if (id === undefined) return;
        const viewer = viewers.find(id)!;
        const { mode, quality } = viewer;
        viewers.wish(viewer, event.wish);
        if (mode !== viewer.mode) count(mode === "home" ? "gaming begins" : "gaming ends");
        if (quality !== viewer.quality) count(viewer.quality === "auto" ? "a pin is lifted" : "a pin");
        return;
      }
      case "cap": {
        const id = event.who === null ? undefined : pick(event.who);
        const before = id === undefined ? cap : caps.get(id);
        if (id === undefined) cap = event.cap;
        else caps.set(id, event.cap);
        if (before !== event.cap) count(id === undefined ? "everybody's cap changes" : "one viewer's cap changes");
        return;
      }
      case "motion":
        if (motionPick !== event.pick) count("the motion changes");
        motionPick = event.pick;
        return;
      case "silence": {
        const id = pick(event.who);
        if (id === undefined) return;
        if (silent.delete(id)) return count("a viewer comes back");
        silent.add(id);
        return count("a viewer falls silent");
      }
      case "fault": {
        const run = `r${show.window.upcoming!.msn}${show.window.version}`;
        const initRuns = show.window.upcoming!.initRuns.map((init, place) => event.changesInit.some((each) => each === place) ? run : init);
        count(event.frames > 0 || show.window.upcoming!.part > 0 ? "a run dies within a segment" : "a run dies between segments");
        return show.fault({ run, frames: event.frames, initRuns });
      }
      case "restart":
        if (event.awaySegments < 12) count("a restart shorter than the list");
        if (event.awaySegments > 60) count("a restart longer than the window");
        life = openLife(show.window.upcoming!.msn + event.awaySegments);
    }
  }

  async function readAll(): Promise<void> {
    const { show: { window }, viewers, find } = life;
    for (const [id, { texts }] of readings) {
      if (silent.has(id)) continue;
      const viewer = viewers.find(id)!;
      viewers.decide(viewer, window);
      const now = await Promise.all(viewer.slots.map((slot) => find(viewer, slot).answer(false).text()));
      for (const [index, slot] of viewer.slots.entries()) {
        const before = texts[slot]!.at(-1);
        if (before !== undefined && sequenceOf(before) < sequenceOf(now[index]!)) count("a list slides");
        texts[slot]!.push(now[index]!);
      }
      if (viewer.choices[viewer.slots[0]!]?.rendition === viewer.choices[viewer.slots[1] ?? -1]?.rendition) {
        count("two slots of a viewer show the same");
      }
      const uris = viewer.slots.map(slotFile);
      const moment = JSON.stringify([dialectOf(viewer.client), uris, now]);
      if (good.has(moment)) continue;
      good.add(moment);
      assert.deepEqual(checkMultivariant(multivariantOf(uris), now), [], now.join("\n"));
      for (const [index, text] of now.entries()) {
        const { isLowLatency, marksDiscontinuities } = dialectOf(viewer.client);
        const otherSlots = isLowLatency ? uris.filter((_, other) => other !== index) : [];
        assert.deepEqual(checkMediaPlaylist(text, { otherSlots, marksDiscontinuities }), [], text);
      }
    }
  }

  return {
    async happen(event: Event): Promise<void> {
      const before = life;
      const oldestMsn = life.show.window.segments[0]!.msn;
      change(event);
      if (life === before && life.show.window.segments[0]!.msn > oldestMsn) count("the window slides");
      await readAll();
    },
    judge(): number {
      let judged = 0;
      for (const { client, texts } of readings.values()) {
        for (const slotTexts of texts) {
          judged += slotTexts.length;
          const news = slotTexts.filter((text, index) => text !== slotTexts[index - 1]);
          assert.deepEqual(checkSequence(news, { mayRestart: true }), [], client);
        }
      }
      return judged;
    },
  };
}

function sequenceOf(text: string): number {
  return Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)$/m.exec(text)?.[1]);
}

function multivariantOf(uris: readonly string[]): string {
  const rest = { width: 2, height: 2, codecs: "avc1.42001f", frameRate: 30, bandwidth: 9, averageBandwidth: 8 };
  return buildMultivariant({ variants: uris.map((uri) => ({ uri, ...rest })) });
}
