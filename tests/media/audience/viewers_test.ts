import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createViewerIds } from "../../../media/audience/viewer_ids.ts";
import { createViewers } from "../../../media/audience/viewers.ts";
import type { Ladder } from "../../../media/hls/rendition.ts";

const LADDER: Ladder = [
  { name: "hq", width: 1280, height: 720, bitsPerSecond: 2_500_000 },
  { name: "mq", width: 854, height: 480, bitsPerSecond: 1_000_000 },
  { name: "lq", width: 426, height: 240, bitsPerSecond: 400_000 },
];
const HOME = { mode: "home", quality: "auto" } as const;

function open(o: { maxRecords?: number } = {}) {
  const clock = { ms: 0 };
  const ids = createViewerIds({ key: new Uint8Array(32), layout: "" });
  const viewers = createViewers({ ids, ladder: LADDER, targetDurationSeconds: 1, now: () => clock.ms, ...o });
  return { clock, viewers };
}

describe("the viewers", () => {
  it("are present until six target durations after their last playlist", () => {
    const { clock, viewers } = open();
    const viewer = viewers.create({ client: "other", wish: HOME })!;
    clock.ms = 6000;
    assert.equal(viewers.count().total, 1);
    clock.ms = 6001;
    assert.equal(viewers.count().total, 0);
    viewers.touch(viewer, 0);
    assert.equal(viewers.count().total, 1);
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
  it("that were let go do not keep the place of their address", () => {
    const { clock, viewers } = open();
    const origin = { address: "10.0.0.1", userAgent: "VLC" };
    const first = viewers.arrive({ client: "vlc", wish: HOME, origin })!;
    clock.ms = 4_000_000;
    assert.notEqual(viewers.arrive({ client: "mpv", wish: HOME, origin: { address: "10.0.0.2", userAgent: "" } }), null);
    assert.notEqual(viewers.arrive({ client: "vlc", wish: HOME, origin })!.id, first.id);
  });
});
