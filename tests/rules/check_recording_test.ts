import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { renderMediaPlaylist } from "../../media/hls/m3u8.ts";
import { buildMultivariant } from "../../media/hls/multivariant.ts";
import { BROWSER_DIALECT, buildMediaPlaylist } from "../../media/hls/playlist.ts";
import { createShow } from "../media/hls/synthetic_show.ts";
import { checkRecording, type RecordedRequest } from "./check_recording.ts";
import { RULES } from "./rules.ts";

const SLOTS = ["hq.m3u8", "mq.m3u8", "lq.m3u8"];
const PLAYLIST_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Age, Date",
  "cache-control": "no-store",
  "content-encoding": "gzip",
  "content-type": "application/vnd.apple.mpegurl",
  "vary": "Accept-Encoding",
};
const MEDIA_HEADERS = { "access-control-allow-origin": "*", "cache-control": "public, max-age=31536000, immutable" };
const RIGHT = record();

type Change = (request: RecordedRequest) => Partial<RecordedRequest>;
/** The first request whose address ends so is changed. */
const damages: { rule: number; what: string; url: RegExp; change: Change }[] = [
  { rule: 2, what: "another Content-Type", url: /live.m3u8$/, change: headers({ "content-type": "text/plain" }) },
  { rule: 20, what: "a listed part that is not there", url: /listed.*/, change: () => ({ status: 404 }) },
  { rule: 20, what: "a hinted part that comes long after it was listed", url: /116.2.m4s$/, change: late(900) },
  { rule: 21, what: "a part that is late", url: /hq.m3u8\?_HLS_msn=116&_HLS_part=2/, change: late(190) },
  {
    rule: 22,
    what: "a segment that is not its parts",
    url: /116.m4s$/,
    change: () => ({ bytesLength: 4999, headers: { ...MEDIA_HEADERS, "content-length": "4999" } }),
  },
  { rule: 23, what: "a part that is gone as soon as it is no longer listed", url: /115.0.m4s\?again/, change: () => ({ status: 404 }) },
  {
    rule: 31,
    what: "a segment that is not complete",
    url: /hq.m3u8\?_HLS_msn=116&_HLS_part=3/,
    change: (r) => ({ url: r.url.replace("&_HLS_part=3", "") }),
  },
  {
    rule: 32,
    what: "a part that is not in it",
    url: /hq.m3u8\?_HLS_msn=116&_HLS_part=3/,
    change: (r) => ({ url: r.url.replace("=3", "=4") }),
  },
  {
    rule: 33,
    what: "an answer before part 0 of the next",
    url: /hq.m3u8\?_HLS_msn=116&_HLS_part=4/,
    change: (r) => ({ url: r.url.replace("=4", "=7") }),
  },
  { rule: 34, what: "an old MSN that waits", url: /_HLS_msn=3$/, change: late(400) },
  { rule: 36, what: "a part alone that is answered", url: /\?_HLS_part=1/, change: () => ({ status: 200 }) },
  { rule: 37, what: "a refusal that takes its time", url: /_HLS_msn=99999$/, change: late(2000) },
  { rule: 38, what: "a request that is held too long", url: /hq.m3u8\?_HLS_msn=116&_HLS_part=3/, change: (r) => ({ atMs: r.atMs - 4000 }) },
  { rule: 39, what: "an MSN of -1 that is answered", url: /_HLS_msn=-1/, change: () => ({ status: 200 }) },
  { rule: 40, what: "a plain request that waits", url: /hq.m3u8$/, change: late(300) },
  { rule: 49, what: "a hint that was refused and then listed", url: /117.1.m4s$/, change: () => ({ status: 404 }) },
  { rule: 54, what: "an invented part with 500", url: /invented.*m4s$/, change: () => ({ status: 500 }) },
  { rule: 54, what: "an invented part that is served", url: /invented.*m4s$/, change: () => ({ status: 200, headers: MEDIA_HEADERS }) },
  { rule: 62, what: "a playlist that is not gzipped", url: /mq.m3u8/, change: headers({ "content-encoding": "" }) },
  {
    rule: 67,
    what: "what sequences show",
    url: /hq.m3u8\?_HLS_msn=116&_HLS_part=3/,
    change: (r) => ({ text: r.text!.replace("hq/112.m4s", "lq/112.m4s") }),
  },
  {
    rule: 56,
    what: "what texts show",
    url: /lq.m3u8/,
    change: (r) => ({ text: r.text!.replace(/#EXT-X-RENDITION-REPORT:URI="hq.*\n/, "") }),
  },
  { rule: 71, what: "a segment that is gone too early", url: /104.m4s$/, change: () => ({ status: 404 }) },
  { rule: 73, what: "media without an end", url: /116.0.m4s$/, change: headers({ "cache-control": "public, immutable" }) },
  { rule: 83, what: "an error without CORS", url: /invented.*m4s$/, change: headers({ "access-control-allow-origin": "" }) },
  { rule: 83, what: "a playlist that hides Date", url: /mq.m3u8/, change: headers({ "access-control-expose-headers": "" }) },
  { rule: 84, what: "a playlist that may be shared", url: /mq.m3u8/, change: headers({ "cache-control": "max-age=1" }) },
  { rule: 84, what: "media that may not", url: /116.0.m4s$/, change: headers({ "cache-control": "no-store, max-age=1" }) },
  { rule: 86, what: "no Vary", url: /mq.m3u8/, change: headers({ vary: "" }) },
  { rule: 86, what: "a wrong Content-Length", url: /116.0.m4s$/, change: headers({ "content-length": "7" }) },
  {
    rule: 87,
    what: "a HEAD that is held",
    url: /_HLS_msn=118&_HLS_part=4$/,
    change: (r) => ({ method: "HEAD", atMs: r.releasedAtMs - 200 }),
  },
];

describe("recording checker", () => {
  it("finds nothing in a run that is right", () => assert.deepEqual(checkRecording({ requests: RIGHT }), []));

  it("does not mind the order in which answers of one turn came", () =>
    assert.deepEqual(checkRecording({ requests: RIGHT.toReversed() }), []));

  for (const { rule, what, url, change } of damages) {
    it(`rule ${rule}: finds ${what}`, () => {
      const index = RIGHT.findIndex((request) => url.test(request.url));
      assert.ok(index >= 0, `nothing recorded for ${url}`);
      const request = RIGHT[index]!;
      const changed = { ...request, ...change(request) };
      const found = checkRecording({ requests: RIGHT.with(index, changed) });
      assert.ok(found.some((violation) => violation.rule === rule), `rule ${rule} is not among ${JSON.stringify(found)}`);
    });
  }

  it("rule 69: finds a segment that is late", () => {
    const found = checkRecording({ requests: RIGHT.map((r) => ({ ...r, atMs: r.atMs * 2, releasedAtMs: r.releasedAtMs * 2 })) });
    assert.ok(found.some((violation) => violation.rule === 69));
  });

  it("rule 35: finds a request that is held after the end, and takes the end itself as it is", () => {
    const last = RIGHT.findLast(({ url }) => /hq.m3u8\?_HLS_msn=\d+&_HLS_part=\d+$/.test(url))!;
    const text = last.text!.replace(/#EXT-X-(PRELOAD-HINT|RENDITION-REPORT).*\n/g, "") + "#EXT-X-ENDLIST\n";
    const end = { ...last, text, atMs: last.releasedAtMs, releasedAtMs: last.releasedAtMs + 300 };
    const asked = {
      ...end,
      url: end.url.replace(/\?.*/, "?_HLS_msn=99999"),
      atMs: end.releasedAtMs + 1,
      releasedAtMs: end.releasedAtMs + 2,
    };
    assert.deepEqual(checkRecording({ requests: [...RIGHT, end, asked] }), []);
    const found = checkRecording({ requests: [...RIGHT, end, { ...asked, releasedAtMs: asked.atMs + 2000 }] });
    assert.deepEqual(found.map(({ rule }) => rule), [35]);
  });

  it("finds every rule that only HTTP shows", () => {
    const tried = new Set([35, 69, ...damages.map(({ rule }) => rule)]);
    assert.deepEqual(Object.entries(RULES).filter(([number, { how }]) => how === "http" && !tried.has(Number(number))), []);
  });
});

function headers(changed: Record<string, string>): Change {
  return (request) => ({ headers: { ...request.headers, ...changed } });
}

function late(byMs: number): Change {
  return (request) => ({ releasedAtMs: request.releasedAtMs + byMs });
}

/** A run without faults: three slots with blocking reloads, each hinted part and each segment of HQ fetched, and some questions beside. */
function record(): RecordedRequest[] {
  const show = createShow();
  show.publishSegments(14);
  const requests: RecordedRequest[] = [];
  let nowMs = 14_000;
  const playlist = (slot: number) => {
    const { segments, upcoming } = show.window;
    const reports = SLOTS.filter((_, other) => other !== slot);
    const choose = () => slot;
    return renderMediaPlaylist(buildMediaPlaylist({
      segments,
      upcoming,
      grid: show.grid,
      choose,
      dialect: BROWSER_DIALECT,
      discontinuitySequence: 0,
      reports,
    }));
  };
  const ask = (path: string, atMs: number, rest: Partial<RecordedRequest>) =>
    requests.push({ url: `/v/x/${path}`, atMs, releasedAtMs: nowMs, status: 200, headers: PLAYLIST_HEADERS, ...rest });
  const fetchMedia = (path: string, atMs: number, bytesLength: number, rest: Partial<RecordedRequest> = {}) =>
    requests.push({
      url: `http://host/media/r1/hq/${path}`,
      atMs,
      releasedAtMs: nowMs,
      status: 200,
      bytesLength,
      headers: { ...MEDIA_HEADERS, "content-length": String(bytesLength) },
      ...rest,
    });

  const variants = SLOTS.map((uri) => ({
    uri,
    width: 2,
    height: 2,
    codecs: "avc1.42001f",
    frameRate: 30,
    bandwidth: 9,
    averageBandwidth: 8,
  }));
  ask("live.m3u8", nowMs, { text: buildMultivariant({ variants }) });
  for (const [slot, path] of SLOTS.entries()) ask(path, nowMs, { text: playlist(slot) });
  fetchMedia("init.mp4", nowMs, 700);
  for (let i = 0; i < 30; i += 1) {
    const { msn, part } = show.window.upcoming!;
    const atMs = nowMs;
    nowMs += 200;
    show.publishPart();
    for (const [slot, path] of SLOTS.entries()) ask(`${path}?_HLS_msn=${msn}&_HLS_part=${part}`, atMs, { text: playlist(slot) });
    fetchMedia(`${msn}.${part}.m4s`, atMs, 1000);
    if (part === 4) fetchMedia(`${msn}.m4s`, nowMs, 5000);
  }
  fetchMedia("119.3.m4s?listed", nowMs, 1000);
  ask("hq.m3u8?_HLS_msn=118&_HLS_part=5&_HLS_skip=YES", nowMs, { text: playlist(0) });
  ask("hq.m3u8?_HLS_msn=3", nowMs, { text: playlist(0) });
  fetchMedia("115.0.m4s?again", nowMs, 1000);
  fetchMedia("104.m4s", nowMs, 5000);
  for (const query of ["_HLS_part=1", "_HLS_msn=-1", "_HLS_msn=99999"]) ask(`hq.m3u8?${query}`, nowMs, { status: 400 });
  requests.push({
    url: "/media/invented/hq/1.0.m4s",
    atMs: nowMs,
    releasedAtMs: nowMs,
    status: 404,
    headers: { "access-control-allow-origin": "*" },
  });
  return requests;
}
