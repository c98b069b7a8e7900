import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHouse } from "../../media/audience/house.ts";
import { BROWSER, LADDER, openShow, SAFARI, VLC } from "./show.ts";

/** Everybody else: each kind of player, on auto, pinned and gaming. */
const OTHERS: readonly (readonly [userAgent: string, body: Record<string, unknown>])[] = [
  [BROWSER, { player: "hls.js" }],
  [BROWSER, { player: "hls.js", quality: "mq" }],
  [BROWSER, { mode: "gaming" }],
  [SAFARI, { player: "native" }],
  [VLC, {}],
];
const FILES = ["hq.m3u8", "mq.m3u8", "lq.m3u8"];

/** The same show with the same house twice; in one of them a viewer pins one rendition after the other. Returns every byte the others get, segment by segment. */
async function watchShow(pins: readonly string[]): Promise<{ others: string[]; own: string[] }> {
  let nowMs = 0;
  const house = createHouse({
    ladder: LADDER,
    uplinkBitsPerSecond: 100_000_000,
    motionThreshold: 0.008,
    segmentSeconds: 1,
    partsPerSecond: 5,
    isEvenLadder: false,
    now: () => nowMs,
    log: () => {},
  });
  const show = openShow({ circumstances: house.circumstances });
  show.publishSegments(3);
  const pinning = await show.join({ player: "hls.js" });
  const ids = await Promise.all(OTHERS.map(([userAgent, body]) => show.join(body, userAgent)));
  const others: string[] = [], own: string[] = [];
  for (const quality of pins) {
    if (quality !== "") {
      const answer = await show.app.request(`/api/viewers/${pinning}`, { method: "PATCH", body: JSON.stringify({ quality }) });
      assert.equal(answer.status, 200);
    }
    nowMs += 1000;
    show.advance(1000);
    house.settle({ nowMs, segments: show.window.segments, present: show.viewers.present(), isSlate: false });
    show.publishSegments(1);
    for (const file of FILES) {
      own.push(await read(pinning, file));
      for (const id of ids) others.push(await read(id, file));
    }
  }
  return { others, own };

  /** A slot that a viewer does not have tells its status only. */
  async function read(id: string, file: string): Promise<string> {
    const answer = await show.get(`/v/${id}/${file}`);
    return answer.ok ? await answer.text() : String(answer.status);
  }
}

describe("one viewer's pin", () => {
  it("changes its own playlists and no byte of anybody else's", async () => {
    const calm = await watchShow(["", "", "", "", "", ""]);
    const pinned = await watchShow(["lq", "hq", "mq", "lq", "auto", "hq"]);
    assert.notDeepEqual(pinned.own, calm.own);
    assert.ok(
      calm.others.some((text) => text.includes("/hq/")) && calm.others.some((text) => text.includes("/mq/")),
      "they are shown something",
    );
    assert.deepEqual(pinned.others, calm.others);
  });
});
