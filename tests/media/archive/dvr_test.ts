import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import type { Archive } from "../../../media/archive/archive.ts";
import { createDvr, type Dvr } from "../../../media/archive/dvr.ts";
import { renderMediaPlaylist } from "../../../media/hls/m3u8.ts";
import type { Segment } from "../../../media/hls/segment.ts";
import { checkMediaPlaylist, checkSequence } from "../../rules/check_playlist.ts";
import { type ReadPlaylist, readPlaylist, totalSeconds } from "../../rules/read_playlist.ts";
import { createShow, type Show } from "../hls/synthetic_show.ts";

const TARGET_SECONDS = 1;
const KEEP_SECONDS = 200;

/** An archive of which only the index is there; `hangs` until told otherwise, and then has lost what it was not given room for. */
function createIndex(): Archive & { isFull: boolean; readonly segments: Segment[] } {
  const segments: Segment[] = [];
  return {
    isFull: false,
    segments,
    take(segment) {
      if (this.isFull) return;
      if (segments.length > 0 && segments.at(-1)!.msn !== segment.msn - 1) segments.length = 0;
      segments.push(segment);
      while (segments.length > KEEP_SECONDS + 3 * TARGET_SECONDS) segments.shift();
    },
    get range() {
      const [first, last] = [segments[0], segments.at(-1)];
      return first && last ? { firstMsn: first.msn, lastMsn: last.msn } : null;
    },
    find: (msn) => segments.some((segment) => segment.msn === msn) ? { length: 1, read: () => Promise.resolve(new Uint8Array(1)) } : null,
    runs: () => [],
    stop: () => Promise.resolve(),
  };
}

function open(archive: Archive | null = null): { show: Show; dvr: Dvr; step(change: (show: Show) => void): void } {
  const show = createShow({ keepSeconds: 60 });
  const dvr = createDvr({ window: show.window, grid: show.grid, windowSeconds: 60, wantedSeconds: KEEP_SECONDS, archive });
  return {
    show,
    dvr,
    step(change) {
      change(show);
      dvr.noteClosed();
    },
  };
}

function textOf(dvr: Dvr, o: { rendition?: number; marks?: boolean; isDelta?: boolean } = {}): string {
  const { rendition = 0, marks = false, isDelta = false } = o;
  return renderMediaPlaylist(dvr.buildPlaylist({ rendition, marksDiscontinuities: marks, isDelta }));
}

function publishEach(o: ReturnType<typeof open>, segments: number): void {
  for (let i = 0; i < segments; i++) o.step((show) => show.publishSegments(1));
}

describe("the list of what one can go back to", () => {
  it("is the window's minute where there is no archive, less what must outlive the list", () => {
    const house = open();
    publishEach(house, 200);
    const playlist = readPlaylist(textOf(house.dvr));
    assert.equal(house.dvr.seconds, 57);
    assert.equal(Math.round(totalSeconds(playlist)), 57);
    assert.equal(playlist.segments.at(-1)!.msn, house.show.window.last()!.msn);
    assert.equal(house.dvr.find("r1", playlist.mediaSequence, 0), null);
  });

  it("is all that the streamer wants where there is one", () => {
    const archive = createIndex();
    const house = open(archive);
    publishEach(house, 400);
    const playlist = readPlaylist(textOf(house.dvr));
    assert.equal(house.dvr.seconds, KEEP_SECONDS);
    assert.equal(Math.round(totalSeconds(playlist)), KEEP_SECONDS);
    assert.notEqual(house.dvr.find("r1", playlist.mediaSequence, 0), null);
    assert.equal(house.dvr.find("r2", playlist.mediaSequence, 0), null);
    assert.equal(house.dvr.find("r1", playlist.mediaSequence - 10, 0), null);
  });

  it("begins behind whatever the disk has lost", () => {
    const archive = createIndex();
    const house = open(archive);
    publishEach(house, 150);
    archive.isFull = true;
    publishEach(house, 100);
    const short = readPlaylist(textOf(house.dvr));
    assert.ok(totalSeconds(short) >= 57 && totalSeconds(short) <= 61, `${totalSeconds(short)} s`);
    archive.isFull = false;
    publishEach(house, 100);
    const later = readPlaylist(textOf(house.dvr));
    assert.ok(later.mediaSequence >= short.mediaSequence);
    assert.equal(later.segments.length, later.segments.at(-1)!.msn - later.mediaSequence + 1);
    assert.ok(later.segments.every(({ msn }) => house.show.window.find(msn) !== null || archive.find(msn, 0) !== null));
  });

  it("lists only what is there, breaks no rule of a sequence, and its news tell the same as the whole", () => {
    const anyStep = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant("segments" as const), count: fc.integer({ min: 1, max: 30 }) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("fault" as const), frames: fc.nat(15), changesInit: fc.subarray([0, 1, 2]) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("disk" as const) }) },
    );
    let longest = 0;
    let deltas = 0;
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 10, maxLength: 60, size: "max" }), fc.boolean(), (steps, hasArchive) => {
        const archive = hasArchive ? createIndex() : null;
        const house = open(archive);
        const wholes = [false, true].flatMap((marks) => [0, 1, 2].map((rendition) => ({ marks, rendition, texts: [] as string[] })));
        for (const step of steps) {
          if (step.kind === "disk") {
            if (archive) archive.isFull = !archive.isFull;
            continue;
          }
          if (step.kind === "segments") publishEach(house, step.count);
          else house.step((show) => show.fault(faultOf(show, step)));
          if (house.dvr.newestMsn === null) continue;
          for (const { marks, rendition, texts } of wholes) {
            const text = textOf(house.dvr, { marks, rendition });
            assert.deepEqual(checkMediaPlaylist(text, { marksDiscontinuities: marks, otherSlots: [], dateToleranceMs: 3 }), [], text);
            const whole = readPlaylist(text);
            for (const { msn } of whole.segments) {
              assert.ok(house.show.window.find(msn) ?? archive?.find(msn, rendition), `${msn} is not there`);
            }
            longest = Math.max(longest, totalSeconds(whole));
            const delta = textOf(house.dvr, { marks, rendition, isDelta: true });
            if (delta !== text) deltas++;
            const before = texts.at(-1);
            if (before !== undefined) assertSameNews(readPlaylist(before), whole, delta);
            texts.push(text);
          }
        }
        for (const { texts } of wholes) assert.deepEqual(checkSequence(texts), []);
      }),
      // One that is surely long enough, whatever chance gives.
      { numRuns: 25, endOnFailure: true, examples: [[Array(12).fill({ kind: "segments", count: 30 }), true]] },
    );
    assert.ok(longest >= KEEP_SECONDS && deltas > 100, `${longest} s, ${deltas} deltas`);
  });
});

function faultOf(show: Show, step: { frames: number; changesInit: number[] }) {
  const run = `r${show.window.upcoming!.msn}${show.window.version}`;
  const initRuns = show.window.upcoming!.initRuns.map((init, place) => step.changesInit.includes(place) ? run : init);
  return { run, frames: step.frames, initRuns };
}

/** What a player knows that lays a delta update over its older list (rules 43 to 47). */
function assertSameNews(older: ReadPlaylist, whole: ReadPlaylist, delta: string): void {
  const skipped = Number(/^#EXT-X-SKIP:SKIPPED-SEGMENTS=(\d+)$/m.exec(delta)?.[1] ?? 0);
  if (skipped === 0) {
    assert.match(delta, /^#EXT-X-VERSION:6$/m);
    return;
  }
  assert.match(delta, /^#EXT-X-VERSION:9$/m);
  const control = (playlist: ReadPlaylist) => [playlist.serverControl, playlist.mediaSequence, playlist.discontinuitySequence];
  // Read as if the list began behind what is skipped.
  const news = readPlaylist(delta.replace(/^#EXT-X-MEDIA-SEQUENCE:\d+$/m, `#EXT-X-MEDIA-SEQUENCE:${whole.mediaSequence + skipped}`));
  assert.deepEqual(control(readPlaylist(delta)), control(whole));
  assert.ok(totalSeconds(news) > 11.999 && totalSeconds(news) <= 14, `${totalSeconds(news)} s are not skipped`);
  const strip = ({ msn, uri, durationSeconds, isDiscontinuity, mapUri, dateText }: ReadPlaylist["segments"][number]) => ({
    msn,
    uri,
    durationSeconds,
    isDiscontinuity,
    mapUri,
    dateText,
  });
  assert.deepEqual(news.segments.map(strip), whole.segments.slice(skipped).map(strip));
  // Whoever knows the older list, no older than half of what is not skipped, knows the rest.
  const newsFrom = news.segments[0]!.msn;
  if ((older.segments.at(-1)?.msn ?? 0) < newsFrom - 1) return;
  const known = older.segments.filter(({ msn }) => msn >= whole.mediaSequence && msn < newsFrom).map(({ uri }) => uri);
  assert.deepEqual(known, whole.segments.slice(0, skipped).map(({ uri }) => uri));
}
