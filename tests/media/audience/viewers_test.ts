import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createViewerIds } from "../../../media/audience/viewer_ids.ts";
import { createViewers } from "../../../media/audience/viewers.ts";
import type { Client, Wish } from "../../../media/audience/viewer.ts";
import type { Ladder, RenditionName } from "../../../media/hls/rendition.ts";
import { createShow } from "../hls/synthetic_show.ts";

const LADDER: Ladder = [
  { name: "hq", width: 1280, height: 720, bitsPerSecond: 2_500_000 },
  { name: "mq", width: 854, height: 480, bitsPerSecond: 1_000_000 },
  { name: "lq", width: 426, height: 240, bitsPerSecond: 400_000 },
];
const HOME = { mode: "home", quality: "auto" } as const;

function open(o: Partial<Parameters<typeof createViewers>[0]> = {}) {
  const clock = { ms: 0 };
  const ids = createViewerIds({ key: new Uint8Array(32), layout: "" });
  const viewers = createViewers({ ids, ladder: LADDER, targetDurationSeconds: 1, now: () => clock.ms, ...o });
  return { clock, viewers };
}

describe("the viewers", () => {
  it("are present until six target durations after their last playlist", () => {
    const { clock, viewers } = open();
    const viewer = viewers.create({ client: "other", wish: HOME })!;
    viewers.touch(viewer, 0);
    clock.ms = 2999;
    assert.deepEqual([...viewers.active()], [viewer]);
    clock.ms = 3000;
    assert.deepEqual([[...viewers.active()], [...viewers.present()]], [[], [viewer]], "silent, it costs nothing more");
    clock.ms = 6000;
    assert.equal(viewers.count().total, 1);
    clock.ms = 6001;
    assert.equal(viewers.count().total, 0);
    viewers.touch(viewer, 0);
    assert.equal(viewers.count().total, 1);
  });
  it("cost nothing from a target duration on where they have never asked for a media playlist", () => {
    const { clock, viewers } = open();
    const [watching, made] = [viewers.create({ client: "other", wish: HOME })!, viewers.create({ client: "other", wish: HOME })!];
    viewers.touch(watching, 0);
    clock.ms = 1000;
    assert.deepEqual([...viewers.active()], [watching, made]);
    clock.ms = 1001;
    assert.deepEqual([[...viewers.active()], viewers.count().total], [[watching], 2]);
    viewers.touch(made, 0);
    assert.deepEqual([...viewers.active()], [watching, made]);
  });
  it("keep their wishes while they are silent, and their address for ever", () => {
    const { clock, viewers } = open();
    const { id } = viewers.create({ client: "vlc", wish: { mode: "home", quality: "lq" } })!;
    clock.ms = 3_000_000;
    viewers.create({ client: "other", wish: HOME });
    assert.equal(viewers.find(id)!.quality, "lq");
    clock.ms = 8_000_000;
    viewers.create({ client: "other", wish: HOME });
    const back = viewers.find(id)!;
    assert.deepEqual([back.client, back.slots, back.quality], ["vlc", [2], "auto"]);
  });
  it("take no more room than they are given, and let the silent go first", () => {
    const { clock, viewers } = open({ maxRecords: 100 });
    for (let i = 0; i < 100; i++) assert.ok(viewers.create({ client: "other", wish: HOME }));
    assert.equal(viewers.create({ client: "other", wish: HOME }), null);
    clock.ms = 7000;
    assert.ok(viewers.create({ client: "other", wish: HOME }));
    assert.equal(viewers.count().total, 1);
  });
  it("of a crowd are let go after a minute of silence, whose ids stay good", () => {
    const { clock, viewers } = open();
    const ids = Array.from({ length: 10_001 }, () => viewers.create({ client: "other", wish: HOME })!);
    clock.ms = 61_000;
    viewers.create({ client: "other", wish: HOME });
    assert.equal(viewers.findPublic(ids[0]!.publicId), null);
    assert.equal(viewers.find(ids[0]!.id)!.publicId, ids[0]!.publicId);
  });
  it("are taken back with mode and quality by a restarted server that kept their wishes, pins and all", () => {
    const kept = new Map<string, Wish>();
    const wishes = { find: (id: string) => kept.get(id) ?? null, save: (id: string, wish: Wish) => void kept.set(id, wish) };
    const before = open({ wishes }).viewers;
    const [gamer, pinned, calm] = [
      before.create({ client: "hls.js", wish: HOME })!,
      before.create({ client: "vlc", wish: { mode: "home", quality: "lq" } })!,
      before.create({ client: "mpv", wish: HOME })!,
    ];
    before.wish(gamer, { mode: "gaming", quality: "mq" });
    before.wish(calm, { mode: "home", quality: "auto" });
    assert.deepEqual([...kept.keys()], [pinned.id, gamer.id], "who wishes for nothing special needs no row");
    const { clock, viewers: after } = open({ wishes });
    clock.ms = 60_000;
    const back = [gamer, pinned, calm].map(({ id }) => after.find(id)!);
    assert.deepEqual(back.map(({ mode, quality }) => [mode, quality]), [["gaming", "mq"], ["home", "lq"], ["home", "auto"]]);
    assert.deepEqual(back.map(({ publicId }) => publicId), [gamer, pinned, calm].map(({ publicId }) => publicId));
    assert.equal(after.findPublic(gamer.publicId), back[0]);
    assert.deepEqual(back.map(({ firstSeenMs }) => firstSeenMs), [0, 0, 0], "they have watched all the time");
  });
  it("are no more than allowed, but those who are in stay in", () => {
    const { clock, viewers } = open({ maxPresent: 2 });
    const [first, second] = [viewers.create({ client: "other", wish: HOME })!, viewers.create({ client: "vlc", wish: HOME })!];
    assert.equal(viewers.create({ client: "other", wish: HOME }), null);
    assert.equal(viewers.arrive({ client: "vlc", wish: HOME, origin: { address: "10.0.0.1", userAgent: "" } }), null);
    assert.ok(viewers.hasRoomFor(first));
    clock.ms = 7000;
    viewers.touch(second, 0);
    const third = viewers.create({ client: "other", wish: HOME })!;
    assert.equal(viewers.hasRoomFor(first), false, "it has left and another took its place");
    assert.ok(viewers.hasRoomFor(second) && viewers.hasRoomFor(third));
  });
  it("have all variants though they come to a full house, so that they rise when the others have left", () => {
    let cap: RenditionName = "lq";
    const { viewers } = open({ circumstances: () => ({ motionPick: "mq", cap, boost: null, drivenPick: "mq" }) });
    const { window, publishSegments } = createShow();
    const slots = (client: Client, wish: Wish) => viewers.create({ client, wish })!.slots;
    const crowded = viewers.create({ client: "hls.js", wish: HOME })!;
    const shown = () => {
      publishSegments(1);
      viewers.decide(crowded, window);
      return crowded.choices.map(({ rendition }) => rendition);
    };
    assert.deepEqual([crowded.slots, shown()], [[0, 1, 2], ["lq", "lq", "lq"]]);
    cap = "hq";
    assert.deepEqual(shown(), ["hq", "mq", "lq"]);
    assert.deepEqual(slots("vlc", HOME), [1]);
    assert.deepEqual(slots("hls.js", { mode: "home", quality: "hq" }), [0]);
  });
  it("tell of a change of wish, choice or slot, and of nothing else", () => {
    let cap: RenditionName = "hq";
    const { viewers } = open({ circumstances: () => ({ motionPick: "mq", cap, boost: null, drivenPick: "mq" }) });
    const { window, publishSegments } = createShow();
    const viewer = viewers.create({ client: "hls.js", wish: HOME })!;
    let changes = 0;
    const stop = viewers.onChange(() => changes++);
    const step = (change: () => void) => {
      changes = 0;
      change();
      return changes;
    };
    publishSegments(1);
    const decide = () => viewers.decide(viewer, window);
    assert.equal(step(decide), 1);
    assert.equal(step(() => publishSegments(2)), 0);
    assert.equal(step(decide), 0);
    assert.equal(step(() => viewers.touch(viewer, 1)), 1);
    assert.equal(step(() => viewers.touch(viewer, 1)), 0);
    assert.equal(step(() => viewers.wish(viewer, { mode: "home", quality: "hq" })), 1);
    assert.equal(step(() => viewers.wish(viewer, { mode: "home", quality: "hq" })), 0);
    cap = "lq";
    publishSegments(1);
    assert.equal(step(decide), 1);
    assert.equal(viewer.cap, "lq");
    stop();
    assert.equal(step(() => viewers.wish(viewer, HOME)), 0);
  });
  it("are left alone for so long after a switch as their player needs, but for a cap that falls", () => {
    let cap: RenditionName = "hq";
    const { viewers } = open({
      circumstances: () => ({ motionPick: "mq", cap, boost: null, drivenPick: "mq" }),
      restSegments: (client) => client === "vlc" ? 3 : 0,
    });
    const { window, publishSegments } = createShow();
    const shown = { vlc: "", mpv: "" };
    const [vlc, mpv] = (["vlc", "mpv"] as const).map((client) => viewers.create({ client, wish: HOME })!);
    const show = (quality: Wish["quality"]) => {
      publishSegments(1);
      for (const viewer of [vlc!, mpv!]) {
        viewers.wish(viewer, { mode: "home", quality });
        viewers.decide(viewer, window);
      }
      shown.vlc += vlc!.choices[1]!.rendition[0];
      shown.mpv += mpv!.choices[1]!.rendition[0];
    };
    for (const quality of ["mq", "hq", "lq", "mq", "lq", "hq", "hq", "hq", "hq"] as const) show(quality);
    assert.deepEqual(shown, { vlc: "mhhhlllhh", mpv: "mhlmlhhhh" });
    cap = "lq";
    show("hq");
    assert.deepEqual(shown, { vlc: "mhhhlllhhl", mpv: "mhlmlhhhhl" });
  });
  it("that were let go do not keep the place of their address", () => {
    const { clock, viewers } = open();
    const origin = { address: "10.0.0.1", userAgent: "VLC" };
    const first = viewers.arrive({ client: "vlc", wish: HOME, origin })!;
    clock.ms = 4_000_000;
    assert.notEqual(viewers.arrive({ client: "mpv", wish: HOME, origin: { address: "10.0.0.2", userAgent: "" } }), null);
    assert.notEqual(viewers.arrive({ client: "vlc", wish: HOME, origin })!.id, first.id);
  });
});
