import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import HLS from "hls-parser";
// @ts-types="./m3u8_parser.d.ts"
import { Parser } from "m3u8-parser";
import assert from "node:assert/strict";
import { renderMediaPlaylist } from "../../media/hls/m3u8.ts";
import { buildMultivariant } from "../../media/hls/multivariant.ts";
import {
  APPLE_DIALECT,
  APPLE_PLAIN_DIALECT,
  BROWSER_DIALECT,
  buildMediaPlaylist,
  type Choose,
  countDiscontinuities,
  type Dialect,
  firstListedMsn,
  PLAIN_DIALECT,
  VLC_DIALECT,
} from "../../media/hls/playlist.ts";
import { createShow, type Show } from "../media/hls/synthetic_show.ts";
import { checkMediaPlaylist, checkMultivariant, checkSequence } from "./check_playlist.ts";

// Without this hls-parser only writes to the console.
HLS.setOptions({ strictMode: true });

const SLOTS = ["hq.m3u8", "mq.m3u8", "lq.m3u8"];
const DIALECTS = {
  browser: BROWSER_DIALECT,
  vlc: VLC_DIALECT,
  plain: PLAIN_DIALECT,
  apple: APPLE_DIALECT,
  applePlain: APPLE_PLAIN_DIALECT,
};

const anyGrid = fc.constantFrom(
  { rate: 30, partSeconds: 0.2, segmentSeconds: 1 },
  { rate: 30, partSeconds: 0.1, segmentSeconds: 1 },
  { rate: 30, partSeconds: 0.133, segmentSeconds: 1 },
  { rate: 30, partSeconds: 0.2, segmentSeconds: 0.5 },
  { rate: 24, partSeconds: 0.2, segmentSeconds: 2 },
  { rate: 25, partSeconds: 0.3, segmentSeconds: 1 },
  { rate: 60, partSeconds: 1, segmentSeconds: 4 },
);
const anyEvent = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("parts" as const), count: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("fault" as const), frames: fc.nat(15), changesInit: fc.subarray([0, 1, 2]) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pin" as const), pin: fc.constantFrom(null, 0, 1, 2) }) },
);

describe("playlists of random shows", () => {
  it("break no rule in any dialect and any slot, and two other readers take them", () => {
    let judged = 0;
    fc.assert(
      fc.property(
        anyGrid,
        fc.constantFrom(...Object.values(DIALECTS)),
        fc.array(anyEvent, { minLength: 4, maxLength: 14 }),
        (grid, dialect, events) => {
          const show = createShow({ ...grid, keepSeconds: Math.max(60, 8 * grid.segmentSeconds) });
          const viewer = createViewer(show, dialect);
          for (const event of events) {
            if (event.kind === "pin") viewer.pin = event.pin;
            else if (event.kind === "fault") {
              const run = `r${show.window.version}`;
              const initRuns = show.window.upcoming!.initRuns.map((init, i) => event.changesInit.includes(i) ? run : init);
              show.fault({ run, frames: event.frames, initRuns });
              viewer.record();
            } else {
              for (let i = 0; i < event.count; i += 1) {
                show.publishPart();
                viewer.record();
              }
            }
          }
          show.window.finish();
          viewer.record();
          judged += viewer.judge();
        },
      ),
      { numRuns: 40 },
    );
    assert.ok(judged > 3000, `${judged} playlists judged`);
  });
});

interface Viewer {
  /** All slots show this rendition, from the next undecided segment on; null: each its own. */
  pin: number | null;
  /** Asks for all slots' playlists as they are now. */
  record(): void;
  /** Judges all that was recorded; returns how many playlists that was. */
  judge(): number;
}

function createViewer(show: Show, dialect: Dialect): Viewer {
  const pins = new Map<number, number | null>();
  const texts: string[][] = SLOTS.map(() => []);
  const choices: Choose[] = SLOTS.map((_, slot) => (msn) => pins.get(msn) ?? slot);
  const firstMsn = show.window.upcoming!.msn;
  let countedUpTo = firstMsn;
  let discontinuitySequence = 0;

  function record(): void {
    const { segments, upcoming } = show.window;
    if (upcoming !== null && !pins.has(upcoming.msn)) pins.set(upcoming.msn, viewer.pin);
    const first = firstListedMsn(segments, show.grid, dialect) ?? countedUpTo;
    discontinuitySequence += countDiscontinuities({ segments, choices, fromMsn: countedUpTo, beforeMsn: first });
    countedUpTo = first;
    for (const [slot, choose] of choices.entries()) {
      const reports = SLOTS.filter((_, other) => other !== slot);
      const playlist = buildMediaPlaylist({
        segments,
        upcoming,
        grid: show.grid,
        choose,
        otherChoices: choices,
        dialect,
        discontinuitySequence,
        reports,
        hasEnd: show.window.isFinished,
      });
      texts[slot]!.push(renderMediaPlaylist(playlist));
    }
  }

  function judge(): number {
    const multivariant = buildMultivariant({
      variants: SLOTS.map((uri) => ({ uri, width: 2, height: 2, codecs: "avc1.42001f", frameRate: 30, bandwidth: 9, averageBandwidth: 8 })),
    });
    for (const [slot, slotTexts] of texts.entries()) {
      const otherSlots = dialect.isLowLatency ? SLOTS.filter((_, other) => other !== slot) : [];
      for (const text of slotTexts) {
        assert.deepEqual(checkMediaPlaylist(text, { otherSlots, marksDiscontinuities: dialect.marksDiscontinuities }), [], text);
        readWithOthers(text, dialect);
      }
      assert.deepEqual(checkSequence(slotTexts), []);
    }
    for (let i = 0; i < texts[0]!.length; i += 7) {
      assert.deepEqual(checkMultivariant(multivariant, texts.map((slotTexts) => slotTexts[i]!)), []);
    }
    return texts.length * texts[0]!.length;
  }

  const viewer: Viewer = { pin: null, record, judge };
  viewer.record();
  return viewer;
}

function readWithOthers(text: string, dialect: Dialect): void {
  const segmentCount = text.match(/^#EXTINF/gm)?.length ?? 0;
  // hls-parser takes SERVER-CONTROL for a sign of low latency, which the specification does not.
  const strict = HLS.parse(dialect.isLowLatency ? text : text.replace(/#EXT-X-SERVER-CONTROL.*\n/, ""));
  assert.ok("segments" in strict);
  assert.equal(strict.segments.filter((segment) => segment.uri !== "").length, segmentCount);

  const warnings: string[] = [];
  const parser = new Parser();
  parser.on("warn", (event) => warnings.push(event.message));
  parser.push(text);
  parser.end();
  assert.deepEqual(warnings, [], text);
  assert.equal(parser.manifest.segments.filter((segment) => segment.uri !== undefined).length, segmentCount);
}
