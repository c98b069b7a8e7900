import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { renderMediaPlaylist } from "../../../media/hls/m3u8.ts";
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
} from "../../../media/hls/playlist.ts";
import { createShow, type Show } from "./synthetic_show.ts";

describe("media playlist", () => {
  it("lists segments, parts, the hint and the other slots", () => {
    const show = createShow({ partSeconds: 0.5 });
    show.publishSegments(4);
    show.publishPart();
    assert.equal(
      text(show, { reports: ["mq.m3u8", "lq.m3u8"] }),
      `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-TARGETDURATION:1
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5,HOLD-BACK=3
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:100
#EXT-X-MAP:URI="../../media/r1/hq/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXTINF:1,
../../media/r1/hq/100.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:01.000Z
#EXTINF:1,
../../media/r1/hq/101.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:02.000Z
#EXT-X-PART:DURATION=0.5,URI="../../media/r1/hq/102.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="../../media/r1/hq/102.1.m4s"
#EXTINF:1,
../../media/r1/hq/102.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:03.000Z
#EXT-X-PART:DURATION=0.5,URI="../../media/r1/hq/103.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="../../media/r1/hq/103.1.m4s"
#EXTINF:1,
../../media/r1/hq/103.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:04.000Z
#EXT-X-PART:DURATION=0.5,URI="../../media/r1/hq/104.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../media/r1/hq/104.1.m4s"
#EXT-X-RENDITION-REPORT:URI="mq.m3u8",LAST-MSN=104,LAST-PART=0
#EXT-X-RENDITION-REPORT:URI="lq.m3u8",LAST-MSN=104,LAST-PART=0
`,
    );
  });

  it("leaves every low-latency tag away for VLC, and the open segment with them", () => {
    const show = createShow();
    show.publishSegments(8);
    show.publishPart();
    const lines = text(show, { dialect: VLC_DIALECT, reports: ["mq.m3u8"] }).split("\n");
    assert.deepEqual(lines.filter((line) => !line.startsWith("#")), [
      "../../media/r1/hq/103.m4s",
      "../../media/r1/hq/104.m4s",
      "../../media/r1/hq/105.m4s",
      "../../media/r1/hq/106.m4s",
      "../../media/r1/hq/107.m4s",
      "",
    ]);
    assert.deepEqual(lines.filter((line) => /PART|CAN-BLOCK|HINT|REPORT|DISCONTINUITY/.test(line)), []);
    assert.ok(lines.includes("#EXT-X-SERVER-CONTROL:HOLD-BACK=3"));
  });

  const lengths: { dialect: Dialect; segmentSeconds: number; listed: number }[] = [
    { dialect: BROWSER_DIALECT, segmentSeconds: 1, listed: 12 },
    { dialect: BROWSER_DIALECT, segmentSeconds: 0.5, listed: 24 },
    { dialect: BROWSER_DIALECT, segmentSeconds: 4, listed: 4 },
    { dialect: BROWSER_DIALECT, segmentSeconds: 6, listed: 4 },
    { dialect: PLAIN_DIALECT, segmentSeconds: 1, listed: 12 },
    { dialect: APPLE_PLAIN_DIALECT, segmentSeconds: 2, listed: 6 },
    { dialect: VLC_DIALECT, segmentSeconds: 1, listed: 5 },
    { dialect: VLC_DIALECT, segmentSeconds: 0.5, listed: 7 },
    { dialect: VLC_DIALECT, segmentSeconds: 4, listed: 5 },
  ];
  for (const { dialect, segmentSeconds, listed } of lengths) {
    it(`lists ${listed} closed segments of ${segmentSeconds} s in ${nameOf(dialect)}`, () => {
      const show = createShow({ segmentSeconds });
      show.publishSegments(40);
      show.publishPart();
      assert.equal(text(show, { dialect }).match(/^#EXTINF/gm)?.length, listed);
    });
  }

  it("lists the whole show while it is younger than asked", () => {
    const show = createShow();
    show.publishSegments(2);
    assert.equal(firstListedMsn(show.window.segments, show.grid, VLC_DIALECT), 100);
    assert.equal(firstListedMsn([], show.grid, VLC_DIALECT), null);
  });

  it("hints the first part of a show that has none, with its init", () => {
    const show = createShow();
    assert.deepEqual(text(show).split("\n").slice(6), [
      "#EXT-X-MEDIA-SEQUENCE:100",
      '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="../../media/r1/hq/init.mp4"',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../media/r1/hq/100.0.m4s"',
      "",
    ]);
  });

  it("writes a splice with a MAP only, and hints the init before the part that needs it", () => {
    const show = createShow();
    show.publishSegments(3);
    const choose: Choose = (msn) => msn < 103 ? 0 : 2;
    assert.match(
      text(show, { choose }),
      /TYPE=MAP,URI="..\/..\/media\/r1\/lq\/init.mp4"\n.*TYPE=PART,URI="..\/..\/media\/r1\/lq\/103.0.m4s"/,
    );
    show.publishPart();
    const spliced = text(show, { choose });
    assert.match(
      spliced,
      /102.m4s\n#EXT-X-MAP:URI="..\/..\/media\/r1\/lq\/init.mp4"\n#EXT-X-PROGRAM-DATE-TIME:.*\n#EXT-X-PART:.*lq\/103.0.m4s/,
    );
    assert.doesNotMatch(spliced, /DISCONTINUITY|TYPE=MAP/);
  });

  it("writes DISCONTINUITY, MAP, PROGRAM-DATE-TIME at a splice for Apple", () => {
    const show = createShow();
    show.publishSegments(4);
    const spliced = text(show, { dialect: APPLE_DIALECT, choose: (msn) => msn < 103 ? 0 : 1, discontinuitySequence: 7 });
    assert.match(spliced, /#EXT-X-DISCONTINUITY-SEQUENCE:7\n/);
    assert.match(spliced, /102.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=".*mq\/init.mp4"\n#EXT-X-PROGRAM-DATE-TIME:/);
    assert.equal(spliced.match(/^#EXT-X-DISCONTINUITY$/gm)?.length, 1);
  });

  it("keeps a DISCONTINUITY at the first listed segment and counts it only when that segment is gone", () => {
    const show = createShow();
    const choose: Choose = (msn) => msn < 105 ? 0 : 1;
    const seen: string[] = [];
    for (let i = 0; i < 20; i += 1) {
      show.publishSegments(1);
      const first = firstListedMsn(show.window.segments, show.grid, APPLE_DIALECT)!;
      const gone = countDiscontinuities({ segments: show.window.segments, choices: [choose], fromMsn: 100, beforeMsn: first });
      const lines = text(show, { dialect: APPLE_DIALECT, choose }).split("\n");
      seen.push(`${first} ${gone} ${lines.filter((line) => line === "#EXT-X-DISCONTINUITY").length}`);
    }
    assert.deepEqual(seen.slice(15), ["104 0 1", "105 0 1", "106 1 0", "107 1 0", "108 1 0"]);
  });

  it("puts a DISCONTINUITY into every slot of an Apple viewer where it stands in one", () => {
    const show = createShow();
    show.publishSegments(4);
    const pinned = (slot: number): Choose => (msn) => msn < 103 ? slot : 1;
    const slots = [0, 1, 2].map(pinned);
    for (const choose of slots) {
      const spliced = text(show, { dialect: APPLE_DIALECT, choose, otherChoices: slots });
      assert.match(spliced, /102.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=".*mq\/init.mp4"\n/);
    }
  });

  it("needs no MAP where a new run shares the init, and one where it does not", () => {
    const show = createShow();
    show.publishSegments(2);
    show.fault({ run: "slate", frames: 3 });
    show.publishSegments(1);
    show.fault({ run: "r2", frames: 3, initRuns: ["r2", "r2", "r1"] });
    show.publishSegments(1);
    assert.deepEqual(text(show).match(/^#EXT-X-MAP.*/gm), [
      '#EXT-X-MAP:URI="../../media/r1/hq/init.mp4"',
      '#EXT-X-MAP:URI="../../media/r2/hq/init.mp4"',
    ]);
    assert.equal(text(show, { choose: () => 2 }).match(/^#EXT-X-MAP/gm)?.length, 1);
  });

  it("lists parts for no more than the last three entries, however short faults made them", () => {
    const show = createShow();
    show.publishSegments(3);
    for (const run of ["s1", "s2", "s3", "s4"]) {
      show.fault({ run, frames: 2 });
    }
    show.publishPart();
    const withParts = new Set(text(show).match(/(?<=URI=".*\/)[0-9]+(?=\.[0-9]+\.m4s",?.*INDEPENDENT)/g));
    assert.deepEqual([...withParts], [...withParts].sort().slice(-3));
    assert.equal(withParts.size, 3);
  });

  it("refuses a choice outside the ladder", () => {
    const show = createShow();
    assert.throws(() => text(show, { choose: () => 3 }), RangeError);
  });
});

interface Wish {
  dialect?: Dialect;
  choose?: Choose;
  otherChoices?: readonly Choose[];
  discontinuitySequence?: number;
  reports?: readonly string[];
}

function text(show: Show, wish: Wish = {}): string {
  return renderMediaPlaylist(buildMediaPlaylist({
    segments: show.window.segments,
    upcoming: show.window.upcoming,
    grid: show.grid,
    choose: wish.choose ?? (() => 0),
    otherChoices: wish.otherChoices ?? [],
    dialect: wish.dialect ?? BROWSER_DIALECT,
    discontinuitySequence: wish.discontinuitySequence ?? 0,
    reports: wish.reports ?? [],
  }));
}

function nameOf(dialect: Dialect): string {
  const names = new Map([[BROWSER_DIALECT, "the browser's"], [VLC_DIALECT, "VLC's"], [PLAIN_DIALECT, "the plain"], [
    APPLE_PLAIN_DIALECT,
    "Apple's plain",
  ]]);
  return `${names.get(dialect)} dialect`;
}
