import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Run } from "../../../media/ffmpeg/run.ts";
import { feedRun } from "../../../media/timeline/feed.ts";
import { createGrid } from "../../../media/timeline/grid.ts";
import { waitFor } from "../../fixtures/condition.ts";
import {
  AUDIO_CONFIG_TAG,
  AUDIO_SPECIFIC_CONFIG,
  AVCC,
  flvStream,
  nalUnits,
  pictureTag,
  soundTag,
  type TagWish,
  VIDEO_CONFIG_TAG,
} from "../flv/flv_bytes.ts";

const grid = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });

function picture(index: number): TagWish {
  const isKey = index % 30 === 0;
  return pictureTag(1000 + Math.round(index * 1000 / 30), nalUnits([isKey ? 0x65 : 0x41, index]), isKey);
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** As much of a run as the feed asks for. */
function feed(outputs: { pictures: TagWish[][]; sound: TagWish[] }, knownSound: Uint8Array | null = null) {
  const seen = { configured: 0, rows: [] as number[], sounds: 0, motions: 0, failed: [] as string[] };
  const run = {
    id: "run1",
    pictures: outputs.pictures.map((tags) => inOne(flvStream(tags))),
    sound: inOne(flvStream(outputs.sound)),
    motion: inOne(new TextEncoder().encode("frame:0")),
    keptBytes: 0,
    fail: (reason: string) => void seen.failed.push(reason),
  };
  feedRun(run as unknown as Run, grid, {
    configured: () => seen.configured++,
    row: (row) => void seen.rows.push(row.index),
    untilDueMs: () => null,
    sound: () => seen.sounds++,
    motion: () => seen.motions++,
  }, knownSound);
  return seen;
}

const good = [VIDEO_CONFIG_TAG, picture(0), picture(1)];

describe("the feed of a run", () => {
  it("gives rows once every decoder's configuration is known", async () => {
    const seen = feed({ pictures: [good, good, good], sound: [AUDIO_CONFIG_TAG, soundTag(979, [1, 2])] });
    await waitFor("two rows", 1000, () => seen.rows.length === 2);
    assert.deepEqual(seen, { configured: 1, rows: [0, 1], sounds: 1, motions: 1, failed: [] });
  });

  it("does not wait for sound whose configuration an earlier source has shown", async () => {
    const seen = feed({ pictures: [good, good, good], sound: [] }, AUDIO_SPECIFIC_CONFIG);
    await waitFor("two rows", 1000, () => seen.rows.length === 2);
    assert.equal(AVCC.length > 0 && seen.configured, 1);
  });

  it("gives no row while the sound is not configured", async () => {
    const seen = feed({ pictures: [good, good, [VIDEO_CONFIG_TAG, picture(0), picture(2)]], sound: [] });
    await waitFor("the end of the run", 1000, () => seen.failed.length > 0);
    assert.deepEqual(seen.rows, []);
  });

  const broken: [name: string, pictures: TagWish[][], sound: TagWish[], reason: RegExp][] = [
    ["a picture off the grid", [good, good, [VIDEO_CONFIG_TAG, picture(0), picture(2)]], [AUDIO_CONFIG_TAG], /from its counted place/],
    [
      "a picture among the sound",
      [good, good, good],
      [VIDEO_CONFIG_TAG],
      /among the sound/,
    ],
    ["a tag that lies", [good, good, [VIDEO_CONFIG_TAG, pictureTag(1000, [0, 0, 0, 9, 0x65], true)]], [AUDIO_CONFIG_TAG], /output 2/],
  ];
  for (const [name, pictures, sound, reason] of broken) {
    it(`ends the run, and nothing else: ${name}`, async () => {
      const seen = feed({ pictures, sound });
      await waitFor("the end of the run", 1000, () => seen.failed.length > 0);
      assert.match(seen.failed[0]!, reason);
    });
  }
});
