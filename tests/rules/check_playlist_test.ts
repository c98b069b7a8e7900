import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { renderMediaPlaylist } from "../../media/hls/m3u8.ts";
import { APPLE_DIALECT, BROWSER_DIALECT, buildMediaPlaylist, type Choose, type Dialect } from "../../media/hls/playlist.ts";
import { buildMultivariant } from "../../media/hls/multivariant.ts";
import { createShow, type Show } from "../media/hls/synthetic_show.ts";
import { checkMediaPlaylist, checkMultivariant, checkSequence, type Violation } from "./check_playlist.ts";
import { RULES } from "./rules.ts";

const SPLICED: Choose = (msn) => msn < 118 ? 0 : 1;
const TEXT = textAt(20.4);
const APPLE = textAt(20.4, { dialect: APPLE_DIALECT, choose: SPLICED });
const APPLE_WISHES = { otherSlots: ["mq.m3u8", "lq.m3u8"], marksDiscontinuities: true };
const WISHES = { otherSlots: ["mq.m3u8", "lq.m3u8"], marksDiscontinuities: false };
const MULTIVARIANT = buildMultivariant({
  variants: [{ uri: "hq.m3u8", width: 2, height: 2, codecs: "avc1.42001f", frameRate: 30, bandwidth: 9, averageBandwidth: 8 }],
});

describe("rules table", () => {
  it("has every number of section 1", () => {
    assert.deepEqual(Object.keys(RULES).map(Number), Array.from({ length: 87 }, (_, i) => i + 1));
  });

  it("names a reason for what is waived and a checker for the rest", () => {
    for (const { how } of Object.values(RULES)) assert.match(how, /^(text|sequence|http|(bytes|waived): .+)$/);
  });
});

/** A right text, damaged; each damage must be found under its number. */
const damagedTexts: { rule: number; what: string; text: string; wishes?: object }[] = [
  { rule: 1, what: "a BOM", text: "\ufeff" + TEXT },
  { rule: 1, what: "blanks at a line's end", text: TEXT.replace("#EXT-X-VERSION:6", "#EXT-X-VERSION:6 ") },
  { rule: 1, what: "a tab", text: TEXT.replace("#EXTINF:1,", "#EXTINF:1,\tname") },
  { rule: 3, what: "TARGETDURATION twice", text: TEXT.replace("#EXT-X-VERSION:6", "#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:1") },
  { rule: 4, what: "MEDIA-SEQUENCE at the end", text: moveToEnd(TEXT, /#EXT-X-MEDIA-SEQUENCE.*\n/) },
  { rule: 4, what: "DISCONTINUITY-SEQUENCE at the end", text: moveToEnd(APPLE, /#EXT-X-DISCONTINUITY-SEQUENCE.*\n/) },
  { rule: 5, what: "STREAM-INF", text: TEXT + "#EXT-X-STREAM-INF:BANDWIDTH=1\nx.m3u8\n" },
  { rule: 6, what: "a blank in an attribute list", text: TEXT.replace(",INDEPENDENT", ", INDEPENDENT") },
  { rule: 6, what: "a quoted enumeration", text: TEXT.replace("INDEPENDENT=YES", 'INDEPENDENT="YES"') },
  { rule: 6, what: "an attribute twice", text: TEXT.replace("INDEPENDENT=YES", "INDEPENDENT=YES,INDEPENDENT=YES") },
  { rule: 6, what: "an exponent", text: TEXT.replace("DURATION=0.2", "DURATION=2e-1") },
  { rule: 7, what: "a version too low", text: TEXT.replace("VERSION:6", "VERSION:5") },
  { rule: 7, what: "a version too high", text: TEXT.replace("VERSION:6", "VERSION:9") },
  { rule: 9, what: "a long segment", text: TEXT.replace("#EXTINF:1,", "#EXTINF:1.5,") },
  { rule: 10, what: "a target duration of 0", text: TEXT.replace("TARGETDURATION:1", "TARGETDURATION:0") },
  { rule: 11, what: "rounded durations", text: TEXT.replaceAll("#EXTINF:1,", "#EXTINF:0.99,") },
  { rule: 12, what: "a part over the target", text: TEXT.replace("DURATION=0.2", "DURATION=0.200001") },
  { rule: 13, what: "a short part in the middle", text: TEXT.replace(/DURATION=0.2(,URI="[^"]*"\n)/, "DURATION=0.1$1") },
  { rule: 14, what: "parts that do not add up", text: TEXT.replace(/DURATION=0.2(,URI="[^"]*"\n#EXTINF)/, "DURATION=0.19$1") },
  { rule: 15, what: "no PART-INF", text: TEXT.replace(/#EXT-X-PART-INF.*\n/, "") },
  { rule: 16, what: "a part without an address", text: TEXT.replace(/(DURATION=0.2),URI="[^"]*"/, "$1") },
  { rule: 16, what: "a part after EXTINF", text: TEXT.replace(/(#EXT-X-PART:.*\n)(#EXTINF:.*\n)/, "$2$1") },
  { rule: 17, what: "a date after the parts", text: TEXT.replace(/(#EXT-X-PROGRAM.*\n)((?:#EXT-X-PART:.*\n)+)/, "$2$1") },
  { rule: 18, what: "a first part that is not independent", text: TEXT.replace(",INDEPENDENT=YES", "") },
  {
    rule: 23,
    what: "parts too far from the end",
    text: TEXT.replace(/(#EXTINF:1,\n.*101|(?=#EXTINF:1,\n.*110.m4s))/, partsOf(110) + "$1"),
  },
  { rule: 23, what: "parts in the middle removed first", text: TEXT.replace(/(#EXT-X-PART:.*\n){5}(?=#EXTINF:1,\n.*119.m4s)/, "") },
  { rule: 24, what: "a byte range", text: TEXT.replace(",INDEPENDENT=YES", ',INDEPENDENT=YES,BYTERANGE="10@0"') },
  { rule: 25, what: "no PART-HOLD-BACK", text: TEXT.replace("PART-HOLD-BACK=0.6,", "") },
  { rule: 26, what: "PART-HOLD-BACK too short", text: TEXT.replace("PART-HOLD-BACK=0.6", "PART-HOLD-BACK=0.5") },
  { rule: 27, what: "HOLD-BACK too short", text: TEXT.replace(",HOLD-BACK=3", ",HOLD-BACK=2.9") },
  { rule: 27, what: "no HOLD-BACK", text: TEXT.replace(",HOLD-BACK=3", "") },
  { rule: 28, what: "a skip boundary too near", text: TEXT.replace("HOLD-BACK=3", "HOLD-BACK=3,CAN-SKIP-UNTIL=5.9") },
  { rule: 30, what: "START at the edge", text: TEXT.replace("#EXT-X-VERSION:6", "#EXT-X-VERSION:6\n#EXT-X-START:TIME-OFFSET=-1.5") },
  { rule: 48, what: "no hint", text: TEXT.replace(/#EXT-X-PRELOAD-HINT.*\n/, "") },
  { rule: 49, what: "a hint for a listed part", text: TEXT.replace("120.2.m4s", "120.1.m4s") },
  { rule: 50, what: "a hint for the init in force", text: TEXT + '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="../../media/r1/hq/init.mp4"\n' },
  { rule: 51, what: "two hints", text: TEXT.replace(/(#EXT-X-PRELOAD-HINT.*\n)/, "$1$1") },
  { rule: 52, what: "a hint and an end", text: TEXT + "#EXT-X-ENDLIST\n" },
  { rule: 56, what: "a report missing", text: TEXT.replace(/#EXT-X-RENDITION-REPORT:URI="lq.*\n/, "") },
  { rule: 57, what: "an absolute report", text: TEXT.replace('URI="lq.m3u8"', 'URI="/v/x/lq.m3u8"') },
  { rule: 57, what: "an old report", text: TEXT.replace("LAST-PART=1", "LAST-PART=0") },
  { rule: 58, what: "no date", text: TEXT.replace(/#EXT-X-PROGRAM-DATE-TIME.*\n/, "") },
  { rule: 58, what: "a date without a zone", text: TEXT.replace(/(PROGRAM-DATE-TIME:.*)Z/, "$1") },
  { rule: 58, what: "a date that does not fit", text: TEXT.replace("00:00:12.000Z", "00:00:12.050Z") },
  { rule: 59, what: "no INDEPENDENT-SEGMENTS", text: TEXT.replace("#EXT-X-INDEPENDENT-SEGMENTS\n", "") },
  { rule: 72, what: "PLAYLIST-TYPE", text: TEXT.replace("#EXT-X-VERSION:6", "#EXT-X-VERSION:6\n#EXT-X-PLAYLIST-TYPE:EVENT") },
  { rule: 75, what: "no MAP", text: TEXT.replace(/#EXT-X-MAP.*\n/, "") },
  { rule: 76, what: "a MAP only at the second segment", text: TEXT.replace(/(#EXT-X-MAP.*\n)(#EXT-X-PROGRAM.*\n#EXTINF.*\n.*\n)/, "$2$1") },
  {
    rule: 77,
    what: "another init without DISCONTINUITY for Apple",
    text: APPLE.replace("#EXT-X-DISCONTINUITY\n", ""),
    wishes: APPLE_WISHES,
  },
  { rule: 77, what: "DISCONTINUITY for a browser", text: APPLE, wishes: WISHES },
  {
    rule: 79,
    what: "MAP before DISCONTINUITY",
    text: APPLE.replace(/(#EXT-X-DISCONTINUITY\n)(#EXT-X-MAP.*\n)/, "$2$1"),
    wishes: APPLE_WISHES,
  },
  { rule: 80, what: "no DISCONTINUITY-SEQUENCE", text: APPLE.replace(/#EXT-X-DISCONTINUITY-SEQUENCE.*\n/, ""), wishes: APPLE_WISHES },
  { rule: 82, what: "a hole", text: TEXT.replace(/#EXT-X-PROGRAM.*\n#EXTINF.*\n.*112.m4s\n/, "") },
];

const damagedMultivariants: { rule: number; what: string; text: string; media?: string[] }[] = [
  { rule: 5, what: "a media tag", text: MULTIVARIANT + "#EXT-X-TARGETDURATION:1\n" },
  { rule: 6, what: "a variant without an address", text: MULTIVARIANT.replace("hq.m3u8", "") },
  { rule: 6, what: "unquoted CODECS", text: MULTIVARIANT.replaceAll('"', "") },
  { rule: 7, what: "a high version", text: MULTIVARIANT.replace("VERSION:6", "VERSION:9") },
  { rule: 41, what: "a viewer in the query", text: MULTIVARIANT.replace("hq.m3u8", "hq.m3u8?viewer=x") },
  {
    rule: 10,
    what: "slots with two target durations",
    text: MULTIVARIANT,
    media: [TEXT, TEXT.replace("TARGETDURATION:1", "TARGETDURATION:2")],
  },
  { rule: 29, what: "slots with two SERVER-CONTROLs", text: MULTIVARIANT, media: [TEXT, TEXT.replace(",HOLD-BACK=3", ",HOLD-BACK=4")] },
  { rule: 58, what: "slots with two dates", text: MULTIVARIANT, media: [TEXT, TEXT.replace("00:00:12.000Z", "00:00:12.001Z")] },
  { rule: 63, what: "slots at two places", text: MULTIVARIANT, media: [TEXT, textAt(20.2)] },
  { rule: 81, what: "a DISCONTINUITY in one slot", text: MULTIVARIANT, media: [APPLE, APPLE.replace("#EXT-X-DISCONTINUITY\n", "")] },
  { rule: 81, what: "two counts of discontinuities", text: MULTIVARIANT, media: [APPLE, APPLE.replace("SEQUENCE:0", "SEQUENCE:1")] },
];

const damagedSequences: { rule: number; what: string; texts: string[] }[] = [
  { rule: 10, what: "another target duration", texts: [TEXT, TEXT.replace("TARGETDURATION:1", "TARGETDURATION:2")] },
  { rule: 13, what: "a short part that was not the last", texts: shortPart() },
  { rule: 29, what: "another SERVER-CONTROL", texts: [TEXT, textAt(20.4).replace(",HOLD-BACK=3", ",HOLD-BACK=4")] },
  { rule: 49, what: "another address than hinted", texts: [textAt(20.2), TEXT.replace("120.1.m4s", "120.9.m4s")] },
  {
    rule: 50,
    what: "an init that was not hinted",
    texts: [textAt(20).replace("r1/hq/120.0", "r1/lq/120.0"), textAt(20.2, { choose: (msn) => msn < 120 ? 0 : 2 })],
  },
  { rule: 53, what: "a splice after the hint", texts: [textAt(20), textAt(20.2, { choose: (msn) => msn < 120 ? 0 : 2 })] },
  { rule: 67, what: "another address for a segment", texts: [TEXT, TEXT.replace("hq/112.m4s", "lq/112.m4s")] },
  { rule: 67, what: "another duration of a part", texts: [TEXT, TEXT.replace("DURATION=0.2", "DURATION=0.19")] },
  { rule: 67, what: "an end that steps back", texts: [TEXT, textAt(20.2)] },
  { rule: 67, what: "parts that are back", texts: [TEXT.replace(/(#EXT-X-PART:.*\n){5}(?=#EXTINF:1,\n.*118.m4s)/, ""), TEXT] },
  { rule: 68, what: "MEDIA-SEQUENCE that steps back", texts: [textAt(21), textAt(20)] },
  { rule: 70, what: "a list that is left too short", texts: [TEXT, shortened(textAt(21))] },
  { rule: 80, what: "a DISCONTINUITY that leaves uncounted", texts: [apple(30, 0), apple(31, 0)] },
  { rule: 80, what: "a DISCONTINUITY that is counted before it leaves", texts: [apple(29, 0), apple(30, 1)] },
];

describe("rule checker", () => {
  it("finds nothing in what is right", () => {
    assert.deepEqual(checkMediaPlaylist(TEXT, WISHES), []);
    assert.deepEqual(checkMediaPlaylist(APPLE, APPLE_WISHES), []);
    assert.deepEqual(checkMultivariant(MULTIVARIANT, [TEXT, TEXT]), []);
    assert.deepEqual(checkSequence([textAt(20), textAt(20.2), TEXT, textAt(21)]), []);
    assert.deepEqual(checkSequence([apple(29, 0), apple(30, 0), apple(31, 1)]), []);
    assert.deepEqual(checkSequence([TEXT, textAt(1, { firstMsn: 130 })], { mayRestart: true }), []);
  });

  for (const { rule, what, text, wishes } of damagedTexts) {
    it(`rule ${rule}: finds ${what}`, () =>
      assertFound(checkMediaPlaylist(text, wishes ?? (text.includes("DISCONTINUITY") ? APPLE_WISHES : WISHES)), rule));
  }
  for (const { rule, what, text, media } of damagedMultivariants) {
    it(`rule ${rule}: finds ${what}`, () => assertFound(checkMultivariant(text, media), rule));
  }
  for (const { rule, what, texts } of damagedSequences) {
    it(`rule ${rule}: finds ${what}`, () => assertFound(checkSequence(texts), rule));
  }

  it("finds every rule that texts can show", () => {
    const tried = new Set([...damagedTexts, ...damagedMultivariants, ...damagedSequences].map(({ rule }) => rule));
    const untried = Object.entries(RULES).filter(([number, { how }]) =>
      (how === "text" || how === "sequence") && !tried.has(Number(number))
    );
    assert.deepEqual(untried, []);
  });
});

function assertFound(violations: readonly Violation[], rule: number): void {
  assert.ok(violations.some((violation) => violation.rule === rule), `rule ${rule} is not among ${JSON.stringify(violations)}`);
}

/** The browser's playlist of a show without faults after so many seconds. */
function textAt(seconds: number, o: { dialect?: Dialect; choose?: Choose; firstMsn?: number } = {}): string {
  const show = createShow({ firstMsn: o.firstMsn ?? 100 });
  while (show.mediaSeconds < seconds - 1e-6) show.publishPart();
  return render(show, o.dialect ?? BROWSER_DIALECT, o.choose ?? (() => 0), 0);
}

function apple(seconds: number, discontinuitySequence: number): string {
  const show = createShow();
  show.publishSegments(seconds);
  return render(show, APPLE_DIALECT, SPLICED, discontinuitySequence);
}

function render(show: Show, dialect: Dialect, choose: Choose, discontinuitySequence: number): string {
  const { segments, upcoming } = show.window;
  const reports = ["mq.m3u8", "lq.m3u8"];
  return renderMediaPlaylist(buildMediaPlaylist({ segments, upcoming, grid: show.grid, choose, dialect, discontinuitySequence, reports }));
}

function shortPart(): string[] {
  const shorten = (text: string) => text.replace(/DURATION=0.2(,URI="[^"]*120.1.m4s")/, "DURATION=0.1$1");
  return [shorten(TEXT), shorten(textAt(20.6))];
}

/** Without the segments before 119. */
function shortened(text: string): string {
  const [map] = /#EXT-X-MAP.*\n/.exec(text)!;
  return text.slice(0, text.indexOf(map)).replace(/SEQUENCE:\d+/, "SEQUENCE:119") + map + text.split("118.m4s\n")[1]!;
}

function moveToEnd(text: string, line: RegExp): string {
  return text.replace(line, "") + line.exec(text)![0];
}

function partsOf(msn: number): string {
  return [0, 1, 2, 3, 4].map((part) =>
    `#EXT-X-PART:DURATION=0.2,URI="../../media/r1/hq/${msn}.${part}.m4s"${part === 0 ? ",INDEPENDENT=YES" : ""}\n`
  ).join("");
}
